"""The lock of a state directory: who holds it, who waits for it, and what frees it."""

import math
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from job.errors import ExitCode, InterruptedRunError, StateLockedError
from job.state.lock import hold_lock, holder_of_lock


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    """A lock that no run has held yet, in a directory that is not there."""
    return tmp_path / "state" / "lock"


@contextmanager
def holding(lock: Path) -> Iterator[subprocess.Popen[str]]:
    """Have another process hold a lock."""
    program = """
import sys, time
from pathlib import Path
from job.state.lock import hold_lock
with hold_lock(Path(sys.argv[1])):
    print("locked", flush=True)
    time.sleep(600)
"""
    with subprocess.Popen([sys.executable, "-c", program, lock], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "locked\n"
            yield process
        finally:
            process.kill()


def test_a_second_run_is_told_who_holds_the_state(lock: Path) -> None:
    with holding(lock) as process:
        with pytest.raises(StateLockedError) as caught, hold_lock(lock):
            pass

        assert caught.value.exit_code == ExitCode.CANNOT_CREATE
        assert f"another run holds {lock.parent}: process {process.pid} on {socket.gethostname()}" in str(caught.value)
        assert "wait" in caught.value.hint
        assert holder_of_lock(lock) is not None, "the second run has taken the name of the first away"


def test_a_second_run_is_told_which_pod_holds_the_state(lock: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POD_NAME", "search-x7k2p")
    monkeypatch.setenv("POD_UID", "0b9c1a52")
    with hold_lock(lock):
        assert (holder_of_lock(lock) or "").startswith(f"pod search-x7k2p (0b9c1a52) on {socket.gethostname()}, since ")


def test_a_run_that_waits_hears_of_whom_and_gets_the_lock_in_the_end(lock: Path) -> None:
    heard: list[str] = []
    with holding(lock) as process:

        def waiting(holder: str) -> None:
            heard.append(holder)
            if len(heard) == 3:
                process.kill()

        with hold_lock(lock, patience_seconds=math.inf, waiting=waiting):
            assert str(os.getpid()) in (holder_of_lock(lock) or "")
    assert all(f"process {process.pid} on" in holder for holder in heard)


def test_a_run_that_waits_may_stop_to(lock: Path) -> None:
    def waiting(_: str) -> None:
        raise InterruptedRunError("stopped")

    with holding(lock):
        with pytest.raises(InterruptedRunError), hold_lock(lock, patience_seconds=math.inf, waiting=waiting):
            pass
        assert holder_of_lock(lock) is not None


def test_death_frees_the_lock(lock: Path) -> None:
    with holding(lock) as process:
        assert str(process.pid) in (holder_of_lock(lock) or "")
        process.kill()
        with hold_lock(lock):
            assert holder_of_lock(lock) is not None
    assert holder_of_lock(lock) is None


def test_a_run_waits_for_one_that_is_about_to_die(lock: Path) -> None:
    with holding(lock) as process:
        killer = subprocess.Popen(["sh", "-c", f"sleep 0.5; kill -KILL {process.pid}"])
        with hold_lock(lock):
            assert str(os.getpid()) in (holder_of_lock(lock) or "")
        assert killer.wait() == 0


def test_readers_do_not_keep_a_run_from_its_lock(lock: Path) -> None:
    program = """
import sys
from pathlib import Path
from job.state.lock import holder_of_lock
print("reading", flush=True)
while True:
    holder_of_lock(Path(sys.argv[1]))
"""
    with subprocess.Popen([sys.executable, "-c", program, lock], stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout is not None
        reader.stdout.readline()
        for _ in range(5):
            with hold_lock(lock):
                pass
        reader.kill()


def test_nobody_holds_a_state_that_no_run_has_locked(lock: Path) -> None:
    assert holder_of_lock(lock) is None
    assert not lock.exists()


def test_a_lock_that_does_not_name_its_holder_still_holds(lock: Path) -> None:
    with hold_lock(lock):
        lock.write_text("{")
        assert holder_of_lock(lock) == "its name cannot be read"


def test_the_lock_is_free_after_an_error_within(lock: Path) -> None:
    with pytest.raises(ZeroDivisionError), hold_lock(lock):
        raise ZeroDivisionError

    assert holder_of_lock(lock) is None
