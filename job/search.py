"""The loop: propose, advance, save, until the budgets are spent; then the test.

Every step begins from the saved study and ends in saving it, so the loop starts anywhere: with no trial, within one,
between two, or before the test.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from job import proposals
from job.budgets import SPACE_USED_UP, Budgets
from job.errors import DeviceMissingError, InterruptedRunError, NoProgressError
from job.events import (
    CheckpointLeft,
    EpochEnded,
    Event,
    Listener,
    Notice,
    RunEnded,
    RunStarted,
    TestStarted,
    TrialEnded,
    TrialStarted,
)
from job.executors import Died, Ending, Executor, Raised, Returned, log_tail
from job.stopping import StopFlag
from job.stopwatch import Stopwatch
from job.store import TrialFiles
from job.study import Study
from job.training import Completed, Diverged, Evaluation, Setup, Stopped, advance, evaluate, look_for_devices
from job.training.devices import Device, describe
from job.trial import Status, Trial

# How long the loop listens to a trial before it looks at the stop flag again.
_TICK_SECONDS = 0.1


class Store(Protocol):
    """Where a study lives; `job.store.StateDirectory` is one."""

    @property
    def best_model(self) -> Path: ...
    def trial_files(self, number: int) -> TrialFiles: ...
    def save(self, study: Study) -> None: ...
    def keep_best(self, number: int) -> None: ...
    def set_best_aside(self) -> None: ...
    def best_model_is(self, digest: str) -> bool: ...
    def write_predictions(self, data: bytes) -> None: ...
    def predictions_are(self, digest: str) -> bool: ...
    def write_result(self, data: bytes) -> None: ...
    def clear_trial(self, number: int) -> None: ...


@dataclass
class Search:
    """One run of a search."""

    study: Study
    setup: Setup
    budgets: Budgets
    trial_timeout: float | None  # seconds of training, over all attempts
    require_gpu: bool
    store: Store
    executor: Executor
    stop: StopFlag
    listener: Listener
    versions: Mapping[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    clock: Callable[[], float] = time.time
    stopwatch: Stopwatch = field(default_factory=Stopwatch)
    epochs: int = 0  # trained to their end in this run

    def run(self) -> Study:
        """Search until the budgets are spent or the space is, and test the best model.

        Raise InterruptedRunError when the run is asked to stop, NoProgressError when trials fail one after another, and
        DeviceMissingError when there is no GPU and one is required; all is saved then.
        """
        budgets, now = self.budgets.told, self.clock()
        self._save(self.study.open_session(now=now, budgets=budgets, versions=self.versions, options=self.options))
        self._tell(RunStarted())
        ended = "failed"
        try:
            with self.stopwatch.running("start"):
                with self.stop.interruptible():
                    self.executor.prepare()
                self._find_devices()
            reason = self._search()
            with self.stopwatch.running("test"):
                self._test()
            ended = "finished"
        except InterruptedRunError:
            ended = "interrupted"
            raise
        finally:
            self.executor.close()
            self._save(self.study.close_session(ended))
        self._tell(RunEnded(reason, finished=True))
        return self.study

    def _find_devices(self) -> None:
        """Tell and note what this run trains on, and whether that is what runs before it trained on."""
        self.executor.submit(look_for_devices, log=None)
        match self._await():
            case Returned(Stopped()):
                self.stop.check()
            case Returned(devices):
                self._take_devices(devices)
            case Raised(reason) | Died(reason):
                raise NoProgressError(f"the devices could not be looked for: {reason}", hint="see hpo-job doctor")

    def _take_devices(self, devices: tuple[Device, ...]) -> None:
        if self.require_gpu and devices[0].kind != "GPU":
            raise DeviceMissingError(
                f"expected a GPU, as --require-gpu says, found {describe(devices)}",
                hint="see hpo-job doctor, which tells what is missing: the image's flavour, the driver, --gpus all or "
                "nvidia.com/gpu, CUDA_VISIBLE_DEVICES",
            )
        before, now = self.study.device, describe(devices)
        self.study = self.study.note_device(now)
        self._tell(Notice(f"trains on {now}"))
        if before and before != now:
            message = f"trained on {before} before: trials are alike to the last bit on the same kind of machine only"
            self._tell(Notice(message, level="warning"))

    def _search(self) -> str:
        """Return why the search is over."""
        while True:
            trial = next(iter(self.study.with_status(Status.RUNNING)), None)
            if trial is None:
                self._dump_result()
            if reason := self.budgets.spent(self.study):
                return reason
            self.budgets.check_failures(self.study)
            trial = trial or self._propose()
            if trial is None:
                return SPACE_USED_UP
            self._attempt(trial)

    def _dump_result(self) -> None:
        """Whenever no trial runs, so that a running trial in the study says that the result is up to date."""
        with self.stopwatch.running("proposals"), self.stop.interruptible():
            result = proposals.dump_result(self.study)
        if result:
            self.store.write_result(result)

    def _propose(self) -> Trial | None:
        with self.stopwatch.running("proposals"), self.stop.interruptible():
            params = proposals.propose(self.study)
        if params is None:
            return None
        self.study = self.study.propose(params)
        return self.study.trials[-1]

    def _attempt(self, trial: Trial) -> None:
        """Start or go on with a trial, and take what became of it into the study."""
        number, files = trial.number, self.store.trial_files(trial.number)
        if trial.attempts >= self.budgets.max_attempts:
            reason = f"started {trial.attempts} times without getting on: {trial.reason or 'killed each time'}"
            self._fail(number, reason, trial.log_tail)
            return
        self.stop.check()
        self._save(self.study.start(number, now=self.clock()))
        self._tell(TrialStarted(number, self.study.trial(number).attempts))
        timeout = None if self.trial_timeout is None else max(self.trial_timeout - trial.seconds, 0.0)
        to_epoch = self.study.fingerprint.epochs
        self.executor.submit(advance, self.setup, number, trial.params, to_epoch, files, log=files.log, timeout=timeout)
        with self.stopwatch.running("trials"):
            ending = self._await()
        self._conclude(number, ending, log_tail(files.log))

    def _conclude(self, number: int, ending: Ending, tail: str) -> None:
        match ending:
            case Returned(Completed() as completed):
                self._complete(number, completed)
            case Returned(Stopped()):
                self._save(self.study.interrupt(number))
                self.stop.check()
            case Returned(Diverged(reason)):
                self._fail(number, reason, tail)
            case Raised(_, error) if error is not None:
                self._save(self.study.interrupt(number))
                raise error
            case Raised(reason):
                self._fail(number, reason, tail)
            case Died(reason, timed_out) if timed_out:
                self._fail(number, reason, tail)
            case Died(reason):
                self._save(self.study.stumble(number, reason, log_tail=tail))
                again = self.study.trial(number).attempts < self.budgets.max_attempts
                then = "it is tried again from its checkpoint" if again else "it is given up"
                self._tell(Notice(f"trial {number}: {reason}; {then}", level="warning"))
            case Returned(value):
                raise AssertionError(f"a trial returned {value!r}")

    def _complete(self, number: int, completed: Completed) -> None:
        """The model first, then the study, then what is derived from it, then what nobody needs any more."""
        study = self.study.complete(
            number,
            completed.history,
            seconds=completed.seconds,
            now=self.clock(),
            model_sha256=completed.model_sha256,
            n_weights=completed.n_weights,
        )
        if study.best == study.trial(number):
            self.store.keep_best(number)
        self._end(study, number)

    def _fail(self, number: int, reason: str, tail: str = "") -> None:
        self._end(self.study.fail(number, reason, now=self.clock(), log_tail=tail), number)

    def _end(self, study: Study, number: int) -> None:
        self._save(study)
        self._tell(TrialEnded(number))
        self.store.clear_trial(number)

    def _test(self) -> None:
        """Evaluate the best model on the test set, once."""
        best = self.study.best
        if best is None:
            self.budgets.check_success(self.study)
            return
        self._mend_best_model(best)
        if self._is_tested(best):
            return
        self._tell(TestStarted(best.number))
        log = self.store.trial_files(best.number).log
        self.executor.submit(evaluate, self.setup, best.number, best.params, self.store.best_model, log=log)
        match self._await():
            case Returned(Stopped()):
                self.stop.check()
            case Returned(evaluation):
                self._keep_test(best.number, evaluation)
            case Raised(_, error) if error is not None:
                raise error
            case Raised(reason) | Died(reason):
                raise NoProgressError(f"the best model could not be tested: {reason}", hint=f"see {log}")

    def _is_tested(self, best: Trial) -> bool:
        """Tell whether the best model has been tested, and what it said then is still there if any of it was kept."""
        test = self.study.test
        if test is None or test.number != best.number:
            return False
        return not test.predictions_sha256 or self.store.predictions_are(test.predictions_sha256)

    def _keep_test(self, number: int, evaluation: Evaluation) -> None:
        """The predictions first, then the study that speaks of them."""
        if evaluation.predictions:
            self.store.write_predictions(evaluation.predictions)
        self._save(self.study.record_test(evaluation.result(number)))

    def _mend_best_model(self, best: Trial) -> None:
        """Train the best model again if its file is lost or damaged: the same trial gives the same weights."""
        if self.store.best_model_is(best.model_sha256):
            return
        self.store.set_best_aside()
        self._tell(
            Notice(
                f"{self.store.best_model} is missing or damaged: trial {best.number} is trained again", level="warning"
            )
        )
        files = self.store.trial_files(best.number)
        to_epoch = self.study.fingerprint.epochs
        self.executor.submit(advance, self.setup, best.number, best.params, to_epoch, files, log=files.log)
        match self._await():
            case Returned(Completed() as completed):
                self.store.keep_best(best.number)
                self._save(self.study.remake_model(best.number, completed.model_sha256))
                self.store.clear_trial(best.number)
            case ending:
                self.stop.check()
                raise NoProgressError(f"the best model could not be trained again: {ending}", hint=f"see {files.log}")

    def _await(self) -> Ending:
        """Wait for the call in hand; once the run is to stop, for no longer than its grace period."""
        while True:
            ending = self.executor.wait(self._hear, _TICK_SECONDS)
            if ending is not None:
                return ending
            if self.stop.is_raised:
                self.executor.stop()
                if self.stop.must_leave:
                    self.executor.close()
                    return Returned(Stopped())

    def _hear(self, event: Event) -> None:
        if isinstance(event, CheckpointLeft):
            if self.study.trial(event.number).status is Status.RUNNING:
                self._save(self.study.get_on(event.number, event.history, seconds=event.seconds))
            return
        self.epochs += isinstance(event, EpochEnded)
        self._tell(event)

    def _save(self, study: Study) -> None:
        self.study = study.touch_session(now=self.clock(), epochs=self.epochs, seconds=self.stopwatch.seconds)
        with self.stopwatch.running("saving"):
            self.store.save(self.study)

    def _tell(self, event: Event) -> None:
        self.listener(event, self.study)
