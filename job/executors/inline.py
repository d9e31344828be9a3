"""Work in this process, so that a debugger sees it."""

import os
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from job.executors import HERE, Ending, Handle, Place, Tell, outcome_of
from job.executors.output import muted


class InlineExecutor:
    """Calls in this process, one after another, so that a debugger sees them: each is made when it is waited for.

    A hang or a crash there is one of the whole job.
    """

    def __init__(self, must_stop: Callable[[], bool]) -> None:
        self._must_stop = must_stop
        self._calls: dict[Handle, tuple[Callable[[_InlineControl], Any], Mapping[str, str]]] = {}
        self._submitted = 0

    def start(self) -> None:
        """Nothing goes on beside this process."""

    def prepare(self) -> None:
        with muted():
            import job.training.preload  # noqa: F401

    def submit(
        self,
        function: Callable[..., Any],
        *args: Any,
        log: Path | None,
        timeout: float | None = None,
        place: Place | None = HERE,
        folder: Path | None = None,
    ) -> Handle:
        del log, timeout, folder  # the output is for the terminal, and nobody is there to watch the clock
        self._submitted += 1
        handle = Handle(self._submitted)
        self._calls[handle] = (lambda control: function(*args, control)), (place or HERE).environment
        return handle

    def wait(self, handles: Collection[Handle], tell: Tell, seconds: float) -> Mapping[Handle, Ending]:
        """Make the call that was submitted first, however long it takes."""
        del seconds
        if not handles:
            return {}
        handle = min(handles)
        call, environment = self._calls.pop(handle)
        with _variables(environment):
            return {handle: outcome_of(call, _InlineControl(tell, self._must_stop))}

    def stop(self, handle: Handle) -> None:
        """There is nothing to do: the call asks the flag itself."""

    def close(self, handle: Handle) -> None:
        self._calls.pop(handle, None)

    def close_all(self) -> None:
        self._calls.clear()


@dataclass(frozen=True)
class _InlineControl:
    tell: Tell
    _asked: Callable[[], bool]

    @property
    def must_stop(self) -> bool:
        return self._asked()


@contextmanager
def _variables(environment: Mapping[str, str]) -> Iterator[None]:
    """Have these variables in the environment for a while."""
    before = {name: os.environ.get(name) for name in environment}
    os.environ.update(environment)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
