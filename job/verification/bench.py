"""Where trials are trained again: in processes of an executor, and in a directory that is not the state's."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from job.core.events import Event
from job.executors import Ending, Executor, Raised, await_ending


@dataclass(frozen=True, kw_only=True)
class Bench:
    """An executor that has been started, and a directory that goes when all is done; `hear` is told of events."""

    executor: Executor
    directory: Path
    hear: Callable[[Event], None]

    def call(self, function: Callable[..., Any], *args: Any) -> Ending:
        """Return how `function(*args, control)` ends; raise what it raises where that is an error for the user."""
        handle = self.executor.submit(function, *args, log=self.directory / "log.txt")
        ending = await_ending(self.executor, handle, self.hear)
        if isinstance(ending, Raised) and ending.error is not None:
            raise ending.error
        return ending
