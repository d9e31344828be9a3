"""`hpo-job doctor`."""

import sys
from typing import TYPE_CHECKING

import typer

from job.cli.output import show_json, waiting_shown
from job.cli.status import JsonOption
from job.run.stopping import StopFlag
from job.settings import DEFAULT_STATE, RequireGpuOption, StateOption

if TYPE_CHECKING:
    from job.doctor.check import Check

_WAITING = "Trying the state directory, TensorFlow and its devices: some 20 seconds ..."


def doctor(
    context: typer.Context,
    state: StateOption = DEFAULT_STATE,
    require_gpu: RequireGpuOption = False,
    as_json: JsonOption = False,
) -> None:
    """Tell whether a search will work here, how fast, and what to do about what is wrong."""
    from job.doctor import examine
    from job.doctor.check import exit_code
    from job.doctor.text import describe_checks
    from job.executors.processes import ProcessExecutor

    stop: StopFlag = context.obj
    with stop.interruptible(), waiting_shown(_WAITING):
        executor = ProcessExecutor()
        try:
            checks = examine(state, require_gpu=require_gpu, executor=executor)
        finally:
            executor.close_all()
    if as_json:
        show_json(describe_checks(checks))
    else:
        _show(checks)
    raise typer.Exit(exit_code(checks))


def _show(checks: "tuple[Check, ...]") -> None:
    """Print the checks: with colours in a terminal, and plainly elsewhere."""
    from rich.console import Console

    from job.doctor.text import draw_checks, render_checks

    if sys.stdout.isatty():
        Console().print(draw_checks(checks))
    else:
        sys.stdout.write(render_checks(checks))
