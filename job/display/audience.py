"""All who are told of a run: one of them that fails is left out from then on, and the run goes on."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from job.core.events import Event, Level, Listener, Notice
from job.core.study import Study
from job.display import open_display
from job.errors import InterruptedRunError, JobError
from job.settings import Settings


@contextmanager
def open_audience(
    settings: Settings, *, settle: Callable[[int], None], also: Sequence[Listener] = ()
) -> Iterator[Listener]:
    """Yield a listener that shows the run to whoever watches it: a person, the kubelet, a dead man's switch.

    `settle` is told the exit code before the last of them hears of it, and `also` hear of all after the others.
    """
    from job.display.last_words import LastWords
    from job.display.ping import Ping

    with open_display("quiet" if settings.quiet else settings.log_format) as display:
        listeners: list[Listener] = [LastWords()]
        if settings.ping_url is not None:
            listeners.append(Ping(settings.ping_url, settle=settle, tell=display))
        listeners.append(display)  # after the ping, so that nothing comes after the end of the run
        yield Audience([*listeners, *also])


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
