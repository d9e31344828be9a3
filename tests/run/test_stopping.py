"""Signals and deadlines, each in a process of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from job.errors import ExitCode, InterruptedRunError
from job.run.stopping import StopFlag

BEGIN = """
import hashlib, signal, sys, time
from job.errors import InterruptedRunError
from job.run.stopping import StopFlag

def wait_for_the_flag():
    while not stop.is_raised:
        time.sleep(0.01)

def stay_in_c_code():
    print("in C code", flush=True)
    hashlib.pbkdf2_hmac("sha256", b"", b"", 10**9)  # minutes within one call, to which no signal comes through

stop = StopFlag()
stop.install()
"""
# Where a test says that a process leaves at once, it may take this long on a busy machine.
AT_ONCE_SECONDS = 3.0


@contextmanager
def program(text: str, *arguments: str, says: str = "ready") -> Iterator[subprocess.Popen[str]]:
    """Run BEGIN and `text` in a process, from when it has said a word; end it in any case."""
    command = [sys.executable, "-c", BEGIN + text, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == f"{says}\n"
            yield process
        finally:
            process.kill()


def ends(process: subprocess.Popen[str], *, within: float = AT_ONCE_SECONDS) -> tuple[int, str]:
    """Return the exit code and what has been said until then."""
    out, err = process.communicate(timeout=within)
    return process.returncode, (out + err).strip()


WAITS = """
stop.limit(grace_seconds=60, run_seconds=None)
print("ready", flush=True)
wait_for_the_flag()
print(stop.reason)
"""
STAYS = """
stop.limit(grace_seconds=60, run_seconds=None)
stay_in_c_code()
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_first_signal_raises_the_flag(number: signal.Signals) -> None:
    with program(WAITS) as process:
        process.send_signal(number)
        assert ends(process) == (0, f"received {number.name}")


def test_no_signal_raises_no_flag() -> None:
    stop = StopFlag()
    stop.check()

    assert not stop.is_raised
    assert not stop.must_leave
    assert stop.reason == ""


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        (signal.SIGTERM, signal.SIGTERM, 143),
        (signal.SIGINT, signal.SIGINT, 130),
        (signal.SIGTERM, signal.SIGINT, 130),
        (signal.SIGINT, signal.SIGTERM, 143),
    ],
)
def test_a_second_signal_leaves_at_once_even_from_c_code(
    first: signal.Signals, second: signal.Signals, code: int
) -> None:
    with program(STAYS, says="in C code") as process:
        process.send_signal(first)
        time.sleep(0.2)
        assert process.poll() is None
        process.send_signal(second)
        assert ends(process) == (code, "")


def test_two_signals_in_one_moment_are_two() -> None:
    with program(STAYS, says="in C code") as process:
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGINT)
        assert ends(process)[0] in {130, 143}


def test_the_end_of_the_grace_period_leaves_even_from_c_code() -> None:
    text = """
stop.limit(grace_seconds=0.5, run_seconds=None)
stay_in_c_code()
"""
    with program(text, says="in C code") as process:
        process.send_signal(signal.SIGTERM)
        sent_at = time.monotonic()
        assert ends(process) == (75, "")
        assert time.monotonic() - sent_at >= 0.5


def test_a_run_that_leaves_within_its_grace_period_has_its_own_exit_code() -> None:
    text = """
stop.limit(grace_seconds=2, run_seconds=None)
print("ready", flush=True)
wait_for_the_flag()
time.sleep(0.3)
sys.exit(9)
"""
    with program(text) as process:
        process.send_signal(signal.SIGTERM)
        assert ends(process) == (9, "")


def test_a_signal_ends_what_is_interruptible_at_once() -> None:
    text = """
try:
    with stop.interruptible():
        print("ready", flush=True)
        time.sleep(600)
except InterruptedRunError as error:
    print(error, error.hint, sep="; ")
    sys.exit(error.exit_code)
"""
    with program(text) as process:
        process.send_signal(signal.SIGTERM)
        assert ends(process) == (75, "stopped: received SIGTERM; run the same command again to go on")


