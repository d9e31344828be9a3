import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from job.core.events import Event, Notice
from job.errors import SettingsError, StateUnwritableError
from job.executors import Died, Executor, Raised, Returned, log_tail
from job.executors.inline import InlineExecutor
from job.executors.processes import ProcessExecutor
from job.executors.scratch import scratch_directory
from job.training import Control
from tests.executors.calls import add, crash, end_of, hang, is_alive, work_until_stopped
from tests.executors.cluster.on_a_worker import on_a_worker

pytestmark = pytest.mark.slow  # the first process imports TensorFlow


def fail(control: Control) -> None:
    print("about to fail")
    raise ValueError("\nno such layer\nand more")


def run_out_of_memory(where: str, control: Control) -> None:
    import tensorflow as tf

    if where == "TensorFlow":
        raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")
    np.empty(1 << 60, np.uint8)


def leave(control: Control) -> None:
    sys.exit("enough of this")


def interrupt(control: Control) -> None:
    raise KeyboardInterrupt


def find_no_metric(control: Control) -> None:
    raise SettingsError("no such metric", hint="name another")


def print_on_a_full_disk(control: Control) -> None:
    with Path("/dev/full").open("w") as full:
        full.write("much")


def write_and_hang(path: Path, control: Control) -> None:
    control.tell(Notice(str(os.getpid())))
    time.sleep(3600)


def leave_temporary_file(then: str, control: Control) -> str:
    path = tempfile.mkstemp()[1]
    control.tell(Notice(path))
    match then:
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "hang":
            time.sleep(3600)
    return path


@pytest.fixture(scope="module")
def processes() -> Iterator[ProcessExecutor]:
    executor = ProcessExecutor()
    executor.prepare()
    yield executor
    executor.close_all()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Executor]:
    with on_a_worker(tmp_path_factory.mktemp("worker")) as executor:
        yield executor


@pytest.fixture(params=["processes", "inline", "cluster"])
def executor(request: pytest.FixtureRequest) -> Executor:
    if request.param == "inline":
        return InlineExecutor(lambda: True)
    executor: Executor = request.getfixturevalue(request.param)
    return executor


def test_a_call_returns_its_value_after_its_events(executor: Executor, tmp_path: Path) -> None:
    events: list[Event] = []
    handle = executor.submit(add, 2, 3, log=tmp_path / "log.txt")
    assert end_of(executor, handle, events) == Returned(5)
    assert events == [Notice("adding")]


def test_what_a_call_raises_is_told_in_a_line(executor: Executor, tmp_path: Path) -> None:
    handle = executor.submit(fail, log=tmp_path / "log.txt")
    assert end_of(executor, handle) == Raised("ValueError: no such layer")


@pytest.mark.parametrize("where", ["TensorFlow", "NumPy"])
def test_a_call_that_raises_as_it_runs_out_of_memory_says_so(executor: Executor, where: str, tmp_path: Path) -> None:
    handle = executor.submit(run_out_of_memory, where, log=tmp_path / "log.txt")
    ending = end_of(executor, handle)
    assert isinstance(ending, Raised) and ending.out_of_memory


@pytest.mark.parametrize(
    ("call", "reason"), [(leave, "SystemExit: enough of this"), (interrupt, "KeyboardInterrupt: ")]
)
def test_a_call_that_ends_the_program_ends_itself_alone(
    executor: Executor, call: Callable[[Control], None], reason: str, tmp_path: Path
) -> None:
    handle = executor.submit(call, log=tmp_path / "log.txt")
    assert end_of(executor, handle) == Raised(reason)


def test_an_error_for_the_user_arrives_whole(executor: Executor, tmp_path: Path) -> None:
    handle = executor.submit(find_no_metric, log=tmp_path / "log.txt")
    ending = end_of(executor, handle)
    assert isinstance(ending, Raised) and isinstance(ending.error, SettingsError)
    assert (str(ending.error), ending.error.hint) == ("no such metric", "name another")


@pytest.mark.parametrize("executor", ["processes", "inline"], indirect=True)
def test_a_full_disk_is_no_failure_of_the_call_but_an_error_for_the_user(executor: Executor, tmp_path: Path) -> None:
    handle = executor.submit(print_on_a_full_disk, log=tmp_path / "log.txt")
    ending = end_of(executor, handle)
    assert isinstance(ending, Raised) and isinstance(ending.error, StateUnwritableError)


def test_a_call_ends_when_it_is_asked_to_stop(executor: Executor, tmp_path: Path) -> None:
    handle = executor.submit(work_until_stopped, log=tmp_path / "log.txt")
    executor.stop(handle)
    executor.stop(handle)
    assert end_of(executor, handle) == Returned("stopped")


