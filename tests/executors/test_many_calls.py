"""Several calls at once: what becomes of one is nothing to the others, and what is done to all is done to each."""

import ctypes
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from job.core.events import Event, Notice
from job.errors import StateUnwritableError
from job.executors import Died, Ending, Executor, Handle, Place, Returned
from job.executors.inline import InlineExecutor
from job.executors.processes import ProcessExecutor
from job.executors.scratch import scratch_directory
from job.training import Control
from tests.executors.calls import add, crash, end_of, ends_of, hang, is_alive, work_until_stopped

# How long a system with little to spare may take for what takes milliseconds elsewhere.
PATIENCE_SECONDS = 30
FLOOD = Notice("x" * 10_000)  # of which a pipe holds few


def await_files(*paths: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not all(path.exists() for path in paths):
        assert time.monotonic() < deadline, paths
        time.sleep(0.01)


def meet(directory: Path, name: int, number: int, control: Control) -> int:
    """Go on when all are there, which is never where one call comes after another."""
    for place in range(3):
        (directory / f"{place}-{name}").touch()
        await_files(*(directory / f"{place}-{other}" for other in range(number)))
        control.tell(Notice(f"{name} at {place}"))
    return name


def say(words: int, done: Path, control: Control) -> str:
    for word in range(words):
        control.tell(Notice(f"word {word}"))
    done.touch()
    return "said"


def flood(begun: Path, control: Control) -> str:
    while not control.must_stop:
        control.tell(FLOOD)
        begun.touch()
    return "stopped"


def flood_and_never_stop(control: Control) -> None:
    while True:
        control.tell(FLOOD)


def tell_who(control: Control) -> None:
    control.tell(Notice(f"{os.getpid()} {os.getppid()}"))
    time.sleep(3600)


def variables(name: str, control: Control) -> tuple[str | None, bytes | None]:
    """Return a variable as Python has it, and as the drivers of devices do."""
    getenv = ctypes.CDLL(None).getenv
    getenv.restype = ctypes.c_char_p
    return os.environ.get(name), getenv(name.encode())


@pytest.fixture
def processes() -> Iterator[ProcessExecutor]:
    """Return an executor whose server has imported nothing, unless another has started it."""
    executor = ProcessExecutor()
    yield executor
    executor.close_all()


def who_are(executor: ProcessExecutor, handles: list[Handle]) -> tuple[list[int], int]:
    """Return the processes of calls that tell who they are, and the one that they were forked from."""
    events: list[Event] = []
    deadline = time.monotonic() + PATIENCE_SECONDS
    while len(events) < len(handles):
        assert time.monotonic() < deadline, events
        assert not executor.wait(handles, events.append, 0.1)
    told = [tuple(map(int, event.message.split())) for event in events if isinstance(event, Notice)]
    assert len({server for _, server in told}) == 1
    return [child for child, _ in told], told[0][1]


def await_end(*pids: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while any(map(is_alive, pids)):
        assert time.monotonic() < deadline, "a process outlives its call"
        time.sleep(0.01)


@pytest.mark.slow
@pytest.mark.parametrize("number", [2, 4])
def test_calls_run_at_the_same_time_and_tell_in_between(
    number: int, processes: ProcessExecutor, tmp_path: Path
) -> None:
    events: list[Event] = []
    handles = [processes.submit(meet, tmp_path, name, number, log=None) for name in range(number)]
    endings = ends_of(processes, handles, events)

    assert endings == {handle: Returned(name) for name, handle in enumerate(handles)}
    for name in range(number):
        of_this = [event for event in events if event.message.startswith(f"{name} ")]  # type: ignore[union-attr]
        assert of_this == [Notice(f"{name} at {place}") for place in range(3)]
    assert len(events) == 3 * number


@pytest.mark.slow
def test_a_call_that_floods_keeps_no_other_from_being_heard(processes: ProcessExecutor, tmp_path: Path) -> None:
    begun, done = tmp_path / "begun", tmp_path / "done"
    loud = processes.submit(flood, begun, log=None)
    quiet = processes.submit(say, 20, done, log=None)
    await_files(begun, done)
    events: list[Event] = []
    endings = processes.wait([loud, quiet], events.append, PATIENCE_SECONDS)

    assert endings == {quiet: Returned("said")}
    assert [event for event in events if event != FLOOD] == [Notice(f"word {n}") for n in range(20)]
    assert events.count(FLOOD) <= 25


@pytest.mark.slow
def test_the_death_of_a_call_is_its_own_alone(processes: ProcessExecutor) -> None:
    others = [processes.submit(work_until_stopped, log=None) for _ in range(2)]
    dead = processes.submit(crash, log=None)
    assert processes.wait([*others, dead], lambda _: None, 0) == {}
    assert end_of(processes, dead) == Died("its process was killed by SIGSEGV")

    processes.close(others[0])
    processes.close(others[0])
    processes.stop(others[0])
    processes.stop(others[1])
    assert end_of(processes, others[1]) == Returned("stopped")


@pytest.mark.slow
def test_each_call_has_a_time_of_its_own(processes: ProcessExecutor) -> None:
    late = processes.submit(hang, log=None, timeout=0.4)
    loud = processes.submit(flood_and_never_stop, log=None, timeout=1.5)
    other = processes.submit(work_until_stopped, log=None, timeout=3600)

    endings: dict[Handle, Ending] = {}
    while left := {late, loud} - set(endings):
        endings |= processes.wait(left, lambda _: time.sleep(0.001), PATIENCE_SECONDS)
    assert endings == {
        late: Died("took longer than 0.4 s", timed_out=True),
        loud: Died("took longer than 1.5 s", timed_out=True),
    }
    processes.stop(other)
    assert end_of(processes, other) == Returned("stopped")


@pytest.mark.slow
def test_the_death_of_the_server_is_that_of_all_calls_and_not_of_the_next(processes: ProcessExecutor) -> None:
    handles = [processes.submit(tell_who, log=None) for _ in range(3)]
    children, server = who_are(processes, handles)
    os.kill(server, signal.SIGKILL)
    later = processes.submit(add, 1, 1, log=None)

    reason = "the process that trials are forked from was killed, as the kernel does when memory runs out"
    assert ends_of(processes, handles) == dict.fromkeys(handles, Died(reason))
    await_end(*children)
    assert end_of(processes, later) == Returned(2)


@pytest.mark.slow
def test_a_call_that_hears_nothing_dies_with_the_server_all_the_same(processes: ProcessExecutor) -> None:
    handle = processes.submit(tell_who, log=None)
    [child], server = who_are(processes, [handle])
    os.kill(child, signal.SIGSTOP)
    os.kill(server, signal.SIGKILL)

    assert isinstance(end_of(processes, handle), Died)
    await_end(child)


@pytest.mark.slow
def test_calls_are_asked_to_stop_without_waiting_for_any(processes: ProcessExecutor, tmp_path: Path) -> None:
    """Nor is it waited for one whose events nobody has heard for so long that it cannot tell more."""
    handles = [processes.submit(flood, tmp_path / str(name), log=None) for name in range(4)]
    await_files(*(tmp_path / str(name) for name in range(4)))
    time.sleep(0.2)  # until their pipes are full
    for handle in handles * 2:
        processes.stop(handle)

    assert ends_of(processes, handles) == dict.fromkeys(handles, Returned("stopped"))


@pytest.mark.slow
def test_closing_all_leaves_neither_processes_nor_their_files(processes: ProcessExecutor) -> None:
    children, _ = who_are(processes, [processes.submit(tell_who, log=None) for _ in range(3)])
    scratch = [scratch_directory() / str(child) for child in children]
    assert all(path.exists() for path in scratch)
    processes.close_all()

    await_end(*children)
    assert not any(path.exists() for path in scratch)


@pytest.mark.slow
def test_an_ending_is_kept_for_the_next_time_where_what_is_told_raises(
    processes: ProcessExecutor, tmp_path: Path
) -> None:
    done = [tmp_path / str(name) for name in range(2)]
    handles = [processes.submit(say, 1, path, log=None) for path in done]
    await_files(*done)

    def refuse(event: Event) -> None:
        raise StateUnwritableError("cannot use study.json: No space left on device", hint="free some space")

    for _ in range(2):  # what both of them tell
        with pytest.raises(StateUnwritableError):
            processes.wait(handles, refuse, PATIENCE_SECONDS)
    assert ends_of(processes, handles) == dict.fromkeys(handles, Returned("said"))


@pytest.mark.slow
def test_a_call_has_its_variables_before_anything_is_called_and_others_have_not(processes: ProcessExecutor) -> None:
    variable = {"CUDA_VISIBLE_DEVICES": "1"}
    handles = [
        processes.submit(variables, "CUDA_VISIBLE_DEVICES", log=None, place=Place(environment=environment))
        for environment in (variable, {})
    ]
    outside = os.environ.get("CUDA_VISIBLE_DEVICES")

    assert ends_of(processes, handles) == {
        handles[0]: Returned(("1", b"1")),
        handles[1]: Returned((outside, outside and outside.encode())),
    }


def test_in_this_process_a_call_has_its_variables_as_long_as_it_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    monkeypatch.delenv("OTHER", raising=False)
    executor: Executor = InlineExecutor(lambda: False)
    environment = {"CUDA_VISIBLE_DEVICES": "1", "OTHER": "here"}
    handle = executor.submit(variables, "CUDA_VISIBLE_DEVICES", log=None, place=Place(environment=environment))

    assert end_of(executor, handle) == Returned(("1", b"1"))
    assert (os.environ["CUDA_VISIBLE_DEVICES"], os.environ.get("OTHER")) == ("0", None)


def test_in_this_process_calls_are_made_one_after_another_when_they_are_waited_for() -> None:
    made: list[int] = []
    executor = InlineExecutor(lambda: False)
    handles = [executor.submit(lambda control, name=name: made.append(name), log=None) for name in range(3)]
    assert made == []
    executor.close(handles[1])

    assert executor.wait([handles[2], handles[0]], lambda _: None, 0) == {handles[0]: Returned(None)}
    assert executor.wait([handles[2]], lambda _: None, 0) == {handles[2]: Returned(None)}
    assert made == [0, 2]


@pytest.mark.parametrize("executor", [InlineExecutor(lambda: False), ProcessExecutor()])
def test_nothing_to_wait_for_is_not_waited_for(executor: Executor) -> None:
    started_at = time.monotonic()
    assert executor.wait([], lambda _: None, PATIENCE_SECONDS) == {}
    assert time.monotonic() - started_at < 1