STALLS = {
    "sleeps": "time.sleep(600)",
    "reads": "os.read(os.pipe()[0], 1)",
    "waits for a lock": "import threading; lock = threading.Lock(); lock.acquire(); lock.acquire()",
    "waits for a process": "import subprocess; subprocess.run(['sleep', '600'])",
    "imports": "sys.path.insert(0, sys.argv[1]); import stalling",
}


@pytest.mark.parametrize("stall", STALLS)
def test_the_deadline_of_the_run_ends_what_is_interruptible_at_once(stall: str, tmp_path: Path) -> None:
    (tmp_path / "stalling.py").write_text("import time; time.sleep(600)")
    text = f"""
import os
stop.limit(grace_seconds=60, run_seconds=0.5)
try:
    with stop.interruptible():
        {STALLS[stall]}
except InterruptedRunError as error:
    print(error, flush=True)
    sys.exit(error.exit_code)
"""
    with program(text, str(tmp_path), says="stopped: the time given with --run-for is over") as process:
        assert ends(process) == (75, "")


def test_the_deadline_of_the_run_begins_the_grace_period_though_nobody_asks() -> None:
    text = """
stop.limit(grace_seconds=0.3, run_seconds=0.5)
with stop.interruptible():
    stay_in_c_code()
"""
    with program(text, says="in C code") as process:
        assert ends(process) == (75, "")


def test_the_time_of_a_run_counts_from_the_beginning_of_its_process() -> None:
    text = """
time.sleep(0.6)
stop.limit(grace_seconds=60, run_seconds=0.5)
print("over" if stop.is_raised else "not over", flush=True)
"""
    with program(text, says="over") as process:
        assert ends(process) == (0, "")


def test_a_signal_that_a_system_call_has_missed_is_made_good() -> None:
    """One that comes between Python's last look and the call; here another thread takes it for good."""
    text = """
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
print("ready", flush=True)
try:
    with stop.interruptible():
        time.sleep(600)
except InterruptedRunError as error:
    print(error)
"""
    with program(text) as process:
        process.send_signal(signal.SIGTERM)
        assert ends(process) == (0, "stopped: received SIGTERM")


def test_a_block_that_was_interrupted_is_left_in_peace() -> None:
    text = """
stop.limit(grace_seconds=60, run_seconds=None)
try:
    with stop.interruptible():
        try:
            print("ready", flush=True)
            time.sleep(600)
        finally:
            time.sleep(0.5)
            print("tidied up")
except InterruptedRunError as error:
    print(error)
"""
    with program(text) as process:
        process.send_signal(signal.SIGTERM)
        assert ends(process) == (0, "tidied up\nstopped: received SIGTERM")


FORKS = """
import multiprocessing
stop.limit(grace_seconds=0.5, run_seconds=None)
worker = multiprocessing.get_context("fork").Process(target=time.sleep, args=(600,))
worker.start()
"""


def test_a_process_that_a_problem_forks_can_be_terminated_and_that_stops_no_run() -> None:
    text = """
worker.terminate()
worker.join()
time.sleep(1)
print(signal.Signals(-worker.exitcode).name, stop.is_raised, flush=True)
"""
    with program(FORKS + text, says="SIGTERM False") as process:
        assert ends(process) == (0, "")


def test_a_signal_to_the_group_is_one_though_a_problem_has_forked() -> None:
    text = """
import os
os.setpgid(0, 0)
os.setpgid(worker.pid, os.getpid())
print("ready", flush=True)
wait_for_the_flag()
time.sleep(0.2)
sys.exit(9)
"""
    with program(FORKS + text) as process:
        os.killpg(process.pid, signal.SIGINT)
        assert ends(process) == (9, "")


def test_a_nudge_from_elsewhere_stops_nothing() -> None:
    text = """
with stop.interruptible():
    print("ready", flush=True)
    time.sleep(0.5)
print("whole")
"""
    with program(text) as process:
        process.send_signal(signal.SIGURG)
        assert ends(process) == (0, "whole")


def test_an_interruption_that_a_library_swallows_comes_after_the_block() -> None:
    text = """
with stop.interruptible():
    print("ready", flush=True)
    try:
        time.sleep(600)
    except Exception:
        pass
print("not interrupted")
"""
    with program(text) as process:
        process.send_signal(signal.SIGINT)
        assert "InterruptedRunError: stopped: received SIGINT" in ends(process)[1]


