"""Files that a crash leaves whole or absent."""

import errno
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from job.errors import ExitCode, JobError, StatePermissionError, StateUnwritableError
from job.state import durable
from tests.fakes import OTHER_USER, POWERLESS, needs_root, run_python, tmpfs

WHOLE = b"whole" * 20_000  # more than the small file system takes


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    durable.write(tmp_path / "file", b"first")
    durable.write(tmp_path / "file", b"second")

    assert (tmp_path / "file").read_bytes() == b"second"
    assert names(tmp_path) == ["file"]


def test_what_the_block_writes_replaces_the_file_only_after_it(tmp_path: Path) -> None:
    durable.write(tmp_path / "file", b"before")
    with durable.replacing(tmp_path / "file") as temporary:
        temporary.write_bytes(b"after")
        assert (tmp_path / "file").read_bytes() == b"before"
        assert temporary.parent == tmp_path

    assert (tmp_path / "file").read_bytes() == b"after"


def test_a_block_that_raises_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    durable.write(tmp_path / "file", b"before")
    with pytest.raises(ZeroDivisionError), durable.replacing(tmp_path / "file") as temporary:
        temporary.write_bytes(b"half")
        raise ZeroDivisionError

    assert (tmp_path / "file").read_bytes() == b"before"
    assert names(tmp_path) == ["file"]


def test_a_block_that_writes_nothing_is_an_error_and_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    durable.write(tmp_path / "file", b"before")
    with pytest.raises(StateUnwritableError, match="No such file"), durable.replacing(tmp_path / "file"):
        pass

    assert (tmp_path / "file").read_bytes() == b"before"


def test_a_kill_while_writing_leaves_the_file_as_it_was_and_a_temporary_to_sweep(tmp_path: Path) -> None:
    durable.write(tmp_path / "file", b"before")
    program = """
import os, signal, sys
from pathlib import Path
from job.state import durable
with durable.replacing(Path(sys.argv[1])) as temporary:
    temporary.write_bytes(b"half")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    assert run_python(program, tmp_path / "file").returncode == -signal.SIGKILL

    assert (tmp_path / "file").read_bytes() == b"before"
    assert len(names(tmp_path)) == 2
    durable.sweep(tmp_path)
    assert names(tmp_path) == ["file"]


@needs_root
def test_a_full_file_system_leaves_the_file_as_it_was_and_asks_for_space(tmp_path: Path) -> None:
    with tmpfs(tmp_path, size="64k"):
        path = tmp_path / "file"
        durable.write(path, b"before")
        with pytest.raises(StateUnwritableError, match="file: No space left on device") as caught:
            durable.write(path, WHOLE)

        assert caught.value.exit_code == ExitCode.IO_ERROR
        assert "free some space" in caught.value.hint
        assert path.read_bytes() == b"before"
        assert names(tmp_path) == ["file"]


@needs_root
@pytest.mark.parametrize(
    "change",
    [
        lambda directory: durable.write(directory / "file", b"after"),
        lambda directory: durable.rename(directory / "file", directory / "other"),
        lambda directory: durable.set_aside(directory / "file"),
        lambda directory: durable.remove(directory / "file"),
        lambda directory: durable.make_directory(directory / "new"),
    ],
    ids=["write", "rename", "set_aside", "remove", "make_directory"],
)
def test_a_read_only_file_system_is_named_with_the_ways_out(tmp_path: Path, change: Callable[[Path], object]) -> None:
    with tmpfs(tmp_path) as mounted:
        durable.write(tmp_path / "file", b"before")
        mounted.make_read_only()
        with pytest.raises(StateUnwritableError, match="Read-only file system") as caught:
            change(tmp_path)

        assert caught.value.exit_code == ExitCode.IO_ERROR
        assert "mount its file system writable" in caught.value.hint
        assert "--state" in caught.value.hint
        assert (tmp_path / "file").read_bytes() == b"before"
        assert names(tmp_path) == ["file"]


def foreign(path: Path, *, mode: int = 0o755) -> Path:
    """Make a directory that belongs to another user."""
    path.mkdir(mode=mode)
    os.chown(path, OTHER_USER, OTHER_USER)
    return path


def refusal(function: str, path: Path) -> tuple[str, str]:
    """Return the name of the JobError that a function of `durable` raises where permissions count, and its hint."""
    program = f"""
import sys
from pathlib import Path
from job.state import durable
from job.errors import JobError
try:
    durable.{function}(Path(sys.argv[1]))
except JobError as error:
    print(type(error).__name__, error.hint, sep="\\n")
