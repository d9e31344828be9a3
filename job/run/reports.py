"""The report of a run in its state directory: refreshed after trials as time allows, and whole at the end."""

import time
from collections.abc import Callable
from contextlib import suppress

from job.core.events import Event, Level, Notice
from job.core.study import Study
from job.errors import InterruptedRunError, JobError, StateLockedError
from job.report.files import render_all_files
from job.report.publication import Publication
from job.report.status import StatusSummary, describe_status
from job.run.refresh import Refresher
from job.run.stopping import StopFlag
from job.run.stopwatch import Stopwatch
from job.state.directory import StateDirectory
from job.state.lock import PATIENCE_SECONDS
from job.state.owner import Holder

# Of the time of a run, what reports may take while trials go on: 2 % in all.
WRITING_SHARE, DRAWING_SHARE = 0.005, 0.015
# About what a first report takes, without and with its page and plots.
_WRITING_SECONDS, _DRAWING_SECONDS = 0.1, 5.0
# How long the last report of a run waits for somebody else who writes one; before, there will be another refresh.
_LAST_PATIENCE_SECONDS = 10.0


class LiveReport:
    """The report in the directory of `store`; drawing it ends when `stop` says so.

    What goes wrong with it is told as a warning, and breaks nothing.
    """

    def __init__(self, store: StateDirectory, stop: StopFlag, tell: Callable[[Event], None]) -> None:
        self._store, self._stop, self._tell = store, stop, tell
        self._warned_of: set[str] = set()

    def refreshers(self, stopwatch: Stopwatch, *, clock: Callable[[], float] = time.monotonic) -> tuple[Refresher, ...]:
        """Return what keeps it fresh while the search goes on."""

        def write(study: Study) -> None:
            self._warn_of_failure(lambda: self._write(study))

        def draw(study: Study) -> None:
            self._warn_of_failure(lambda: self._draw_as_running(study))

        return (
            Refresher(write, share=WRITING_SHARE, first_seconds=_WRITING_SECONDS, stopwatch=stopwatch, clock=clock),
            Refresher(draw, share=DRAWING_SHARE, first_seconds=_DRAWING_SECONDS, stopwatch=stopwatch, clock=clock),
        )

    def draw(self, study: Study) -> None:
        """Write all of the report of a search that has ended."""
        self._warn_of_failure(lambda: self._draw(study, None, _LAST_PATIENCE_SECONDS))

    def is_complete(self, study: Study) -> bool:
        """Tell whether the report of a search that has ended is whole: the last run may have been killed before."""
        try:
            return Publication(self._store).is_complete(study)
        except Exception:  # noqa: BLE001  (what is wrong shows when it is drawn again)
            return False

    def _write(self, study: Study) -> None:
        """Write what needs no drawing."""
        with suppress(StateLockedError):  # there will be another refresh
            Publication(self._store, is_newest=True).tell(study)

    def _draw_as_running(self, study: Study) -> None:
        status = describe_status(study, holder=Holder("this run"), now=time.time())
        with suppress(StateLockedError):
            self._draw(study, status, PATIENCE_SECONDS)

    def _draw(self, study: Study, status: StatusSummary | None, patience_seconds: float) -> None:
        """Write all of the report; with `status` its page tells that the search is at work."""
        publication = Publication(self._store, is_newest=True, patience_seconds=patience_seconds)
        predictions = self._store.predictions_of(study)
        with self._stop.interruptible():
            files = render_all_files(study, model_path=publication.model_path, predictions=predictions, status=status)
        publication.replace(study, files)

    def _warn_of_failure(self, write: Callable[[], None]) -> None:
        """Call `write`; whatever goes wrong with that is a warning, once: the trials are safe, and worth more."""
        try:
            write()
        except InterruptedRunError:
            raise
        except Exception as error:  # noqa: BLE001  (a report is derived, and can be made again)
            message = f"the report could not be written: {_told(error)}"
            if message not in self._warned_of:
                self._warned_of.add(message)
                self._tell(Notice(" ".join(message.split()), level=Level.WARNING))


def _told(error: Exception) -> str:
    match error:
        case StateLockedError():
            return "somebody else is writing it"
        case JobError():
            return error.in_one_line
        case _:
            return repr(error)