def test_what_is_not_interruptible_goes_on_after_a_signal() -> None:
    text = """
with stop.interruptible():
    pass
print("ready", flush=True)
wait_for_the_flag()
time.sleep(0.2)
print("whole")
"""
    with program(text) as process:
        process.send_signal(signal.SIGTERM)
        assert ends(process) == (0, "whole")


def test_a_raised_flag_keeps_what_is_interruptible_from_its_start() -> None:
    stop = StopFlag()
    stop.limit(grace_seconds=60, run_seconds=0.0)
    begun = []
    with pytest.raises(InterruptedRunError), stop.interruptible():
        begun.append("what is interruptible")

    assert begun == []


def test_the_deadline_of_the_run_raises_the_flag() -> None:
    stop = StopFlag()
    stop.limit(grace_seconds=60, run_seconds=0.5)
    raised_before = stop.is_raised
    time.sleep(0.5)

    assert (raised_before, stop.is_raised) == (False, True)
    assert "--run-for" in stop.reason
    with pytest.raises(InterruptedRunError, match="--run-for") as caught:
        stop.check()
    assert caught.value.exit_code == ExitCode.TEMPORARY_FAILURE
    assert "same command" in caught.value.hint


def test_the_deadline_of_the_run_begins_the_grace_period() -> None:
    text = """
stop.limit(grace_seconds=0.5, run_seconds=0.1)
print("ready", flush=True)
wait_for_the_flag()
stay_in_c_code()
"""
    with program(text) as process:
        assert ends(process) == (75, "in C code")


def test_the_first_signal_after_the_deadline_of_the_run_is_no_second_one() -> None:
    """A pod that is deleted while it saves by itself must come to the end of saving, within its grace period."""
    text = """
stop.limit(grace_seconds=60, run_seconds=0.0)
wait_for_the_flag()
print("ready", flush=True)
time.sleep(0.5)
print("saved")
sys.exit(75)
"""
    with program(text) as process:
        process.send_signal(signal.SIGTERM)
        assert ends(process) == (75, "saved")


def test_most_of_the_grace_period_is_for_the_trial() -> None:
    stop = StopFlag()
    stop.limit(grace_seconds=0.8, run_seconds=0.0)

    must_leave_before = stop.must_leave
    time.sleep(0.75)

    assert (must_leave_before, stop.must_leave) == (False, True)


def test_a_signal_that_comes_before_the_settings_are_read_counts() -> None:
    text = """
print("ready", flush=True)
time.sleep(0.3)
stop.limit(grace_seconds=60, run_seconds=None)
stop.check()
"""
    with program(text) as process:
        process.send_signal(signal.SIGTERM)
        assert "InterruptedRunError: stopped: received SIGTERM" in ends(process)[1]


def test_a_signal_that_comes_before_the_settings_are_read_has_the_grace_period_of_these() -> None:
    text = """
print("ready", flush=True)
time.sleep(0.3)
stop.limit(grace_seconds=1, run_seconds=None)
stay_in_c_code()
"""
    with program(text) as process:
        process.send_signal(signal.SIGTERM)
        assert ends(process)[0] == 75


def test_a_signal_that_others_handle_stops_nothing() -> None:
    """With --in-process a problem's own code may set an alarm, say."""
    text = """
stop.limit(grace_seconds=0.3, run_seconds=None)
signal.signal(signal.SIGALRM, lambda *_: None)
print("ready", flush=True)
signal.setitimer(signal.ITIMER_REAL, 0.1)
time.sleep(1)
print("whole")
"""
    with program(text) as process:
        assert ends(process) == (0, "whole")


def test_a_run_that_is_over_keeps_its_exit_code_whatever_comes_then() -> None:
    text = """
stop.limit(grace_seconds=0.5, run_seconds=None)
stop.settle(9)
stay_in_c_code()
"""
    with program(text, says="in C code") as process:
        process.send_signal(signal.SIGTERM)
        assert ends(process) == (9, "")
    with program(text.replace("0.5", "60"), says="in C code") as process:
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGINT)
        assert ends(process) == (9, "")
