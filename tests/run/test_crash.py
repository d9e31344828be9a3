"""Saving is killed, or refused by the file system, at every single call: nothing is lost, and going on ends the same.

`kill -9` alone would never hit between two system calls of a save; strace makes the Nth call of a kind the last one, or
makes it fail, for every N.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

import pytest

from job.core.run import RunEnd
from job.core.study import Study
from job.proposals.result import dump_result
from job.state import study_json
from job.state.directory import StateDirectory
from tests.fakes import ROOT_OF_SOURCES, study_of

# Two trials from their first save to the report, the way a search ends them, or on from wherever the state stands. A
# search that has finished by its study needs no result any more.
PROGRAM = """
import os, sys
from pathlib import Path
from job.state import durable, study_json
from job.errors import JobError
from job.state.directory import StateDirectory

root, given = map(Path, sys.argv[1:])
studies = [study_json.load(path.read_bytes()) for path in sorted(given.glob("study-*"))]
models = [path.read_bytes() for path in sorted(given.glob("model-*"))]
store = StateDirectory(root)

def tell(word):
    os.write(1, word.encode() + b"\\n")

def train(number):
    files = store.trial_files(number)
    durable.make_directory(files.directory)
    durable.write(files.checkpoint, b"checkpoint")
    with durable.replacing(files.model) as temporary:
        temporary.write_bytes(models[number - 1])

tell("begun")
try:
    with store.lock():
        loaded = store.read()
        n_saved = 0
        if loaded.study is not None:
            n_saved = studies.index(loaded.study) + 1
            store.clean(loaded.study)
        for number, study in list(enumerate(studies))[n_saved:]:
            if number > 0:
                train(number)
                store.keep_best(number)
            if study.runs[-1].ended == "finished":
                store.write_result((given / "result").read_bytes())
            store.save(study)
            tell("saved")
            if number > 0:
                store.clear_trial(number)
        store.write_report({"report.txt": b"text", "report.json": b"{}"})
    tell("ended")
except JobError as error:
    print(error, error.hint, sep="\\n", file=sys.stderr)
    sys.exit(error.exit_code)
