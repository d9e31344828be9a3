"""What is derived of a study while the search goes on: as fresh as a share of the time allows."""

import math
import time
from collections.abc import Callable
from contextlib import suppress

from job.core.study import Study
from job.core.trial import Trial
from job.errors import InterruptedRunError
from job.run.stopwatch import Stopwatch

# The share of what is written whatever it takes.
ANY_SHARE = math.inf


class Refresher:
    """Calls `write` when other trials have ended than those it knows of, unless it would take over `share` of the time.

    To be asked beside a trial that trains, so that nothing waits for it. The first call waits until the run is so old
    that it would have its share if it took `first_seconds`. The time goes on the account of `stopwatch`, as part
    "report". A request to stop ends the writing, and is for the trial beside to heed.
    """

    def __init__(
        self,
        write: Callable[[Study], None],
        *,
        share: float,
        first_seconds: float = 0.0,
        stopwatch: Stopwatch,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._write, self._share, self._stopwatch, self._clock = write, share, stopwatch, clock
        self._next_at = clock() + first_seconds / share
        self._known: tuple[Trial, ...] | None = None

    def __call__(self, study: Study) -> None:
        began_at, ended = self._clock(), tuple(study.tried)
        if ended == self._known or began_at < self._next_at:
            return
        with suppress(InterruptedRunError), self._stopwatch.beside("report"):
            self._write(study)
            self._known = ended
        ended_at = self._clock()
        self._next_at = ended_at + (ended_at - began_at) / self._share
