"""A dead man's switch: a web address that is asked for when a run begins and when it ends, as `--ping-url` says.

A service that expects these calls raises the alarm when they stay away. The addresses are those of Healthchecks and
what is compatible with it: `URL/start`, and `URL/EXIT_CODE`.
"""

import http.client
import queue
import threading
import urllib.request
from collections.abc import Callable
from urllib.parse import urlsplit, urlunsplit

from job.core.events import Event, Level, Notice, RunEnded, StateLocked
from job.core.study import Study

# How long a run may wait at its end for all calls together, and for one that is not answered.
PATIENCE_SECONDS = 10.0
_TIMEOUT_SECONDS = 5.0


class Ping:
    """Calls the address as a listener of a run; nothing that goes wrong with that changes how the run ends.

    A run that another one keeps from its state directory, and that skips then, calls nothing: the other one may hang.
    What goes wrong is told to `tell` before this listener is through with the end of the run.
    """

    def __init__(self, url: str, *, settle: Callable[[int], None], tell: Callable[[Event, None], None]) -> None:
        self._url = url
        self._settle = settle  # is told the exit code before the last call
        self._tell = tell
        self._begun = False
        self._failures: list[str] = []
        self._words: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        # A name that is looked up in vain outlasts every timeout: nobody waits for this thread but the end of the run.
        self._caller = threading.Thread(target=self._call, name="ping", daemon=True)

    def __call__(self, event: Event, study: Study | None) -> None:
        del study
        match event:
            case StateLocked():
                self._begun = True
                self._say("start")
            case RunEnded(finished=finished, exit_code=code) if self._begun or not finished:
                self._end(code)

    def _say(self, word: str) -> None:
        self._words.put(word)
        if self._caller.ident is None:
            self._caller.start()

    def _end(self, code: int) -> None:
        self._settle(code)
        self._say(str(code))
        self._words.put(None)
        self._caller.join(PATIENCE_SECONDS)
        if self._caller.is_alive():
            self._failures.append(f"no answer within {PATIENCE_SECONDS:g} s")
        for failure in self._failures[-1:]:
            self._tell(Notice(f"--ping-url: {failure}", level=Level.WARNING), None)

    def _call(self) -> None:
        while (word := self._words.get()) is not None:
            address = _below(self._url, word)
            try:
                with urllib.request.urlopen(address, timeout=_TIMEOUT_SECONDS):
                    pass
            except (OSError, http.client.HTTPException, ValueError) as error:
                self._failures.append(f"{address}: {error}")


def _below(url: str, word: str) -> str:
    """Return the address of `word` below that of `url`, whose query stays at the end."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{word}"))
