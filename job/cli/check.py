"""`hpo-job check`."""

import math
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from job.cli.options import takes
from job.cli.output import show_json, waiting_shown
from job.cli.status import JsonOption
from job.run.stopping import StopFlag
from job.settings import Settings

if TYPE_CHECKING:
    from job.check.inspection import Inspection

_SECONDS = 15.0  # that a check without --full takes, with the start of its process
_WAITING = "Loading the problem ..."
_SETTINGS = (
    *("data", "download", "image_size", "label_column", "strict", "objective"),
    *("space", "bounds", "choices", "fix", "seed", "trials", "confirm", "epochs", "batch_size", "deterministic"),
    "threads",
)

ProblemArgument = Annotated[
    str, typer.Argument(metavar="PROBLEM", help="A file such as churn.py, a module, or a built-in problem.")
]
FullOption = Annotated[bool, typer.Option("--full", help="Try every point, however long that takes.")]


@takes(*_SETTINGS)
def check(
    context: typer.Context,
    settings: Settings,
    problem: ProblemArgument,
    full: FullOption = False,
    as_json: JsonOption = False,
) -> None:
    """Try a problem out, and tell within 15 seconds what would fail in a search of it, and how long that would take.

    The data are loaded twice, models are built and trained for a few batches at the default point, at the ends of each
    dimension, in each branch of each condition and at random points. Nothing is written but what its callbacks write.
    """
    from job.check import inspect
    from job.check.other_process import OtherProcess
    from job.executors.processes import ProcessExecutor
    from job.run.asking import Asking
    from job.run.in_force import asked_of, data_source_of
    from job.training import setup_of

    settings = replace(settings, problem=problem, given=(settings.given or frozenset()) | {"problem"})
    settings.check()
    stop: StopFlag = context.obj
    until = math.inf if full else stop.began_at + _SECONDS
    executor = ProcessExecutor()
    with _watching() as show:
        asked = asked_of(settings, None, Asking(executor, stop, lambda _: None).declare)
        setup = setup_of(asked.fingerprint, data_source_of(settings))
        with stop.interruptible(), closing(OtherProcess(setup)) as other:
            try:
                executor.start()
                found = inspect(asked, setup, executor=executor, elsewhere=other, show=show, until=until)
            finally:
                executor.close_all()
    if as_json:
        from job.check.text import describe_inspection

        show_json(describe_inspection(found))
    else:
        _show(found)
    raise typer.Exit(found.exit_code)


@contextmanager
def _watching() -> Iterator[Callable[[str], object]]:
    """Yield who shows what is at work to whoever looks on in a terminal."""
    with waiting_shown(_WAITING) as status:
        yield lambda text: None if status is None else status.update(f"Trying the problem: {text} ...")


def _show(inspection: "Inspection") -> None:
    """Print what was found: with colours in a terminal, and plainly elsewhere."""
    from rich.console import Console

    from job.check.text import draw_inspection, render_inspection

    if sys.stdout.isatty():
        Console().print(draw_inspection(inspection))
    else:
        sys.stdout.write(render_inspection(inspection))
