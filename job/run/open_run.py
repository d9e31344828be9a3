"""One run at work on a study: its calls of the executor, and what it saves, tells and measures on its way."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from job.core.events import CheckpointLeft, EpochEnded, Event, Listener, Phase, PhaseStarted, RunStarted, TrainingBegan
from job.core.limits import Limits
from job.core.run import RunEnd
from job.core.study import Study
from job.core.trial import Status
from job.errors import JobError
from job.executors import Ending, Executor, Raised, Returned, await_ending
from job.run.stopping import StopFlag
from job.run.stopwatch import Stopwatch
from job.state.directory import TrialFiles
from job.training import Stopped


class Store(Protocol):
    """Where a study lives; `job.state.directory.StateDirectory` is one."""

    @property
    def best_model(self) -> Path: ...
    def trial_files(self, number: int) -> TrialFiles: ...
    def save(self, study: Study) -> None: ...
    def keep_best(self, number: int) -> None: ...
    def set_best_aside(self) -> None: ...
    def best_model_is(self, digest: str) -> bool: ...
    def write_predictions(self, data: bytes) -> None: ...
    def has_predictions_of(self, study: Study) -> bool: ...
    def write_result(self, data: bytes) -> None: ...
    def clear_trial(self, number: int) -> None: ...


@dataclass
class OpenRun:
    """The run at work. Its `study` is the newest one, whose last run it keeps up to date."""

    study: Study
    store: Store
    executor: Executor
    stop: StopFlag
    listener: Listener
    refreshers: Sequence[Callable[[Study], None]] = ()  # of what is derived of the study while a trial trains
    clock: Callable[[], float] = time.time
    stopwatch: Stopwatch = field(default_factory=Stopwatch)
    epochs: int = 0  # trained to their end in this run
    stopping: bool = False  # a call has been asked to end, for good: no other follows

    def open(self, limits: Limits, versions: Mapping[str, str], options: tuple[str, ...]) -> None:
        """Begin the run: in the study, and for whoever listens."""
        now = self.clock()
        self.save(self.study.open_run(now=now, limits=limits, versions=versions, options=options))
        self.tell(RunStarted())

    def close(self, ended: RunEnd) -> None:
        """End the call in hand, if there is one, and note how the run has ended."""
        self.executor.close()
        self.save(self.study.close_run(ended))

    def save(self, study: Study) -> None:
        """Go on with `study`, durably."""
        self.study = study.touch_run(now=self.clock(), epochs=self.epochs, seconds=self.stopwatch.seconds)
        with self.stopwatch.running("saving"):
            self.store.save(self.study)

    def tell(self, event: Event) -> None:
        self.listener(event, self.study)

    def call(
        self,
        function: Callable[..., Any],
        *args: Any,
        log: Path | None,
        timeout: float | None = None,
        meanwhile: Callable[[], None] = lambda: None,
    ) -> Ending:
        """Return how `function(*args, control)` ends; once the run is to stop, it has no more than the grace period.

        The checkpoints that it tells of are saved as they come, and its other events passed on. Its output goes to
        `log`; after `timeout` seconds it is ended. `meanwhile` is done as soon as it is under way. What the search
        itself cannot write by then ends the call, as an error that the call has raised.
        """
        self.executor.submit(function, *args, log=log, timeout=timeout)
        try:
            meanwhile()
            return await_ending(self.executor, self._hear, self._pass_on_the_stop)
        except _MustLeave:
            self.executor.close()
            return Returned(Stopped())
        except JobError as error:
            self.executor.close()
            return Raised(str(error), error)

    def refresh(self) -> None:
        """Bring what is derived of the study up to date; for the time that a trial trains."""
        for refresher in self.refreshers:
            refresher(self.study)

    def _pass_on_the_stop(self) -> None:
        if self.stop.is_raised:
            if not self.stopping:
                self.stopping = True
                self.tell(PhaseStarted(Phase.STOP))
            self.executor.stop()
        if self.stop.must_leave:
            raise _MustLeave

    def _hear(self, event: Event) -> None:
        if isinstance(event, CheckpointLeft):
            if self.study.trial(event.number).status is Status.RUNNING:
                self.save(self._got_on(event))
            return
        if isinstance(event, TrainingBegan):  # not saved: every attempt tells it
            if self.study.trial(event.number).status is Status.RUNNING:
                self.study = self.study.tell_batches(event.number, event.batches)
            return
        self.epochs += isinstance(event, EpochEnded)
        self.tell(event)

    def _got_on(self, event: CheckpointLeft) -> Study:
        return self.study.get_on(
            event.number, event.history, seconds=event.seconds, batch=event.batch, batches=event.batches
        )


class _MustLeave(Exception):
    """What is left of the grace period is not for the call in hand."""
