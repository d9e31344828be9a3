"""`hpo-job doctor`."""

import sys
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Annotated

import typer

from job.cli.output import show_json
from job.cli.status import JsonOption
from job.settings import DEFAULT_STATE, PREFIX, StateOption
from job.stopping import StopFlag

if TYPE_CHECKING:
    from job.doctor.check import Check

RequireGpuOption = Annotated[
    bool,
    typer.Option(
        "--require-gpu",
        envvar=f"{PREFIX}REQUIRE_GPU",
        show_envvar=False,
        help="Count it as a failure where TensorFlow finds no GPU.",
    ),
]


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
    with stop.interruptible(), _patience_asked_for():
        executor = ProcessExecutor()
        try:
            checks = examine(state, require_gpu=require_gpu, executor=executor)
        finally:
            executor.close()
    if as_json:
        show_json(describe_checks(checks))
    else:
        _show(checks)
    raise typer.Exit(exit_code(checks))


def _patience_asked_for() -> AbstractContextManager[object]:
    """Show whoever looks on that something is going on."""
    if not sys.stderr.isatty():
        return nullcontext()
    from rich.console import Console

    return Console(stderr=True).status("Trying the state directory, TensorFlow and its devices: some 20 seconds ...")


def _show(checks: "tuple[Check, ...]") -> None:
    """Print the checks: with colours in a terminal, and plainly elsewhere."""
    from rich.console import Console

    from job.doctor.text import draw_checks, render_checks

    if sys.stdout.isatty():
        Console().print(draw_checks(checks))
    else:
        sys.stdout.write(render_checks(checks))
