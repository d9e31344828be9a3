"""`hpo-job search`."""

import sys

import typer

from job.cli.options import takes_settings
from job.cli.output import show_report
from job.errors import JobError
from job.events import RunEnded
from job.settings import LogFormat, Settings


@takes_settings
def search(context: typer.Context, settings: Settings) -> None:
    """Begin a search, or go on with the one in the state directory; test the best model, and report.

    Every option is also read from the environment (--max-hours from HPO_JOB_MAX_HOURS) and from the file given with
    --config. The command line wins over the environment, and that over the file.
    """
    from job.display import open_display
    from job.run import run

    with open_display(settings.log_format, stream=sys.stderr) as display:
        try:
            study = run(settings, stop=context.obj, listener=display)
        except JobError as error:
            display(RunEnded(str(error), finished=False, hint=error.hint, exit_code=error.exit_code), None)
            raise typer.Exit(error.exit_code) from error
    if settings.log_format is not LogFormat.JSON:
        show_report(study, settings.state)
