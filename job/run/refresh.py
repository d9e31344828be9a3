"""The report while the search goes on: as fresh as a small share of the time allows."""

import time
from collections.abc import Callable

from job.core.events import Event, TrialEnded
from job.core.study import Study
from job.run.stopwatch import Stopwatch


class Refresher:
    """Calls `write` as a listener of a run after a trial, unless that would take more than `share` of the time.

    The first call waits until the run is so old that it would have its share if it took `first_seconds`. The time goes
    on the account of `stopwatch`, as part "report".
    """

    def __init__(
        self,
        write: Callable[[Study], None],
        *,
        share: float,
        first_seconds: float,
        stopwatch: Stopwatch,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._write, self._share, self._stopwatch, self._clock = write, share, stopwatch, clock
        self._next_at = clock() + first_seconds / share

    def __call__(self, event: Event, study: Study | None) -> None:
        began_at = self._clock()
        if study is None or not isinstance(event, TrialEnded) or began_at < self._next_at:
            return
        with self._stopwatch.running("report"):
            self._write(study)
        ended_at = self._clock()
        self._next_at = ended_at + (ended_at - began_at) / self._share