"""
MODELS = (b"the model of trial 1" * 1000, b"the model of trial 2" * 1000)
DIGESTS = tuple(sha256(model).hexdigest() for model in MODELS)
STUDIES = (
    study_of(running_epochs=0),
    study_of(0.8, running_epochs=0).remake_model(1, DIGESTS[0]),
    study_of(0.8, 0.9).remake_model(1, DIGESTS[0]).remake_model(2, DIGESTS[1]).close_run(RunEnd.FINISHED),
)
# The calls that change a file system, those with `?` where the processor's architecture has them.
CHANGES = (
    *("write", "pwrite64", "fsync", "ftruncate", "openat", "?fdatasync"),
    *("?rename", "?renameat", "?renameat2", "?unlink", "?unlinkat", "?mkdir", "?mkdirat", "?link", "?linkat"),
)

no_strace = shutil.which("strace") is None and "HPO_JOB_TEST_STRICT" not in os.environ
pytestmark = [pytest.mark.slow, pytest.mark.skipif(no_strace, reason="there is no strace")]


@dataclass(frozen=True)
class Call:
    """A system call in a log of strace: `name(arguments) = result`, the `nth` one of its name in the process."""

    name: str
    arguments: str
    nth: int

    @property
    def changes_files(self) -> bool:
        """Whether it is worth breaking: not for what only reads, nor for what goes to a stream."""
        if self.name == "openat":
            return "O_CREAT" in self.arguments
        return not (self.name == "write" and re.match(r"[12]\b", self.arguments))


@dataclass(frozen=True)
class Workshop:
    """Where the program runs: what it is given, and what it does and leaves when nothing breaks it."""

    directory: Path

    def run(self, root: Path, *strace: str) -> subprocess.CompletedProcess[str]:
        """Run the program to its end, or under strace to where that ends it."""
        # With --seccomp-bpf strace would be faster, and leave out in silence every signal that it is to inject.
        tracing = ["strace", "-f", "-o", str(self.directory / "log"), *strace] if strace else []
        command: list[str | Path] = [*tracing, sys.executable, "-c", PROGRAM, root, self.directory / "given"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT_OF_SOURCES), "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(command, check=False, env=environment, capture_output=True, text=True)

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """The calls of an unbroken run after its start, the paths of open files in <angle brackets>."""
        done = self.run(self.directory / "unbroken", "-y", "-e", f"trace={','.join(CHANGES)}")
        assert done.returncode == 0, done.stderr
        assert done.stdout.split() == ["begun", "saved", "saved", "saved", "ended"]
        calls: list[Call] = []
        for line in (self.directory / "log").read_text().splitlines():
            if match := re.fullmatch(r"\d+ +(\w+)\((.*)\) += .*", line):
                name, arguments = match.groups()
                calls.append(Call(name, arguments, nth=1 + sum(call.name == name for call in calls)))
        begun = next(place for place, call in enumerate(calls) if '"begun' in call.arguments)
        return tuple(calls[begun + 1 :])

    @cached_property
    def end(self) -> dict[str, bytes]:
        """What an unbroken run leaves."""
        assert self.calls
        return files_below(self.directory / "unbroken")

    def points(self, name: str) -> list[Call]:
        """Return the calls of that name, or of those it has on another architecture, that are worth breaking."""
        return [call for call in self.calls if re.fullmatch(rf"{name}(at2?)?", call.name) and call.changes_files]


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    directory = tmp_path_factory.mktemp("crash")
    (directory / "given").mkdir()
    for number, study in enumerate(STUDIES):
        (directory / "given" / f"study-{number}").write_bytes(study_json.dump(study))
    (directory / "given" / "result").write_bytes(dump_result(STUDIES[-1], with_model=True))
    for number, model in enumerate(MODELS):
        (directory / "given" / f"model-{number}").write_bytes(model)
    return Workshop(directory)


def files_below(root: Path) -> dict[str, bytes]:
    """Return every file below `root` with its content, but for the lock, which names a process."""
    paths = (path for path in root.rglob("*") if path.is_file() and path != root / "lock")
    return {str(path.relative_to(root)): path.read_bytes() for path in paths}


def broken_at_each(workshop: Workshop, points: list[Call], fault: str) -> Iterator[tuple[Path, int, str]]:
    """Break the program at each call; give the state, the exit code and what was said, then see it come to its end."""
    assert points
    for call in points:
        root = workshop.directory / f"{call.name}-{call.nth}-{fault}".replace("=", "-")
        done = workshop.run(root, "-e", f"trace={call.name}", "-e", f"inject={call.name}:{fault}:when={call.nth}")
        where = f"{call.name}({call.arguments}), the {call.nth}th"
        assert done.stdout.startswith("begun\n"), f"{where}: broken before it began, so the calls are miscounted"
        try:
            check_every_file_is_whole(workshop, root)
            check_nothing_is_lost(StateDirectory(root), n_told=done.stdout.count("saved"))
            yield root, done.returncode, done.stderr
            check_going_on_ends_the_same(workshop, root)
        except AssertionError as error:
            error.add_note(f"broken at {where}")
            raise
        shutil.rmtree(root)


def check_every_file_is_whole(workshop: Workshop, root: Path) -> None:
    whole = {b"checkpoint", *MODELS, *map(study_json.dump, STUDIES), *workshop.end.values()}
    halves = {name for name, content in files_below(root).items() if content not in whole}
    assert all(".tmp-" in name for name in halves), halves


def check_nothing_is_lost(store: StateDirectory, *, n_told: int) -> None:
    """The study is the one that was told last, or the next one; and its best model is there."""
    loaded = store.read()
    assert loaded.damaged == ()
    saved: tuple[Study | None, ...] = (None, *STUDIES)
    assert loaded.study in saved[n_told : n_told + 2]
    if loaded.study is not None and loaded.study.best is not None:
        # Between keep_best and save the model is that of the next study; see the test of it below.
        following = DIGESTS[loaded.study.best.number :][:1]
        assert any(map(store.best_model_is, (loaded.study.best.model_sha256, *following)))
        assert store.has_whole_result(loaded.study) is (loaded.study == STUDIES[-1])


def check_going_on_ends_the_same(workshop: Workshop, root: Path) -> None:
    done = workshop.run(root)
    assert done.returncode == 0, done.stderr
    StateDirectory(root).clean(
        STUDIES[-1]
    )  # as the run after it does: what the first save leaves, it alone can clear up
    assert files_below(root) == workshop.end


def test_an_unbroken_run_leaves_what_it_should(workshop: Workshop) -> None:
    assert sorted(workshop.end) == [
        *("best.keras", "report/report.json", "report/report.txt", "result.joblib", "study.json", "study.json.prev")
    ]
    assert study_json.load(workshop.end["study.json"]) == STUDIES[2]
    assert study_json.load(workshop.end["study.json.prev"]) == STUDIES[1]
    assert workshop.end["best.keras"] == MODELS[1]


@pytest.mark.parametrize("name", ["write", "pwrite64", "ftruncate", "openat", "fsync", "rename", "unlink", "mkdir"])
def test_a_kill_at_any_call_loses_nothing(workshop: Workshop, name: str) -> None:
    for _, code, _ in broken_at_each(workshop, workshop.points(name), "signal=KILL"):
        assert code in {-signal.SIGKILL, 128 + signal.SIGKILL}


@pytest.mark.parametrize(
    ("name", "error", "said"),
    [
        ("write", "ENOSPC", "free some space"),
        ("pwrite64", "ENOSPC", "free some space"),
        ("openat", "ENOSPC", "free some space"),
        ("mkdir", "ENOSPC", "free some space"),
        ("fsync", "EIO", "check the file system"),
        ("rename", "EIO", "check the file system"),
        ("unlink", "EIO", "check the file system"),
    ],
)
def test_a_file_system_that_refuses_any_call_loses_nothing(
    workshop: Workshop, name: str, error: str, said: str
) -> None:
    # A temporary is removed if that can be: what is left of it is swept by the next run.
    points = [call for call in workshop.points(name) if not (name == "unlink" and ".tmp-" in call.arguments)]
    for root, code, message in broken_at_each(workshop, points, f"error={error}"):
        assert code == 74
        assert str(root) in message
        assert said in message
        assert not list(root.rglob(".tmp-*"))


def test_a_temporary_that_cannot_be_removed_stops_nothing(workshop: Workshop) -> None:
    points = [call for call in workshop.points("unlink") if ".tmp-" in call.arguments]
    for _, code, _ in broken_at_each(workshop, points, "error=EIO"):
        assert code == 0


def test_what_is_renamed_is_synced_before_and_its_directory_before_the_next_step(workshop: Workshop) -> None:
    """A kill of the process loses nothing of what the kernel has; this is what a loss of power would."""
    dirty: set[Path] = set()  # files with content that may not have reached the disk
    loose: set[Path] = set()  # entries of directories that may not have
    for call in workshop.calls:
        paths = [Path(path) for path in re.findall(rf'["<]({workshop.directory}[^">]*)[">]', call.arguments)]
        if call.name.startswith("rename"):
            old, new = paths
            assert old not in dirty, f"{old.name} is renamed before it is synced"
            assert loose <= {new.with_name("study.json.prev")}, f"{loose} may be lost, and {new.name} not"
            loose.add(new)
        elif call.name == "fsync":
            dirty -= {paths[0]}
            loose = {path for path in loose if path.parent != paths[0]}
        elif call.name.startswith("mkdir"):
            loose.add(paths[0])
        elif call.name == "write" and paths:
            dirty.add(paths[0])
        elif call.arguments.startswith("1<"):
            assert not loose, "told before it is durable"
    assert not dirty
    assert not loose
