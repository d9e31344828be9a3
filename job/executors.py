"""Where work runs: in a process of its own for each trial, or in this one.

An executor takes a function by its name and arguments, and hands back what became of the call: `Returned`, `Raised` or
`Died`. While the call runs, its events arrive through `wait`. The function's last argument is its `Control`.
"""

import multiprocessing
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import connection, forkserver, resource_tracker
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, Protocol

from job.errors import JobError
from job.events import Event

# Lines of a trial's log that are kept with its failure.
_TAIL_LINES = 20
_LARGEST_TAIL_BYTES = 8192
_PRELOAD = ("job.training.preload",)
_STOP = "stop"
_OUTPUTS = (1, 2)  # the file descriptors, whatever stands in sys.stdout and sys.stderr

Tell = Callable[[Event], None]


@dataclass(frozen=True)
class Returned:
    """The call has returned `value`."""

    value: Any


@dataclass(frozen=True)
class Raised:
    """The call has raised; `error` is there when it was one for the user."""

    reason: str
    error: JobError | None = None


@dataclass(frozen=True)
class Died:
    """The process has gone without a word; `timed_out` if it took too long and was killed for it."""

    reason: str
    timed_out: bool = False


Ending = Returned | Raised | Died


class Executor(Protocol):
    """Runs one call at a time, here or elsewhere."""

    def prepare(self) -> None:
        """Do what all calls need, such as importing TensorFlow; may take seconds."""

    def submit(self, function: Callable[..., Any], *args: Any, log: Path, timeout: float | None = None) -> None:
        """Begin `function(*args, control)`, its output appended to `log`; `timeout` is in seconds."""

    def wait(self, tell: Tell, seconds: float) -> Ending | None:
        """Pass on events for at most `seconds`, and return how the call has ended; None while it runs."""

    def stop(self) -> None:
        """Ask the call to leave a checkpoint and end; asking again changes nothing."""

    def close(self) -> None:
        """End the call at once, if one runs."""


class ProcessExecutor:
    """Each call in a process forked from a server that has imported TensorFlow once, so that it starts in milliseconds.

    Signals reach the search alone: the server and its children ignore those of the process group, and obey a pipe. A
    child whose pipe breaks, because the search has died, ends at once.
    """

    def __init__(self) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._process: ForkServerProcess | None = None
        self._pipe: connection.Connection | None = None
        self._ends_at: float | None = None  # time.monotonic()
        self._timeout: float | None = None
        self._stopping = False
        self._context.set_forkserver_preload(list(_PRELOAD))
        resource_tracker.ensure_running()  # by itself it would unblock the signals again
        with _signals_blocked(), muted():
            forkserver.ensure_running()

    def prepare(self) -> None:
        process = self._context.Process(target=_nothing)
        process.start()
        process.join()

    def submit(self, function: Callable[..., Any], *args: Any, log: Path, timeout: float | None = None) -> None:
        ours, theirs = self._context.Pipe()
        self._process = self._context.Process(target=_child, args=(theirs, log, function, args), daemon=True)
        self._process.start()
        theirs.close()
        self._pipe, self._stopping, self._timeout = ours, False, timeout
        self._ends_at = None if timeout is None else time.monotonic() + timeout

    def wait(self, tell: Tell, seconds: float) -> Ending | None:
        assert self._process is not None and self._pipe is not None, "submit comes first"
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if self._ends_at is not None and time.monotonic() >= self._ends_at:
                self.close()
                return Died(f"took longer than {self._timeout:g} s", timed_out=True)
            if not connection.wait([self._pipe, self._process.sentinel], timeout=left):
                return None
            message = self._receive()
            if isinstance(message, Returned | Raised | Died):
                self.close()
                return message
            tell(message)
        return None

    def stop(self) -> None:
        if self._pipe is not None and not self._stopping:
            self._stopping = True
            try:
                self._pipe.send(_STOP)
            except OSError:  # it has just died, which `wait` will tell
                return

    def close(self) -> None:
        if self._process is not None and self._pipe is not None:
            self._process.kill()
            self._process.join()
            self._process.close()
            self._pipe.close()
        self._process = self._pipe = None

    def _receive(self) -> Any:
        assert self._process is not None and self._pipe is not None, "submit comes first"
        try:
            if self._pipe.poll():
                return self._pipe.recv()
        except (EOFError, OSError):
            pass
        self._process.join()
        return Died(_describe_exit(self._process.exitcode))


