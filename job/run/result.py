"""`result.joblib` of a search: refreshed beside its trials, and whole at its end."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from job.core.study import Study
from job.run.refresh import ANY_SHARE, Refresher
from job.run.stopping import StopFlag
from job.run.stopwatch import Stopwatch

# Of the time of a run, what the model may take while trials go on: next to nothing where a proposal has been made from
# it, and seconds where it is to be fitted anew.
MODEL_SHARE = 0.02
# About what a first model takes.
_MODEL_SECONDS = 0.5


class Store(Protocol):
    """Where a result lies; `job.state.directory.StateDirectory` is one."""

    def write_result(self, data: bytes) -> None: ...


@dataclass(frozen=True)
class LiveResult:
    """The result in `store`; fitting its model ends when `stop` says so."""

    store: Store
    stop: StopFlag

    def refreshers(self, stopwatch: Stopwatch, *, clock: Callable[[], float] = time.monotonic) -> tuple[Refresher, ...]:
        """Return what keeps it fresh: without the model always, and with it while that has its share of the time."""
        return (
            Refresher(self._write_without_model, share=ANY_SHARE, stopwatch=stopwatch, clock=clock),
            Refresher(self.write, share=MODEL_SHARE, first_seconds=_MODEL_SECONDS, stopwatch=stopwatch, clock=clock),
        )

    def write(self, study: Study) -> None:
        """Write all of it, the model too, which may take seconds; nothing as long as no trial has a score."""
        self._write(study, with_model=True)

    def _write_without_model(self, study: Study) -> None:
        self._write(study, with_model=False)

    def _write(self, study: Study, *, with_model: bool) -> None:
        from job.proposals.result import dump_result

        with self.stop.interruptible():
            data = dump_result(study, with_model=with_model)
        if data:
            self.store.write_result(data)
