"""Work in a process of its own for each call, forked from a server that has imported TensorFlow."""

import multiprocessing
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import connection, forkserver, resource_tracker
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from types import ModuleType
from typing import Any

from job.core.events import Event
from job.errors import NoProgressError
from job.executors import Died, Ending, Raised, Returned, Tell, outcome_of
from job.executors.output import OUTPUTS, muted
from job.executors.scratch import scratch_directory, temporary_files_in, use_for_temporary_files
from job.state import durable

_PRELOAD = ("job.executors.orphan", "job.training.preload", "job.executors.preload")
_STOP = "stop"
_SERVER_DIED = 255  # what multiprocessing says of the end of a child whose server cannot tell it any more
_SIGNALS = {signal.SIGTERM, signal.SIGINT}

_Call = tuple[Path | None, Callable[..., Any], tuple[Any, ...]]  # a log, and a function with its arguments


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

    def start(self) -> None:
        self._context.set_forkserver_preload(list(_PRELOAD))
        resource_tracker.ensure_running()  # by itself it would unblock the signals again
        _ensure_server()

    def prepare(self) -> None:
        self.start()
        process = self._context.Process(target=_nothing)
        _start(process)
        process.join()

    def submit(self, function: Callable[..., Any], *args: Any, log: Path | None, timeout: float | None = None) -> None:
        ours, theirs = self._context.Pipe()
        call = (log, function, args)
        self._process = self._context.Process(target=_child, args=(theirs, scratch_directory(), call), daemon=True)
        _ensure_server()
        _start(self._process)
        theirs.close()
        self._pipe, self._stopping, self._timeout = ours, False, timeout
        self._ends_at = None if timeout is None else time.monotonic() + timeout

    def wait(self, tell: Tell, seconds: float) -> Ending | None:
        assert self._process is not None and self._pipe is not None, "submit comes first"
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            is_late = self._ends_at is not None and time.monotonic() >= self._ends_at
            # What has been said already counts: whoever waits may have been busy since.
            if not connection.wait([self._pipe, self._process.sentinel], timeout=0 if is_late else left):
                if not is_late:
                    return None
                self.close()
                return Died(f"took longer than {self._timeout:g} s", timed_out=True)
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
            shutil.rmtree(scratch_directory() / str(self._process.pid), ignore_errors=True)
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


class _PipeControl:
    """A child's end of the line. A thread listens, since the main one is inside TensorFlow most of the time."""

    def __init__(self, pipe: connection.Connection) -> None:
        self.must_stop = False
        self._pipe = pipe

    def listen(self) -> None:
        """Hear from now on whether to stop, and end this process when the search has ended."""
        threading.Thread(target=self._listen, name="control", daemon=True).start()

    def tell(self, event: Event) -> None:
        self._pipe.send(event)

    def _listen(self) -> None:
        try:
            while True:
                self.must_stop = self._pipe.recv() == _STOP
        except (EOFError, OSError):
            os._exit(0)


def _child(pipe: connection.Connection, scratch: Path, call: _Call) -> None:
    log, function, args = call
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)

    def logged(control: _PipeControl) -> Any:
        own = scratch / str(os.getpid())
        own.mkdir(parents=True, exist_ok=True)
        use_for_temporary_files(own)
        if log is not None:  # without one, it prints where the server does: nowhere
            _print_to(log)
        return function(*args, control)

    _print_whatever_there_is()
    control = _PipeControl(pipe)
    control.listen()
    ending = outcome_of(logged, control)
    with suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
    pipe.send(ending)
    os._exit(0)  # what TensorFlow tears down at the end, the kernel does faster


def _print_to(log: Path) -> None:
    """Append to `log` what this process prints."""
    durable.make_directory(log.parent)
    with durable.state_errors(log), log.open("ab") as file:
        for descriptor in OUTPUTS:
            os.dup2(file.fileno(), descriptor)


def _print_whatever_there_is() -> None:
    """Print line by line, since a process that is killed flushes nothing, and any letter, whatever the locale."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)  # type: ignore[union-attr]


def _describe_exit(exitcode: int | None) -> str:
    if exitcode == _SERVER_DIED:
        return "the process that trials are forked from was killed, as the kernel does when memory runs out"
    if exitcode is None or exitcode >= 0:
        return f"its process ended by itself with exit code {exitcode}"
    name = signal.Signals(-exitcode).name
    cause = ", as the kernel does when memory runs out" if name == "SIGKILL" else ""
    return f"its process was killed by {name}{cause}"


def _ensure_server() -> None:
    """Start the server, or start it again should it have died."""
    with _signals_blocked(), muted(), temporary_files_in(scratch_directory()):
        forkserver.ensure_running()


def _start(process: ForkServerProcess) -> None:
    try:
        with _without_main():
            process.start()
    except (EOFError, OSError) as error:
        raise NoProgressError(
            "the process that trials are forked from died while it imported TensorFlow",
            hint="look at the import itself with --in-process",
        ) from error


def _nothing() -> None:
    """Be forked."""


@contextmanager
def _without_main() -> Iterator[None]:
    """Keep a process that is started here from running the main module anew, as multiprocessing has it do.

    It needs nothing of that, which may be a user's script that begins another search.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


@contextmanager
def _signals_blocked() -> Iterator[None]:
    """Block the signals that stop a search, so that a process started here never dies of them."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
