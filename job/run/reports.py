"""The report of a run in its state directory: refreshed after trials as time allows, and whole at the end."""

import time

from job.core.events import Event, Listener, Phase, PhaseStarted
from job.core.study import Study
from job.report.files import JSON, known_summary, render_all_files, render_files
from job.report.status import StatusSummary, describe_status
from job.run.refresh import Refresher
from job.run.stopping import StopFlag
from job.run.stopwatch import Stopwatch
from job.state.directory import StateDirectory

# Of the time of a run, what reports may take while trials go on: 2 % in all.
WRITING_SHARE, DRAWING_SHARE = 0.005, 0.015
# About what a first report takes, without and with its page and plots.
_WRITING_SECONDS, _DRAWING_SECONDS = 0.1, 5.0


class LiveReport:
    """The report in the directory of `store`; drawing it ends when `stop` says so."""

    def __init__(self, store: StateDirectory, stop: StopFlag) -> None:
        self._store, self._stop = store, stop

    def refreshing(self, listener: Listener, stopwatch: Stopwatch) -> Listener:
        """Return `listener` with the report behind it, which it sees an event before that speaks of it.

        The time goes on the account of `stopwatch`.
        """

        def draw(study: Study) -> None:
            listener(PhaseStarted(Phase.REPORT), study)
            self._draw_as_running(study)

        refreshers = (
            Refresher(self._write, share=WRITING_SHARE, first_seconds=_WRITING_SECONDS, stopwatch=stopwatch),
            Refresher(draw, share=DRAWING_SHARE, first_seconds=_DRAWING_SECONDS, stopwatch=stopwatch),
        )

        def tell(event: Event, study: Study | None) -> None:
            listener(event, study)
            for refresher in refreshers:
                refresher(event, study)

        return tell

    def draw(self, study: Study, status: StatusSummary | None = None) -> None:
        """Write all of the report; with `status` its page tells that the search is at work."""
        predictions, model = self._store.predictions_of(study), str(self._store.best_model)
        with self._stop.interruptible():
            files = render_all_files(study, model_path=model, predictions=predictions, status=status)
        self._store.write_report(files)

    def is_complete(self, study: Study) -> bool:
        """Tell whether the report of a search that has ended is whole: the last run may have been killed before."""
        before = self._store.report_file(JSON)
        summary = known_summary(study, before)
        return before == render_files(summary, model_path=str(self._store.best_model))[JSON]

    def _write(self, study: Study) -> None:
        """Write what needs no drawing."""
        summary = known_summary(study, self._store.report_file(JSON))
        self._store.write_report(render_files(summary, model_path=str(self._store.best_model)))

    def _draw_as_running(self, study: Study) -> None:
        self.draw(study, describe_status(study, holder="this run", now=time.time()))
