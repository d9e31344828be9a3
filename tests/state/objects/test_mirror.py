"""A state in an object store: killed at any request, taken over at any time, it is as it was last saved."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

from job.errors import ExitCode, StateLostError
from job.state.objects.bucket import Found, TakenError, Version
from job.state.objects.head import Head, Kept, dump, load, object_name, run_of
from job.state.objects.mirror import HEAD, HEAD_BEFORE, Mirror
from job.state.sealed import DamagedError


class KilledError(Exception):
    """The process has gone, before a request or after it."""


@dataclass
class FakeObjects:
    """Objects in memory. Of the process that uses them, request number `dies_at` is the last, done or not."""

    content: dict[str, Found] = field(default_factory=dict)
    versions: Iterator[int] = field(default_factory=count)
    requests: int = 0
    dies_at: int | None = None
    is_done: bool = False

    def get(self, name: str) -> Found | None:
        with self._request():
            return self.content.get(name)

    def put(self, name: str, data: bytes, content_type: str = "") -> None:
        del content_type
        self._write(name, data)

    def create(self, name: str, data: bytes) -> Version:
        if name in self.content:
            raise TakenError(name, self.content[name])
        return self._write(name, data)

    def swap(self, name: str, data: bytes, version: Version) -> Version:
        found = self.content.get(name)
        if found is None or found.version != version:
            raise TakenError(name, found)
        return self._write(name, data)

    def delete(self, names: Iterable[str]) -> None:
        with self._request():
            for name in names:
                self.content.pop(name, None)

    def names(self, prefix: str = "") -> Iterator[str]:
        return iter(sorted(name for name in self.content if name.startswith(prefix)))

    @contextmanager
    def _request(self) -> Iterator[None]:
        self.requests += 1
        dies = self.requests == self.dies_at
        if dies and not self.is_done:
            raise KilledError
        yield
        if dies:
            raise KilledError

    def _write(self, name: str, data: bytes) -> Version:
        with self._request():
            version = Version(f'"{next(self.versions)}"', None)
            self.content[name] = Found(data, version)
        return version


def mirror(objects: FakeObjects, root: Path) -> Mirror:
    root.mkdir()
    return Mirror(objects, root, clock=lambda: 0.0)


def files_in(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


# What a run has in its directory at each save.
STEPS: tuple[dict[str, bytes], ...] = (
    {},
    {"trials/0001/checkpoint": b"first"},
    {"trials/0001/checkpoint": b"second", "trials/0002/checkpoint": b"other"},
    {"best.keras": b"model", "trials/0002/checkpoint": b"other"},
    {"best.keras": b"better", "trials/0002/checkpoint": b"third"},
    {"best.keras": b"better", "predictions.npz": b"predictions"},
)


def lay(root: Path, files: dict[str, bytes]) -> None:
    """Make a directory hold these files."""
    for path in files_in(root).keys() - files.keys():
        (root / path).unlink()
    for path, data in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)


def begin(run: Mirror) -> tuple[str, ...]:
    """Take a state over with the next epoch."""
    run.run = run.last_run() + 1
    return run.take_over()


def go(run: Mirror, steps: Iterable[int]) -> Iterator[int]:
    """Take a state over, and save steps; yield the number of each that is saved."""
    begin(run)
    for step in steps:
        lay(run.root, STEPS[step])
        run.commit(f"study {step}".encode())
        yield step


def truth(root: Path) -> dict[str, bytes]:
    return {path: data for path, data in files_in(root).items() if path not in (HEAD, HEAD_BEFORE)}


@pytest.mark.parametrize("is_done", [False, True], ids=["before", "after"])
def test_a_run_that_is_killed_at_any_request_leaves_a_state_as_it_was_at_one_save(
    tmp_path: Path, is_done: bool
) -> None:
    unbroken = FakeObjects()
    assert list(go(mirror(unbroken, tmp_path / "unbroken"), range(len(STEPS)))) == [*range(len(STEPS))]
    for dies_at in range(1, unbroken.requests + 1):
        objects, saved = FakeObjects(dies_at=dies_at, is_done=is_done), [-1]
        with pytest.raises(KilledError):
            saved.extend(go(mirror(objects, tmp_path / f"killed-{dies_at}"), range(len(STEPS))))
        objects.dies_at = None
        after = mirror(objects, tmp_path / f"after-{dies_at}")
        begin(after)
        study = after.study()
        found = -1 if study is None else int(study.split()[1])
        assert found in (saved[-1], saved[-1] + 1)
        assert truth(after.root) == ({} if found < 0 else STEPS[found])
        assert list(go(after, range(found + 1, len(STEPS)))) == [*range(found + 1, len(STEPS))]
        heads = [load(objects.content[name].data) for name in (HEAD, HEAD_BEFORE) if name in objects.content]
        named = frozenset[str]().union(*(each.objects for each in heads))
        assert {name for name in objects.content if run_of(name)} <= named  # nothing is left over


def test_a_run_whose_state_was_taken_over_can_change_nothing(tmp_path: Path) -> None:
    objects = FakeObjects()
    zombie, next_run = mirror(objects, tmp_path / "zombie"), mirror(objects, tmp_path / "next")
    assert list(go(zombie, [0, 1])) == [0, 1]
    assert list(go(next_run, [3])) == [3]
    lay(zombie.root, STEPS[2])
    with pytest.raises(StateLostError, match="another run has taken over") as caught:
        zombie.commit(b"study 2")
    assert caught.value.exit_code == ExitCode.TEMPORARY_FAILURE
    reader = mirror(objects, tmp_path / "reader")
    assert reader.study() == b"study 3"
    reader.fetch("best.keras")
    assert truth(reader.root) == {"best.keras": b"model"}


def test_a_run_that_was_frozen_before_it_began_takes_nothing_from_the_next_one(tmp_path: Path) -> None:
    objects = FakeObjects()
    late, next_run = mirror(objects, tmp_path / "late"), mirror(objects, tmp_path / "next")
    late.run, next_run.run = 1, 2
    next_run.take_over()
    with pytest.raises(StateLostError):
        late.take_over()
    next_run.commit(b"study 0")


def test_what_a_run_saves_while_another_takes_over_counts(tmp_path: Path) -> None:
    objects = FakeObjects()
    before, taker = mirror(objects, tmp_path / "before"), mirror(objects, tmp_path / "taker")
    assert list(go(before, [0])) == [0]
    swap = objects.swap

    def swap_late(name: str, data: bytes, version: Version) -> Version:
        objects.swap = swap  # type: ignore[method-assign]
        before.commit(b"study 1")
        return swap(name, data, version)

    objects.swap = swap_late  # type: ignore[method-assign]
    begin(taker)
    assert taker.study() == b"study 1"


def test_files_that_no_run_has_named_are_removed_and_those_of_others_stay(tmp_path: Path) -> None:
    objects = FakeObjects()
    run = mirror(objects, tmp_path / "run")
    assert list(go(run, [1])) == [1]
    left, later = (object_name("trials/0007/checkpoint", Kept("a" * 64, number)) for number in (1, 3))
    mine = object_name("other/best.keras", Kept("a" * 64, 1))
    for name in (left, later, mine, "notes-1.txt"):
        objects.put(name, b"something")
    begin(mirror(objects, tmp_path / "next"))
    assert left not in objects.content
    assert {later, mine, "notes-1.txt", HEAD} <= objects.content.keys()


def test_a_run_that_is_frozen_before_it_clears_up_removes_nothing_of_the_next_one(tmp_path: Path) -> None:
    objects = FakeObjects()
    zombie, next_run = mirror(objects, tmp_path / "zombie"), mirror(objects, tmp_path / "next")
    names = objects.names

    def names_late(prefix: str = "") -> Iterator[str]:
        objects.names = names  # type: ignore[method-assign]
        assert list(go(next_run, [1, 2])) == [1, 2]
        return names(prefix)

    objects.names = names_late  # type: ignore[method-assign]
    begin(zombie)
    assert load(objects.content[HEAD].data).objects <= objects.content.keys()


def test_a_damaged_head_is_kept_and_the_one_before_serves(tmp_path: Path) -> None:
    objects = FakeObjects()
    assert list(go(mirror(objects, tmp_path / "run"), [1, 2])) == [1, 2]
    damaged = objects.content[HEAD].data.replace(b"study 2", b"study 3")
    objects.put(HEAD, damaged)
    after = mirror(objects, tmp_path / "after")
    after.run = 3
    (told,) = after.take_over()
    assert "study.json is damaged (its digest does not match its content)" in told
    assert (after.study(), truth(after.root)) == (b"study 1", STEPS[1])
    (aside,) = (name for name in objects.content if name.startswith("study.json.damaged-"))
    assert objects.content[aside].data == damaged


def test_what_is_derived_is_put_as_it_is_called_and_removed_with_it(tmp_path: Path) -> None:
    objects = FakeObjects()
    run = mirror(objects, tmp_path / "run")
    begin(run)
    derived = {"report/report.html": b"page", "trials/0001/log.txt": b"epoch 1", "result.joblib": b"result"}
    lay(run.root, {**STEPS[3], **derived})
    run.commit(b"study 3")
    run.put_derived()
    put = objects.requests
    run.put_derived()
    assert objects.requests == put + 1  # what has not changed is not put again
    assert {name: objects.content[name].data for name in derived} == derived
    assert objects.content["best.keras"].data == b"model"
    assert not any(name.startswith("report") for name in load(objects.content[HEAD].data).files)
    lay(run.root, STEPS[3])
    run.put_derived()
    assert not derived.keys() & objects.content.keys()


def test_a_head_tells_when_a_bit_of_it_differs() -> None:
    data = dump(Head(run=3, study=b'{"format": 7}\n', files={"best.keras": Kept("0" * 64, 2)}))
    assert load(data).study == b'{"format": 7}\n'
    for position in range(8 * len(data)):
        flipped = bytearray(data)
        flipped[position // 8] ^= 1 << position % 8
        with pytest.raises(DamagedError):
            load(bytes(flipped))