class InlineExecutor:
    """Each call in this process, so that a debugger sees it. A hang or a crash there is one of the whole job."""

    def __init__(self, must_stop: Callable[[], bool]) -> None:
        self._must_stop = must_stop
        self._call: Callable[[_InlineControl], Any] | None = None

    def prepare(self) -> None:
        with muted():
            import job.training.preload  # noqa: F401

    def submit(self, function: Callable[..., Any], *args: Any, log: Path, timeout: float | None = None) -> None:
        del log, timeout  # the output is for the terminal, and nobody is there to watch the clock
        self._call = lambda control: function(*args, control)

    def wait(self, tell: Tell, seconds: float) -> Ending:
        del seconds
        assert self._call is not None, "submit comes first"
        return _outcome(self._call, _InlineControl(tell, self._must_stop))

    def stop(self) -> None:
        """There is nothing to do: the call asks the flag itself."""

    def close(self) -> None:
        self._call = None


def log_tail(log: Path) -> str:
    """Return the last lines of a trial's log; empty when there is none."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _LARGEST_TAIL_BYTES))
            text = file.read().decode(errors="replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.splitlines()[-_TAIL_LINES:])


@dataclass(frozen=True)
class _InlineControl:
    tell: Tell
    _asked: Callable[[], bool]

    @property
    def must_stop(self) -> bool:
        return self._asked()


class _PipeControl:
    """A child's end of the line. A thread listens, since the main one is inside TensorFlow most of the time."""

    def __init__(self, pipe: connection.Connection) -> None:
        self.must_stop = False
        self._pipe = pipe
        threading.Thread(target=self._listen, name="control", daemon=True).start()

    def tell(self, event: Event) -> None:
        self._pipe.send(event)

    def _listen(self) -> None:
        try:
            while True:
                self.must_stop = self._pipe.recv() == _STOP
        except (EOFError, OSError):
            os._exit(0)


def _child(pipe: connection.Connection, log: Path, function: Callable[..., Any], args: tuple[Any, ...]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM, signal.SIGINT})
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as file:
        for descriptor in _OUTPUTS:
            os.dup2(file.fileno(), descriptor)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # a process that is killed flushes nothing
    control = _PipeControl(pipe)
    ending = _outcome(lambda control: function(*args, control), control)
    sys.stdout.flush()
    sys.stderr.flush()
    pipe.send(ending)
    os._exit(0)  # what TensorFlow tears down at the end, the kernel does faster


def _outcome(call: Callable[[Any], Any], control: Any) -> Returned | Raised:
    try:
        return Returned(call(control))
    except JobError as error:
        return Raised(str(error), error)
    except Exception as error:  # noqa: BLE001  (whatever a problem's code raises is a failure of its trial alone)
        traceback.print_exc()
        return Raised(f"{type(error).__name__}: {_first_line(error)}")


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), "")[:500]


def _describe_exit(exitcode: int | None) -> str:
    if exitcode is None or exitcode >= 0:
        return f"its process ended by itself with exit code {exitcode}"
    name = signal.Signals(-exitcode).name
    cause = ", as the kernel does when memory runs out" if name == "SIGKILL" else ""
    return f"its process was killed by {name}{cause}"


def _nothing() -> None:
    """Be forked."""


@contextmanager
def muted() -> Iterator[None]:
    """Let nothing that this process prints, or one that it starts here, get out; for libraries that cannot be asked.

    A server that kept the output of a search would hold up whoever reads that to its end.
    """
    kept = [os.dup(descriptor) for descriptor in _OUTPUTS]
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        for descriptor in _OUTPUTS:
            os.dup2(null, descriptor)
        yield
    finally:
        for descriptor, copy in zip(_OUTPUTS, kept, strict=True):
            os.dup2(copy, descriptor)
            os.close(copy)
        os.close(null)


@contextmanager
def _signals_blocked() -> Iterator[None]:
    """Block the signals that stop a search, so that a process started here never dies of them."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
