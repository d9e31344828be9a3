"""One run at work on a study: its calls of the executor, and what it saves, tells and measures on its way."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from job.core.events import (
    BatchesDone,
    CheckpointLeft,
    EpochEnded,
    Event,
    Level,
    Listener,
    Notice,
    Phase,
    PhaseStarted,
    RunStarted,
    TrainingBegan,
)
from job.core.limits import Limits
from job.core.requests import describe_request
from job.core.run import RunEnd
from job.core.study import Study
from job.core.trial import Status
from job.errors import JobError
from job.executors import HERE, Ending, Executor, Handle, Lost, Place, Raised, Returned, await_ending
from job.run.intake import Intake
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
    def save_progress(self, study: Study) -> None: ...
    def keep_best(self, number: int) -> None: ...
    def set_best_aside(self) -> None: ...
    def best_model_is(self, digest: str) -> bool: ...
    def has_model(self, number: int, digest: str) -> bool: ...
    def write_predictions(self, data: bytes) -> None: ...
    def has_predictions_of(self, study: Study) -> bool: ...
    def write_result(self, data: bytes) -> None: ...
    def clear_trial(self, number: int) -> None: ...
    def keep_checkpoints(self, study: Study, numbers: Collection[int]) -> None: ...


@dataclass
class OpenRun:
    """The run at work. Its `study` is the newest one, whose last run it keeps up to date."""

    study: Study
    store: Store
    executor: Executor
    stop: StopFlag
    listener: Listener
    intake: Intake
    refreshers: Sequence[Callable[[Study], None]] = ()  # of what is derived of the study while a trial trains
    clock: Callable[[], float] = time.time
    stopwatch: Stopwatch = field(default_factory=Stopwatch)
    epochs: int = 0  # trained to their end in this run
    keep_paused: int = 10  # how many stopped trials keep their checkpoints
    stopping: bool = False  # a call has been asked to end, for good: no other follows
    live: dict[int, int] = field(default_factory=dict)  # the batches that trials have behind them, saved or not

    def open(self, limits: Limits, versions: Mapping[str, str], options: tuple[str, ...]) -> None:
        """Begin the run: in the study, and for whoever listens."""
        now = self.clock()
        self.save(self.study.open_run(now=now, limits=limits, versions=versions, options=options))
        self.tell(RunStarted())

    def close(self, ended: RunEnd) -> None:
        """End the calls in hand, if there are any, and note how the run has ended."""
        self.executor.close_all()
        self.save(self.study.close_run(ended))

    def save(self, study: Study, *, is_progress: bool = False) -> None:
        """Go on with `study`, durably; of the progress of a trial the store may leave out what costs too much."""
        self.study = study.touch_run(now=self.clock(), epochs=self.epochs, seconds=self.stopwatch.seconds)
        with self.stopwatch.running("saving"):
            (self.store.save_progress if is_progress else self.store.save)(self.study)

    def tell(self, event: Event) -> None:
        self.listener(event, self.study)

    def warn(self, message: str) -> None:
        self.tell(Notice(message, level=Level.WARNING))

    def take_in(self) -> None:
        """Take in what users have asked for: each is in the saved journal before it leaves the inbox."""
        for name, request in self.intake.requests(lambda: self.study, self.warn):
            self.save(self.study.enter(request, now=self.clock(), request=name))
            self.tell(Notice(f"took in: {describe_request(request)}"))

    def call(
        self,
        function: Callable[..., Any],
        *args: Any,
        log: Path | None,
        trial: int | None = None,
        place: Place | None = HERE,
        folder: Path | None = None,
    ) -> Ending:
        """Return how `function(*args, control)` ends; once the run is to stop, it has no more than the grace period.

        It is made at `place`, with `folder`, as an executor takes them, and made again where its machine is lost. The
        checkpoints that it tells of are saved as they come, its other events passed on, and what users ask for is taken
        in. Its output goes to `log`. It is ended as soon as `trial`, which it is about, is set aside: nobody needs what
        it would leave. What the search itself cannot write by then ends the call, as an error that the call has raised.
        """
        while True:
            handle = self.executor.submit(function, *args, log=log, place=place, folder=folder)
            ending = self._ending_of(handle, trial)
            if not isinstance(ending, Lost):
                return ending
            self.warn(f"{ending.reason}: what it was at is done elsewhere")

    def _ending_of(self, handle: Handle, trial: int | None) -> Ending:
        try:
            return await_ending(self.executor, handle, self.hear, lambda: self._look_around(handle, trial))
        except _MustLeave:
            self.executor.close(handle)
            return Returned(Stopped())
        except JobError as error:
            self.executor.close(handle)
            return Raised(str(error), error)

    def refresh(self) -> None:
        """Bring what is derived of the study up to date; for the time that a trial trains."""
        for refresher in self.refreshers:
            refresher(self.study)

    @property
    def worth_keeping(self) -> tuple[int, ...]:
        """The stopped trials that keep their checkpoints: those that have come farthest, the best of them first."""
        return tuple(trial.number for trial in self.study.promising[: self.keep_paused])

    def is_set_aside(self, number: int) -> bool:
        """Tell whether a user has dropped a trial."""
        return self.study.trial(number).status is Status.DROPPED

    def take_in_if_due(self) -> None:
        """Take in what users have asked for, unless that was looked for a moment ago."""
        if self.intake.is_due:
            self.take_in()

    def tell_of_stop(self) -> None:
        """Tell once that calls have been asked to end."""
        if not self.stopping:
            self.stopping = True
            self.tell(PhaseStarted(Phase.STOP))

    def hear(self, event: Event) -> None:
        """Take up an event of a call: into the study what is for that, and on to the listener the others."""
        match event:
            case CheckpointLeft(number=number):
                if self._is_in_hand(number):
                    self.save(self._got_on(event), is_progress=True)
            case TrainingBegan(number=number, batches=batches):  # not saved: every attempt tells it
                if self._is_in_hand(number):
                    self.study = self.study.tell_batches(number, batches)
            case _:
                if isinstance(event, BatchesDone):
                    trained = (event.epoch - 1) * event.batches + event.batch
                    self.live[event.number] = max(trained, self.live.get(event.number, 0))
                self.epochs += isinstance(event, EpochEnded)
                self.tell(event)

    def _look_around(self, handle: Handle, trial: int | None) -> None:
        """See whether the call in hand is to end."""
        if self.stop.is_raised:
            self.tell_of_stop()
            self.executor.stop(handle)
        if self.stop.must_leave:
            raise _MustLeave
        self.take_in_if_due()
        if trial is not None and self.is_set_aside(trial):
            raise _MustLeave

    def _is_in_hand(self, number: int) -> bool:
        return self.study.trial(number).status is Status.RUNNING

    def _got_on(self, event: CheckpointLeft) -> Study:
        return self.study.get_on(
            event.number,
            event.history,
            seconds=event.seconds,
            batch=event.batch,
            batches=event.batches,
            rungs=event.rungs,
        )


class _MustLeave(Exception):
    """The call in hand is to end at once: what is left of the grace period is not for it, or nobody needs it."""
