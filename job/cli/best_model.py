"""The best model of a search, for the commands that use it."""

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from job.cli.output import waiting_shown
from job.cli.status import warn
from job.core.events import Event, Notice
from job.core.study import Study
from job.errors import NoProgressError
from job.executors import Died, Raised, Returned, await_ending
from job.run.stopping import StopFlag
from job.state.directory import StateDirectory
from job.training import best_model
from job.training.best_model import BestModel


def open_best_model(store: StateDirectory) -> AbstractContextManager[BestModel]:
    """Yield the best model so far, as `job.training.best_model.open_best_model` does."""
    return best_model.open_best_model(store, warn=warn)


def read_with_model(store: StateDirectory) -> tuple[Study, bytes | None]:
    """Return the study and the file of its best model, as `job.training.best_model.read_with_model` does."""
    return best_model.read_with_model(store, warn=warn)


def ask(function: Callable[..., Any], *args: Any, stop: StopFlag, waiting: str) -> Any:
    """Return what `function(*args, control)` gives in a process of its own; `waiting` is shown in a terminal.

    Raise the error that it raises if that is one for the user, and else NoProgressError.
    """
    from job.executors.processes import ProcessExecutor

    with stop.interruptible(), waiting_shown(waiting):
        executor = ProcessExecutor()
        try:
            executor.prepare()
            handle = executor.submit(function, *args, log=None)
            ending = await_ending(executor, handle, _hear)
        finally:
            executor.close_all()
    match ending:
        case Returned(value):
            return value
        case Raised(_, error) if error is not None:
            raise error
        case Raised(reason) | Died(reason):
            raise NoProgressError(
                f"the model cannot be used: {reason}", hint="see whether hpo-job doctor finds a cause"
            )


def _hear(event: Event) -> None:
    if isinstance(event, Notice):
        sys.stderr.write(f"hpo-job: {event.message}\n")