"""
    done = run_python(program, path, before=POWERLESS)
    assert done.stderr == ""
    name, hint = done.stdout.splitlines()
    return name, hint


@needs_root
def test_a_directory_of_another_user_is_no_permission_and_the_hint_gives_it(tmp_path: Path) -> None:
    state = foreign(tmp_path / "state")
    (state / "file").touch()

    assert refusal("remove", state / "file") == (
        "StatePermissionError",
        f"let an administrator run: mkdir -p {state} && chown -R 0:0 {state}",
    )
    assert names(state) == ["file"]


def test_in_a_container_the_hint_speaks_of_the_volume(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HPO_JOB_IMAGE", "example/hpo-job:2")
    hint = durable.explain(Path("/state/study.json"), PermissionError(errno.EACCES, "Permission denied")).hint

    owner = f"{os.getuid()}:{os.getgid()}"
    assert f"--volume VOLUME:/state --entrypoint chown example/hpo-job:2 -R {owner} /state;" in hint
    assert hint.endswith(f"fsGroup: {os.getgid()}")


@needs_root
def test_a_directory_that_may_not_be_made_does_not_give_away_all_that_lies_beside_it(tmp_path: Path) -> None:
    above = foreign(tmp_path / "above")
    name, hint = refusal("make_directory", above / "state")

    assert name == "StatePermissionError"
    assert not hint.endswith(f" {above}")


@needs_root
def test_a_directory_that_may_not_be_entered_is_no_permission(tmp_path: Path) -> None:
    closed = foreign(tmp_path / "closed", mode=0o700)

    assert refusal("make_directory", closed / "state")[0] == "StatePermissionError"


@pytest.mark.parametrize(
    ("number", "kind", "advice"),
    [
        (errno.EACCES, StatePermissionError, "chown"),
        (errno.EPERM, StatePermissionError, "chown"),
        (errno.ENOSPC, StateUnwritableError, "free some space"),
        (errno.EDQUOT, StateUnwritableError, "free some space"),
        (errno.EROFS, StateUnwritableError, "mount its file system writable"),
        (errno.ENOTDIR, StateUnwritableError, "a file stands where a directory is needed"),
        (errno.EIO, StateUnwritableError, "check the file system"),
    ],
)
def test_each_error_of_the_system_has_its_way_out(number: int, kind: type[JobError], advice: str) -> None:
    error = durable.explain(Path("state/study.json"), OSError(number, os.strerror(number)))

    assert type(error) is kind
    assert "state/study.json" in str(error)
    assert os.strerror(number) in str(error)
    assert advice in error.hint


def test_a_file_in_the_place_of_a_directory_is_named_with_the_ways_out(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(StateUnwritableError, match=f"{tmp_path}/file") as caught:
            durable.make_directory(path)
        assert "move it away" in caught.value.hint


def test_a_directory_in_the_place_of_a_file_is_not_called_a_file(tmp_path: Path) -> None:
    (tmp_path / "study.json").mkdir()
    with pytest.raises(StateUnwritableError, match="Is a directory") as caught:
        durable.write(tmp_path / "study.json", b"")

    assert "a file stands" not in caught.value.hint


def test_a_name_that_is_too_long_is_an_error_for_the_user(tmp_path: Path) -> None:
    with pytest.raises(StateUnwritableError, match="File name too long"):
        durable.make_directory(tmp_path / ("n" * 300))


def test_directories_are_made_with_those_above_them_and_again(tmp_path: Path) -> None:
    durable.make_directory(tmp_path / "one" / "two")
    durable.make_directory(tmp_path / "one" / "two")

    assert (tmp_path / "one" / "two").is_dir()


def test_a_renamed_file_replaces_the_other(tmp_path: Path) -> None:
    durable.write(tmp_path / "old", b"old")
    durable.write(tmp_path / "new", b"new")
    durable.rename(tmp_path / "old", tmp_path / "new")

    assert names(tmp_path) == ["new"]
    assert (tmp_path / "new").read_bytes() == b"old"


def test_a_file_that_is_not_there_is_removed_in_silence(tmp_path: Path) -> None:
    durable.remove(tmp_path / "no directory" / "file")


def test_what_is_set_aside_is_kept_under_a_name_of_its_own(tmp_path: Path) -> None:
    asides = []
    for content in (b"first", b"second", b"third"):
        durable.write(tmp_path / "study.json", content)
        asides.append(durable.set_aside(tmp_path / "study.json"))

    assert [aside.read_bytes() for aside in asides] == [b"first", b"second", b"third"]
    assert names(tmp_path) == sorted(aside.name for aside in asides)
    assert all(aside.name.startswith("study.json.") for aside in asides)


def test_the_sweep_finds_what_writes_have_left(tmp_path: Path) -> None:
    with durable.replacing(tmp_path / "file") as temporary:
        temporary.write_bytes(b"whole")
    temporary.write_bytes(b"half")
    durable.sweep(tmp_path)

    assert names(tmp_path) == ["file"]


def test_the_sweep_leaves_what_no_write_has_left(tmp_path: Path) -> None:
    """Users put other things below --state; with `--state .` their whole project."""
    (tmp_path / ".tmp-notes.txt").write_text("mine")
    (tmp_path / "mine" / ".tmp-cache").mkdir(parents=True)
    durable.sweep(tmp_path)

    assert names(tmp_path) == [".tmp-notes.txt", "mine"]
