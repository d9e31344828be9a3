"""`hpo-job search`."""

from dataclasses import replace

import typer

from job.cli.options import takes_settings
from job.cli.output import show_ending
from job.cli.usage import with_source
from job.core.events import Event, Listener, RunEnded
from job.core.study import Study
from job.errors import JobError
from job.report.files import JSON, known_summary
from job.run.stopping import StopFlag
from job.settings import Settings
from job.settings.choices import LogFormat
from job.state.places import state_at


@takes_settings
def search(context: typer.Context, settings: Settings) -> None:
    """Begin a search, or go on with the one in the state directory; test the best model, and report.

    Every option is also read from the environment (--max-hours from HPO_JOB_MAX_HOURS) and from the file given with
    --config. The command line wins over the environment, and that over the file. A search that is gone on with keeps
    its limits and what decides its trials where they are not given; another value for the latter ends with 78.
    """
    settings.check()
    study = carry_out(context, settings)
    if study is not None and prints_ending(settings):
        store = state_at(settings.state)
        show_ending(known_summary(study, store.report_file(JSON)), store)


def carry_out(context: typer.Context, settings: Settings) -> Study | None:
    """Return the study of a search that has been carried out to its end, and told of; None where a run is skipped."""
    from job.display.audience import open_audience
    from job.run.begin import run
    from job.tensorboard.logs import follow

    stop: StopFlag = context.obj
    logs = [follow(state_at(settings.state).trials_directory)] if settings.tensorboard else []
    with open_audience(settings, settle=stop.settle, also=logs) as listener:
        try:
            return run(settings, stop=stop, listener=_naming_sources(listener, context))
        except JobError as error:  # of which the listeners have heard
            if settings.log_format is LogFormat.JSON:
                raise  # its line on standard output is for programs
            raise typer.Exit(error.exit_code) from error


def prints_ending(settings: Settings) -> bool:
    """Tell whether what has come of a run is to be printed for a person."""
    return settings.log_format is not LogFormat.JSON and not settings.quiet


def _naming_sources(listener: Listener, context: typer.Context) -> Listener:
    """Return a listener that hears of the end of a run with where the option that ends it came from."""

    def tell(event: Event, study: Study | None) -> None:
        if isinstance(event, RunEnded):
            event = replace(event, reason=with_source(event.reason, context))
        listener(event, study)

    return tell
