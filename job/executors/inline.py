"""Work in this process, so that a debugger sees it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from job.executors import Ending, Tell, outcome_of
from job.executors.output import muted


class InlineExecutor:
    """Each call in this process, so that a debugger sees it. A hang or a crash there is one of the whole job."""

    def __init__(self, must_stop: Callable[[], bool]) -> None:
        self._must_stop = must_stop
        self._call: Callable[[_InlineControl], Any] | None = None

    def start(self) -> None:
        """Nothing goes on beside this process."""

    def prepare(self) -> None:
        with muted():
            import job.training.preload  # noqa: F401

    def submit(self, function: Callable[..., Any], *args: Any, log: Path | None, timeout: float | None = None) -> None:
        del log, timeout  # the output is for the terminal, and nobody is there to watch the clock
        self._call = lambda control: function(*args, control)

    def wait(self, tell: Tell, seconds: float) -> Ending:
        del seconds
        assert self._call is not None, "submit comes first"
        return outcome_of(self._call, _InlineControl(tell, self._must_stop))

    def stop(self) -> None:
        """There is nothing to do: the call asks the flag itself."""

    def close(self) -> None:
        self._call = None


@dataclass(frozen=True)
class _InlineControl:
    tell: Tell
    _asked: Callable[[], bool]

    @property
    def must_stop(self) -> bool:
        return self._asked()
