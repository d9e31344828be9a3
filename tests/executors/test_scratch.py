"""Where temporary files go, and that they go with whoever left them."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from job.executors.scratch import remove_at_exit, temporary_files_in
from tests.fakes import ROOT_OF_SOURCES, run_python

SCRATCH = """
import os, sys, tempfile
from pathlib import Path
from job.executors.scratch import scratch_directory
tempfile.tempdir = sys.argv[1]
(scratch_directory() / "file").write_text("left")
assert scratch_directory() == scratch_directory()
print(scratch_directory(), flush=True)
"""

STARTED = """
import sys, tempfile
tempfile.tempdir = sys.argv[1]
from job.executors import Returned
from job.executors.processes import ProcessExecutor
executor = ProcessExecutor()
handle = executor.submit(max, 1, log=None)
while not executor.wait([handle], print, 1.0):
    pass
executor.close_all()
"""


NOWHERE = """
import sys, tempfile
from job.errors import StateUnwritableError
from job.executors.scratch import scratch_directory
tempfile.tempdir = sys.argv[1]
try:
    scratch_directory()
except StateUnwritableError as error:
    print(error)
"""


@contextmanager
def at_work(system: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Yield a process that has a scratch directory in `system`, and that directory."""
    command: list[str | Path] = [sys.executable, "-c", f"{SCRATCH}\nsys.stdin.read()", system]
    environment = {**os.environ, "PYTHONPATH": str(ROOT_OF_SOURCES)}
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield process, Path(process.stdout.readline().strip())
        process.kill()


@pytest.fixture
def system() -> Iterator[Path]:
    """Return a directory with a short path."""
    with tempfile.TemporaryDirectory(prefix="t-") as directory:
        yield Path(directory)


def test_the_directory_of_a_dead_process_is_removed_by_the_next_and_that_of_one_at_work_is_not(system: Path) -> None:
    with at_work(system) as (process, dead):
        process.kill()
        process.wait()
        assert (dead / "file").exists()
        with at_work(system) as (_, living):
            done = run_python(SCRATCH, system)
            assert done.returncode == 0, done.stderr
            assert not dead.exists()
            assert (living / "file").exists()


def test_what_is_not_a_scratch_directory_is_left_alone(tmp_path: Path, system: Path) -> None:
    target = tmp_path / "target"
    (target / "folder").mkdir(parents=True)
    (system / "other").mkdir()
    (system / "hpo-run-link").symlink_to(target)
    (system / "hpo-run-file").write_text("mine")
    assert run_python(SCRATCH, system).returncode == 0

    assert (target / "folder").exists() and (system / "other").exists()
    assert (system / "hpo-run-file").read_text() == "mine"


@pytest.mark.parametrize("variable", [None, "/var/tmp"])
def test_temporary_files_go_elsewhere_for_a_while(
    variable: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.delenv("TMPDIR", raising=False)
    if variable is not None:
        monkeypatch.setenv("TMPDIR", variable)
    before = tempfile.gettempdir()
    with temporary_files_in(tmp_path):
        assert tempfile.gettempdir() == str(tmp_path)
        started = run_python("import tempfile; print(tempfile.gettempdir())")
    assert started.stdout.strip() == str(tmp_path)
    assert (tempfile.gettempdir(), os.environ.get("TMPDIR")) == (before, variable)


def test_a_process_that_is_started_with_a_scratch_directory_removes_it_at_its_end(tmp_path: Path) -> None:
    directory = tmp_path / "hpo-run-1"
    directory.mkdir()
    with temporary_files_in(directory):
        done = run_python("import job.executors.preload, os; print(os.listdir(os.environ['TMPDIR']))")
    assert (done.stdout, done.stderr) == ("[]\n", "")
    assert not directory.exists()


def test_a_server_that_dies_before_its_search_leaves_the_directory_to_it(system: Path) -> None:
    with at_work(system) as (_, directory):
        with temporary_files_in(directory):
            done = run_python("import job.executors.preload")
        assert done.returncode == 0, done.stderr
        assert (directory / "file").exists()


def test_a_process_that_has_another_temporary_directory_does_not_remove_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with pytest.raises(AssertionError, match="is not of a search"):
        remove_at_exit()


def test_a_temporary_directory_whose_path_is_too_long_for_a_socket_is_not_used(system: Path) -> None:
    deep = system / ("x" * 100)
    deep.mkdir()

    done = run_python(STARTED, deep)

    assert (done.returncode, done.stderr) == (0, "")
    assert not list(deep.iterdir())


@pytest.mark.parametrize("place", ["/nowhere", "/dev/full"])
def test_a_place_for_temporary_files_that_takes_none_is_an_error_that_names_it(place: str) -> None:
    done = run_python(NOWHERE, Path(place))
    assert done.stdout.startswith(f"cannot use {place}: "), done.stderr
