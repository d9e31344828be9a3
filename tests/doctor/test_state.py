"""Whether a search can live in a directory, on real file systems."""

import fcntl
import json
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from job.doctor.check import Check, Verdict, exit_code
from job.doctor.state import check_state
from job.errors import ExitCode
from job.state.directory import StateDirectory
from tests.fakes import OTHER_USER, POWERLESS, needs_root, run_python, study_of, tmpfs

PROGRAM = """
import json, sys
from pathlib import Path
from job.doctor.check import exit_code
from job.doctor.state import check_state
checks = tuple(check_state(Path(sys.argv[1])))
failed = {check.name: check.hint for check in checks if check.verdict == "failure"}
print(json.dumps({"exit_code": exit_code(checks), "failed": failed}))
"""


def examined(root: Path) -> dict[str, Check]:
    return {check.name: check for check in check_state(root)}


def failed(checks: dict[str, Check]) -> list[str]:
    return [check.name for check in checks.values() if check.verdict is Verdict.FAILURE]


def powerless(root: Path, before: Sequence[str] = POWERLESS) -> tuple[int, dict[str, str]]:
    """Return the exit code of an examination by a user whom permissions hold up, and the hints of what failed."""
    done = run_python(PROGRAM, root, before=before)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    return found["exit_code"], found["failed"]


def test_a_directory_of_ones_own_can_be_used_and_nothing_is_left_there(tmp_path: Path) -> None:
    checks = examined(tmp_path)

    assert failed(checks) == []
    assert {"write", "sync", "rename", "lock", "contents", "space", "file system"} == set(checks)
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_is_not_there_is_tried_in_the_nearest_one_and_not_made(tmp_path: Path) -> None:
    checks = examined(tmp_path / "a" / "b")

    assert failed(checks) == []
    assert checks["write"].found == f"{tmp_path}/a/b can be made in {tmp_path}"
    assert list(tmp_path.iterdir()) == []


def test_a_search_at_work_keeps_its_lock_and_its_files(tmp_path: Path) -> None:
    store = StateDirectory(tmp_path)
    with store.lock():
        store.save(study_of(0.9))
        before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
        checks = examined(tmp_path)

        assert failed(checks) == []
        assert checks["contents"].found == "a search is there"
        assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
        assert store.holder() is not None


def test_a_lock_that_keeps_nobody_out_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fcntl, "flock", lambda *_: None)  # as a mount without locks may do
    checks = examined(tmp_path)

    assert failed(checks) == ["lock"]
    assert exit_code(tuple(checks.values())) == ExitCode.IO_ERROR
    assert list(tmp_path.iterdir()) == []


def test_a_slow_sync_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter((10.0, 12.5))
    monkeypatch.setattr("time.perf_counter", lambda: next(times))
    checks = examined(tmp_path)

    assert checks["sync"].verdict is Verdict.WARNING
    assert "after 2.5 s" in checks["sync"].found


@needs_root
def test_a_full_file_system_fails_with_the_code_of_a_search_there(tmp_path: Path) -> None:
    with tmpfs(tmp_path) as mounted:
        mounted.fill()
        checks = examined(tmp_path)

        assert failed(checks) == ["write", "space"]
        assert exit_code(tuple(checks.values())) == ExitCode.IO_ERROR
        assert "free some space" in checks["write"].hint
        assert [path.name for path in tmp_path.iterdir()] == ["ballast"]


@needs_root
def test_a_read_only_file_system_fails_with_the_way_out(tmp_path: Path) -> None:
    with tmpfs(tmp_path, size="64m") as mounted:
        mounted.make_read_only()
        checks = examined(tmp_path / "state")

        assert failed(checks) == ["write"]
        assert checks["write"].exit_code is ExitCode.IO_ERROR
        assert "mount its file system writable" in checks["write"].hint


@needs_root
def test_memory_as_a_file_system_is_a_warning_since_it_does_not_last(tmp_path: Path) -> None:
    with tmpfs(tmp_path, size="64m"):
        checks = examined(tmp_path)

        assert checks["file system"].verdict is Verdict.WARNING
        assert "mount a volume" in checks["file system"].hint
        assert checks["space"].verdict is Verdict.WARNING
        assert failed(checks) == []


@needs_root
@pytest.mark.parametrize("mode", [0o700, 0o755])
@pytest.mark.parametrize("below", ["", "state"])
def test_another_users_directory_fails_with_the_command_that_mends_it(tmp_path: Path, mode: int, below: str) -> None:
    os.chown(tmp_path, OTHER_USER, OTHER_USER)
    tmp_path.chmod(mode)
    code, hints = powerless(tmp_path / below)

    assert code == ExitCode.NO_PERMISSION
    assert all(str(tmp_path / below) in hint and "chown" in hint for hint in hints.values())


@needs_root
def test_a_file_that_another_user_has_left_in_a_shared_directory_is_found(tmp_path: Path) -> None:
    (tmp_path / "lock").touch(mode=0o600)
    os.chown(tmp_path / "lock", OTHER_USER, OTHER_USER)
    code, hints = powerless(tmp_path)

    assert (code, list(hints)) == (ExitCode.NO_PERMISSION, ["contents"])


@pytest.mark.parametrize("below", ["file", "file/state"])
def test_a_file_in_the_place_of_the_directory_fails(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").touch()
    checks = examined(tmp_path / below)

    assert failed(checks) == ["directory"]
    assert "a file stands where a directory is needed" in checks["directory"].hint
