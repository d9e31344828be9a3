"""Where work runs: in a process of its own for each trial, here or on another machine, or in this one.

An executor takes functions with their arguments, and hands back what became of each call: `Returned`, `Raised`, `Died`
or `Lost`. While calls run, their events arrive through `wait`. A function's last argument is its `Control`.
"""

import errno
import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from job.core.events import Event
from job.errors import JobError
from job.problems.tracebacks import gist_of, traceback_of
from job.state import durable

# How long an executor is listened to before whoever waits looks at anything else.
_TICK_SECONDS = 0.1
# Of a trial's log, what is kept with its failure.
_TAIL_LINES = 20
_LARGEST_TAIL_BYTES = 8192
_LONGEST_REASON = 500  # characters
# Python's, of which NumPy's is one; and TensorFlow's, of a device or the host.
_MEMORY_ERRORS = {"MemoryError", "ResourceExhaustedError"}
_DISK_ERRORS = {errno.EDQUOT, errno.ENOSPC, errno.EROFS}

Tell = Callable[[Event], None]


@dataclass(frozen=True, order=True)
class Handle:
    """A call that has been submitted. No other one of its executor has that number, and later ones have higher."""

    number: int


@dataclass(frozen=True)
class Place:
    """A worker: where one call is made at a time."""

    machine: str = ""  # its name; empty: the one that the run is on
    worker: int = 0  # of that machine's, counted from 0
    environment: Mapping[str, str] = field(default_factory=dict, compare=False)  # the variables of its calls


HERE = Place()


@dataclass(frozen=True)
class Returned:
    """The call has returned `value`."""

    value: Any


@dataclass(frozen=True)
class Raised:
    """The call has raised; `error` is there when it was one for the user."""

    reason: str
    error: JobError | None = None
    out_of_memory: bool = False  # of the host or of a device


@dataclass(frozen=True)
class Died:
    """The process has gone without a word; `timed_out` if it took too long and was killed for it."""

    reason: str
    timed_out: bool = False


@dataclass(frozen=True)
class Lost:
    """The machine has gone with the call, or is not heard of any more."""

    reason: str


Ending = Returned | Raised | Died | Lost


class Executor(Protocol):
    """Runs calls, here or elsewhere. A call's handle is of use until `wait` has returned how it has ended."""

    def start(self) -> None:
        """Begin to prepare, and do not wait for it: there is other work to do meanwhile."""

    def prepare(self) -> None:
        """Do what all calls need, such as importing TensorFlow; may take seconds."""

    def submit(
        self,
        function: Callable[..., Any],
        *args: Any,
        log: Path | None,
        timeout: float | None = None,
        place: Place | None = HERE,
        folder: Path | None = None,
    ) -> Handle:
        """Begin `function(*args, control)` beside the calls at work, its output appended to `log` if there is one.

        With None as its place it is made where trials train, as soon as a worker is there. `folder` is where it finds
        files of its own, and leaves others: on another machine it has a copy, and what it leaves comes here with the
        events that tell of it. After `timeout` seconds it is ended.
        """

    def wait(self, handles: Collection[Handle], tell: Tell, seconds: float) -> Mapping[Handle, Ending]:
        """Pass on events of these calls for at most `seconds`, and return how those that have ended did.

        It returns as soon as one has, and at once without handles, unless workers may come meanwhile. `tell` ends no
        call, but may raise: no ending is lost then, and the next `wait` returns it.
        """

    def stop(self, handle: Handle) -> None:
        """Ask the call to leave a checkpoint and end, and do not wait for it; asking again changes nothing."""

    def close(self, handle: Handle) -> None:
        """End the call at once, if it runs; what it has said and nobody has heard is lost."""

    def close_all(self) -> None:
        """End all calls at once."""


def await_ending(executor: Executor, handle: Handle, tell: Tell, on_tick: Callable[[], None] = lambda: None) -> Ending:
    """Return how a call ends; `on_tick` is called several times a second, and may raise."""
    while True:
        endings = executor.wait([handle], tell, _TICK_SECONDS)
        if handle in endings:
            return endings[handle]
        on_tick()


def outcome_of(call: Callable[[Any], Any], control: Any) -> Returned | Raised:
    """Make a call with its control, and return what became of it; its traceback goes to standard error."""
    try:
        return Returned(call(control))
    except JobError as error:
        return Raised(str(error), error)
    except BaseException as error:  # noqa: BLE001  (whatever a problem's code raises, `sys.exit` too, fails its trial alone)
        if isinstance(error, OSError) and error.errno in _DISK_ERRORS:  # no fault of the trial, which printed something
            known = durable.explain(Path(error.filename or "the log of the trial"), error)
            return Raised(str(known), known)
        sys.stderr.write(traceback_of(error))
        return Raised(
            f"{type(error).__name__}: {gist_of(error)[:_LONGEST_REASON]}", out_of_memory=_is_out_of_memory(error)
        )


def _is_out_of_memory(error: BaseException) -> bool:
    # TensorFlow is imported in what is called alone, and its error is known by its name here.
    return any(kind.__name__ in _MEMORY_ERRORS for kind in type(error).__mro__)


def log_tail(log: Path) -> str:
    """Return the last lines of a trial's log; empty where there is none that can be read."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _LARGEST_TAIL_BYTES))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-_TAIL_LINES:])
