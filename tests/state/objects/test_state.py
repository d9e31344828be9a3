"""A state in an object store as one process has it: its copy there, and who is said to hold it."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from job.state.objects.lease import Lease
from job.state.objects.state import ObjectState, open_state
from tests.fakes import ROOT_OF_SOURCES, run_python
from tests.state.objects.fakes import ADDRESS, memory_bucket

TTL_SECONDS = 0.2

PROGRAM = """
import sys
from job.address import Address
from job.state.objects.state import open_state
state = open_state(Address("s3://bucket/run", "s3", "bucket", "run"))
(state.root / "study.json").write_text("as it was fetched")
print(state.root, flush=True)
"""


@pytest.fixture(autouse=True)
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The place of temporary files, of this process too."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


@contextmanager
def at_work() -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Yield a process that has opened a state, and the directory of its copy."""
    command = [sys.executable, "-c", f"{PROGRAM}\nsys.stdin.read()"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT_OF_SOURCES)}
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield process, Path(process.stdout.readline().strip())
        process.kill()


def test_the_copy_of_a_process_that_was_killed_goes_when_another_one_opens_a_state(system: Path) -> None:
    (system / "hpo-state-of-the-user").write_text("mine")
    with at_work() as (killed, dead), at_work() as (_, living):
        killed.kill()
        killed.wait()
        assert (dead / "study.json").exists()
        mine = open_state(ADDRESS).root
        assert not dead.exists()
        assert (living / "study.json").exists()
        open_state(ADDRESS)
        assert mine.exists(), "a process has swept a directory of its own"
    assert (system / "hpo-state-of-the-user").read_text() == "mine"


def test_the_copy_goes_with_a_process_that_ends(system: Path) -> None:
    done = run_python(PROGRAM)
    assert done.returncode == 0, done.stderr
    assert not list(system.iterdir())


def test_a_run_that_was_killed_is_at_work_no_longer_and_holds_the_state_until_another_one_does(tmp_path: Path) -> None:
    state = ObjectState(tmp_path, ADDRESS, memory_bucket(), ttl_seconds=TTL_SECONDS)
    assert not state.is_at_work()
    Lease(state.bucket, ttl_seconds=TTL_SECONDS).acquire()
    assert state.is_at_work()
    time.sleep(1.5 * TTL_SECONDS)
    holder = state.holder()
    assert holder is not None and holder.silent_since is not None
    assert not state.is_at_work()
    with state.lock():
        time.sleep(1.5 * TTL_SECONDS)
        assert state.is_at_work(), "a run that beats is said to be silent"
