"""A call as the process sees it that makes it: its variables, its output, its temporary files, and its line home."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import connection
from pathlib import Path
from typing import Any

from job.core.events import Event
from job.executors import outcome_of
from job.executors.output import OUTPUTS
from job.executors.scratch import use_for_temporary_files
from job.executors.server import SIGNALS
from job.state import durable

STOP = "stop"  # what the search says through the pipe


@dataclass(frozen=True, kw_only=True)
class Call:
    """A function with its arguments, and what it has for itself."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    log: Path | None  # without one, it prints where the server does: nowhere
    environment: Mapping[str, str]
    scratch: Path  # the directory of the search, where each process makes its own

    def make(self, control: "_PipeControl") -> Any:
        """Return what the function does."""
        own = self.scratch / str(os.getpid())
        own.mkdir(parents=True, exist_ok=True)
        use_for_temporary_files(own)
        if self.log is not None:
            _print_to(self.log)
        return self.function(*self.args, control)


def serve(pipe: connection.Connection, call: Call) -> None:
    """Make the call, tell the search what became of it, and end this process."""
    os.environ.update(call.environment)  # the driver reads its own when a process first asks it for devices
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    _print_whatever_there_is()
    control = _PipeControl(pipe)
    control.listen()
    ending = outcome_of(call.make, control)
    with suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
    pipe.send(ending)
    os._exit(0)  # what TensorFlow tears down at the end, the kernel does faster


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
                self.must_stop = self._pipe.recv() == STOP
        except (EOFError, OSError):
            os._exit(0)


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
