"""All who are told of a run: one of them that fails is left out from then on, and the run goes on."""

import sys
from collections.abc import Sequence

from job.core.events import Event, Level, Listener, Notice
from job.core.study import Study
from job.errors import InterruptedRunError, JobError


class Audience:
    """Passes each event on to `listeners`, in their order."""

    def __init__(self, listeners: Sequence[Listener]) -> None:
        self._listeners = list(listeners)

    def __call__(self, event: Event, study: Study | None) -> None:
        for listener in tuple(self._listeners):
            if listener in self._listeners:
                self._pass_on(listener, event, study)

    def _pass_on(self, listener: Listener, event: Event, study: Study | None) -> None:
        try:
            listener(event, study)
        except InterruptedRunError:  # by a signal, which is none of the listener's
            raise
        except Exception as error:  # noqa: BLE001  (whatever it is: the trials are worth more than who watches)
            self._listeners.remove(listener)
            said = error.in_one_line if isinstance(error, JobError) else repr(error)
            message = f"this run is told less from here on: {' '.join(said.split())}"
            if self._listeners:
                self(Notice(message, level=Level.WARNING), study)
            else:
                sys.stderr.write(f"hpo-job: {message}\n")
