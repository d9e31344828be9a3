"""`job.search`: what `hpo-job search` does, from a script or a notebook."""

import multiprocessing
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from types import ModuleType
from typing import Any

from job import problems
from job.errors import SettingsError
from job.notebook.hints import hints_shown
from job.notebook.study import SavedStudy, open_study
from job.settings.from_python import settings_from

_at_work = Lock()


@hints_shown()
def search(
    problem: str | os.PathLike[str] | ModuleType | None = None,
    *,
    state: str | os.PathLike[str] = "state",
    **options: Any,
) -> SavedStudy:
    """Begin a search, or go on with the one in `state`, until its budgets are spent; return it as `open_study` does.

    `problem` is the name of a built-in one, a file such as "churn.py", a module or its name; without it, that of the
    state. `options` are those of `hpo-job search` under their names, such as `trials=100`, `surrogate="forest"`,
    `run_for="50m"` or `bounds=["learning_rate=1e-4:1e-2"]`; neither the environment nor a file has others. What is not
    given is as the state has it.

    Trials are trained in processes of their own, which do not run the calling script again. The first SIGINT (Ctrl-C,
    or a notebook's button) or SIGTERM has the trial leave a checkpoint; the same call goes on from there. A second one
    ends the call at once: the state is as last saved. In another thread than the main one signals are not heard; there,
    `run_for` ends a call.

    Raise one of `job.errors`, where the command would end with that error's exit code: InterruptedRunError for a search
    that was stopped, SettingsError for a problem or an option that cannot be used, and SettingsChangedError for a state
    of another search.
    """
    with _alone(problem):
        from job.display.audience import open_audience
        from job.run.begin import run
        from job.run.stopping import StopFlag
        from job.state.places import state_at
        from job.tensorboard.logs import follow

        settings = settings_from({"problem": _name(problem), "state": os.fspath(state), **options})
        logs = [follow(state_at(settings.state).trials_directory)] if settings.tensorboard else []
        stop = StopFlag()
        with stop.heeding_signals(), open_audience(settings, settle=stop.settle, also=logs) as listener:
            run(settings, stop=stop, listener=listener)
        return open_study(str(settings.state))


def _name(problem: str | os.PathLike[str] | ModuleType | None) -> str | None:
    """Return a problem as the option names it."""
    if not isinstance(problem, ModuleType):
        return None if problem is None else os.fspath(problem)
    built_in = {module: name for name, module in problems.BUILT_IN.items()}
    if problem.__name__ in built_in:
        return built_in[problem.__name__]
    if (file := getattr(problem, "__file__", None)) is None:
        raise SettingsError(
            f"expected a module that is a file, found {problem.__name__}, which has none",
            hint="write the problem into a file of its own, such as by %%writefile churn.py at the top of a cell",
        )
    return str(Path(file))


@contextmanager
def _alone(problem: object) -> Iterator[None]:
    """Raise SettingsError where this process searches already, or loads a problem for a search that does."""
    is_child = multiprocessing.current_process().daemon
    if is_child or not _at_work.acquire(blocking=False):
        raise SettingsError(
            f"expected one search at a time, found that one of {problem} is asked for while another is at work",
            hint='in a file that is the problem too, call search below `if __name__ == "__main__":`',
        )
    try:
        yield
    finally:
        _at_work.release()