def test_the_log_holds_what_a_call_printed_and_its_traceback(processes: ProcessExecutor, tmp_path: Path) -> None:
    handle = processes.submit(fail, log=tmp_path / "trial" / "log.txt")
    end_of(processes, handle)
    tail = log_tail(tmp_path / "trial" / "log.txt")
    assert tail.startswith("about to fail") and "Traceback" in tail and tail.endswith("and more")


def test_a_log_that_cannot_be_read_has_no_last_lines(tmp_path: Path) -> None:
    assert log_tail(tmp_path) == log_tail(tmp_path / "missing") == ""


def test_a_crash_is_the_end_of_one_call_and_not_of_the_next(processes: ProcessExecutor, tmp_path: Path) -> None:
    handle = processes.submit(crash, log=tmp_path / "log.txt")
    assert end_of(processes, handle) == Died("its process was killed by SIGSEGV")
    handle = processes.submit(add, 1, 1, log=tmp_path / "log.txt")
    assert end_of(processes, handle) == Returned(2)


def test_what_a_call_has_said_before_its_time_was_over_counts_however_late_it_is_heard(
    processes: ProcessExecutor, tmp_path: Path
) -> None:
    handle = processes.submit(add, 2, 3, log=tmp_path / "log.txt", timeout=1.0)
    time.sleep(1.5)  # the search is busy meanwhile
    assert end_of(processes, handle) == Returned(5)


def test_a_hang_is_ended_by_the_timeout(processes: ProcessExecutor, tmp_path: Path) -> None:
    handle = processes.submit(hang, log=tmp_path / "log.txt", timeout=0.5)
    assert end_of(processes, handle) == Died("took longer than 0.5 s", timed_out=True)


def test_closing_ends_a_call_at_once(processes: ProcessExecutor, tmp_path: Path) -> None:
    handle = processes.submit(hang, log=tmp_path / "log.txt")
    started_at = time.monotonic()
    processes.close(handle)
    assert time.monotonic() - started_at < 5


@pytest.mark.parametrize("then", ["return", "die", "hang"])
def test_a_call_leaves_no_temporary_files_however_it_ends(then: str, processes: ProcessExecutor) -> None:
    events: list[Event] = []
    handle = processes.submit(leave_temporary_file, then, log=None, timeout=1.0)
    end_of(processes, handle, events)
    notice = events[0]
    assert isinstance(notice, Notice)
    path = Path(notice.message)
    assert path.is_relative_to(scratch_directory())
    assert not path.parent.exists() and scratch_directory().exists()


def test_signals_to_the_group_do_not_end_a_call(tmp_path: Path) -> None:
    """What Ctrl-C in a terminal does: the search alone decides what becomes of the trial."""
    program = f"""
import os, signal, sys, time
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from job.executors.processes import ProcessExecutor
from tests.executors.calls import end_of, work_until_stopped
if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    executor = ProcessExecutor()
    os.killpg(0, signal.SIGTERM)
    executor.prepare()
    handle = executor.submit(work_until_stopped, log=Path("log.txt"))
    assert not executor.wait([handle], lambda _: None, 1)
    os.killpg(0, signal.SIGINT)
    os.killpg(0, signal.SIGTERM)
    assert not executor.wait([handle], lambda _: None, 1)
    executor.stop(handle)
    print(end_of(executor, handle))
"""
    (tmp_path / "program.py").write_text(program)
    assert run(tmp_path) == "Returned(value='stopped')\n"


def test_a_call_dies_with_the_program_that_it_serves(tmp_path: Path) -> None:
    program = f"""
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from job.executors.processes import ProcessExecutor
from tests.executors.test_executors import write_and_hang
def leave(event):
    print(event.message, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
if __name__ == "__main__":
    executor = ProcessExecutor()
    handle = executor.submit(write_and_hang, Path("."), log=Path("log.txt"))
    executor.wait([handle], leave, 60)
"""
    (tmp_path / "program.py").write_text(program)
    child = int(run(tmp_path, expected=-signal.SIGKILL))
    deadline = time.monotonic() + 10
    while is_alive(child):
        assert time.monotonic() < deadline, "the child outlives its parent"
        time.sleep(0.05)


def run(directory: Path, *, expected: int = 0) -> str:
    done: Any = subprocess.run(
        [sys.executable, "program.py"], cwd=directory, capture_output=True, text=True, start_new_session=True
    )
    assert done.returncode == expected, done.stderr
    return str(done.stdout)
