"""Study: the whole state of a search as a frozen record, and the only ways in which it changes."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from job.core.ending import EndKind
from job.core.evidence import OtherSearch, fitting
from job.core.expectation import Expectation
from job.core.fingerprint import DataDescription
from job.core.journal import Dropped, Entry, Input
from job.core.known import Known
from job.core.limits import Limits
from job.core.run import Run, RunEnd
from job.core.space import Params
from job.core.step import Attempt, Step, Threshold
from job.core.tested import TestResult
from job.core.trial import EpochLogs, Hits, Origin, RungScore, Status, Trial
from job.errors import SettingsError


@dataclass(frozen=True, kw_only=True)
class Study(Known):
    """A search with its changes: each returns a new study."""

    def describe_data(self, data: DataDescription) -> "Study":
        """Note what the data are."""
        return replace(self, data=data)

    def open_run(
        self,
        *,
        now: float,
        limits: Limits | None = None,
        versions: Mapping[str, str] | None = None,
        options: tuple[str, ...] = (),
    ) -> "Study":
        """Begin a run; without `limits`, those that are in force hold on."""
        run = Run(started_at=now, last_saved_at=now, versions=dict(versions or {}), options=options)
        study = replace(self, runs=(*self.runs, run))
        return study if limits is None else study.limited(limits, now=now)

    def limited(self, limits: Limits, *, now: float) -> "Study":
        """Let these limits hold from the next step on, unless they do already."""
        return self if limits == self.limits else self.enter(limits, now=now)

    def enter(self, given: Input, *, now: float, request: str = "") -> "Study":
        """Take an input in, which holds from the next step on; `request` is the name of one that a user asks for."""
        entry = Entry(step=len(self.steps) + 1, at=now, input=given, request=request)
        study = replace(self, journal=(*self.journal, entry))
        return study._drop(given.trial, now=now) if isinstance(given, Dropped) else study

    def touch_run(self, *, now: float, epochs: int = 0, seconds: Mapping[str, float] | None = None) -> "Study":
        """Note that the last run was alive at `now`, how many epochs it has trained, and what its time went on."""
        return self._with_run(last_saved_at=now, epochs=epochs, seconds=dict(seconds or {}))

    def note_device(self, device: str, arithmetic: Mapping[str, str] | None = None) -> "Study":
        """Note what the last run trains on, and the settings that decide bits there."""
        return self._with_run(device=device, arithmetic=dict(arithmetic or {}))

    def close_run(self, ended: RunEnd) -> "Study":
        """Note how the last run has ended."""
        return self._with_run(ended=ended)

    def propose(
        self,
        params: Params,
        *,
        origin: Origin = Origin.PROPOSED,
        worker: int = 1,
        begins: float | None = None,
        request: str = "",
        thresholds: tuple[Threshold, ...] = (),
    ) -> "Study":
        """Add a trial of `params`, not started yet, and the step that trains it to its end, or to a rung.

        Without `begins`, a virtual time, the step begins when all others have ended.
        """
        self.fingerprint.space.check(params)
        trial = Trial(number=len(self.trials) + 1, params=dict(params), origin=origin)
        study = replace(self, trials=(*self.trials, trial))
        return study._plan(trial.number, worker=worker, begins=begins, request=request, thresholds=thresholds)

    def replicate(self, of: int, replicate: int, *, worker: int = 1, begins: float | None = None) -> "Study":
        """Add a replicate of trial `of`, not started yet, and the step that trains it to its end."""
        trial = Trial(
            number=-len(self.replicates) - 1,
            params=self.trial(of).params,
            origin=Origin.REPLICATE,
            replicate=replicate,
            of=of,
            cost=self.trial(of).cost,
        )
        study = replace(self, replicates=(*self.replicates, trial))
        return study._plan(trial.number, worker=worker, begins=begins, request="", thresholds=())

    def expect(self, expected: Expectation | None) -> "Study":
        """Note what was expected of the last trial's point when it was proposed; None where no surrogate chose it."""
        return self._with(replace(self.trials[-1], expected=expected))

    def retry(
        self,
        number: int,
        *,
        worker: int = 1,
        begins: float | None = None,
        request: str = "",
        thresholds: tuple[Threshold, ...] = (),
    ) -> "Study":
        """Begin a failed trial again from its start, as if it had never been tried."""
        failed = self.trial(number)
        fresh = Trial(
            number=number,
            params=failed.params,
            origin=failed.origin,
            expected=failed.expected,
            replicate=failed.replicate,
            cost=failed.cost,
            started_at=failed.started_at,
            rungs=failed.rungs,  # which it will have again, and batches: other steps have been planned with them
            batches=failed.batches,
        )
        return self._with(fresh)._plan(number, worker=worker, begins=begins, request=request, thresholds=thresholds)

    def go_on(
        self, number: int, *, worker: int = 1, begins: float | None = None, thresholds: tuple[Threshold, ...] = ()
    ) -> "Study":
        """Go on with a trial that has stopped at a rung, from where it stands."""
        trial = self.trial(number)
        if trial.status is not Status.STOPPED:
            raise SettingsError(f"trial {number} is {trial.status}, and has not stopped at a rung")
        study = self._with(replace(trial, status=Status.RUNNING, ended_at=None))
        return study._plan(number, worker=worker, begins=begins, request="", thresholds=thresholds)

    def _plan(
        self, number: int, *, worker: int, begins: float | None, request: str, thresholds: tuple[Threshold, ...]
    ) -> "Study":
        if begins is None:
            begins = max((step.begins if step.ends is None else step.ends for step in self.steps), default=0.0)
        trial = self.trial(number)
        step = Step(
            number=len(self.steps) + 1,
            trial=number,
            worker=worker,
            from_epoch=trial.epochs,
            from_batch=trial.batch,
            to_epoch=self.fingerprint.epochs,
            begins=begins,
            thresholds=thresholds,
            request=request,
        )
        return replace(self, steps=(*self.steps, step))

    def import_trial(self, params: Params, value: float) -> "Study":
        """Add a trial that another program has scored, with `value` in the objective's natural units."""
        self.fingerprint.space.check(params)
        trial = Trial(
            number=len(self.trials) + 1,
            params=dict(params),
            origin=Origin.EVIDENCE,
            status=Status.IMPORTED,
            imported_value=value,
        )
        return replace(self, trials=(*self.trials, trial))

    def take_as_evidence(self, search: OtherSearch) -> "Study":
        """Begin with the trials of another search that fit this one."""
        taken, evidence = fitting(search, self.fingerprint)
        study = replace(self, evidence=evidence)
        for params, value in taken:
            study = study.import_trial(params, value)
        return study

    def start(self, number: int, *, now: float, beside: Collection[int] = (), place: str = "") -> "Study":
        """Count an attempt at trial `number`, and those that run `beside` it; to be saved before the attempt begins.

        `place` is the machine, where it is not that of the run.
        """
        trial, step = self._running(number), self._step(number)
        before = step.last_attempt
        if not beside and before is not None and before.is_unheard and before.in_company:
            trial = replace(trial, attempts=0)  # those in company say nothing of the trial itself
        elif before is not None and before.was_left:
            trial = replace(trial, attempts=max(trial.attempts - 1, 0))
        started_at = now if trial.started_at is None else trial.started_at
        study = self._with(replace(trial, attempts=trial.attempts + 1, started_at=started_at))
        attempt = Attempt(run=len(self.runs), started_at=now, in_company=bool(beside), place=place)
        study = study._with_step(step.started(attempt))
        for other in beside:
            study = study._with_step(study._step(other).joined())
        return study

    def tell_batches(self, number: int, batches: int) -> "Study":
        """Note that each epoch of trial `number` has so many batches."""
        return self._with(replace(self._running(number), batches=batches))

    def get_on(
        self,
        number: int,
        history: tuple[EpochLogs, ...],
        *,
        seconds: float,
        batch: int = 0,
        batches: int | None = None,
        rungs: tuple[RungScore, ...] = (),
    ) -> "Study":
        """Note that trial `number` has left a checkpoint: `history` so far, and `seconds` of training in all.

        `batch` of the `batches` of the next epoch are through, and these `rungs` are reached. Only one that is further
        on than what was known of ends the counts of attempts and deaths: an attempt also tells of the checkpoint that
        it goes on from. One whose checkpoint is gone has nothing to tell until it stands again where its step begins.
        """
        trial, step = self._running(number), self._step(number)
        if (len(history), batch) < (step.from_epoch, step.from_batch):
            return self
        if (len(history), batch) > (trial.epochs, trial.batch):
            trial = replace(trial, attempts=1, deaths=0)
        trial = replace(trial, history=history, seconds=seconds, batch=batch, batches=batches)
        return self._with(_with_rungs(trial, rungs))

    def stumble(
        self, number: int, reason: str, *, now: float, log_tail: str = "", kind: EndKind = EndKind.DIED
    ) -> "Study":
        """Note why the last attempt at trial `number` failed in a way that may not be its fault: it is tried again.

        It counts where the attempt ran alone.
        """
        trial, step = self._running(number), self._step(number)
        was_alone = step.last_attempt is None or not step.last_attempt.in_company
        deaths, attempts = trial.deaths + was_alone, trial.attempts if was_alone else max(trial.attempts - 1, 0)
        study = self._with(replace(trial, attempts=attempts, deaths=deaths, reason=reason, log_tail=log_tail))
        return study._with_step(step.attempt_ended(kind, now=now, reason=reason))

    def interrupt(self, number: int, *, now: float, reason: str = "asked to stop") -> "Study":
        """Take back the attempt that something else than the trial has ended: it costs nothing."""
        trial = self._running(number)
        study = self._with(replace(trial, attempts=max(trial.attempts - 1, 0)))
        return study._with_step(self._step(number).attempt_ended(EndKind.LOST, now=now, reason=reason))

    def lose(self, number: int, *, now: float, reason: str) -> "Study":
        """Note that the machine has gone with the attempt, as when a run is killed: the trial may be why."""
        return self._with_step(self._step(number).attempt_ended(EndKind.GONE, now=now, reason=reason))

    def complete(
        self,
        number: int,
        history: tuple[EpochLogs, ...],
        *,
        seconds: float,
        now: float,
        model_sha256: str,
        n_weights: int | None = None,
    ) -> "Study":
        """End trial `number` well."""
        trial = self._running(number)
        ended = replace(
            trial,
            status=Status.COMPLETED,
            history=history,
            seconds=seconds,
            attempts=0,
            deaths=0,
            batch=0,
            ended_at=self._end_of_trial(now),
            model_sha256=model_sha256,
            n_weights=n_weights,
            reason="",
            log_tail="",
        )
        return self._with(ended)._end_step(ended, EndKind.COMPLETED, batches=ended.batches_trained, now=now)

    def pause(self, number: int, *, stopped_at: float, now: float) -> "Study":
        """End the step of trial `number`, which has left a checkpoint at the rung `stopped_at`, below its threshold."""
        stopped = replace(
            self._running(number),
            status=Status.STOPPED,
            attempts=0,
            deaths=0,
            ended_at=self._end_of_trial(now),
            reason="",
            log_tail="",
        )
        study = self._with(stopped)._with_step(replace(self._step(number), stopped_at=stopped_at))
        return study._end_step(stopped, EndKind.PAUSED, batches=stopped.batches_trained, now=now)

    def fail(
        self, number: int, reason: str, *, now: float, log_tail: str = "", kind: EndKind = EndKind.RAISED
    ) -> "Study":
        """End trial `number` for good without a score."""
        trial = self._running(number)
        ended_at = self._end_of_trial(now)
        failed = replace(trial, status=Status.FAILED, ended_at=ended_at, reason=reason, log_tail=log_tail, batch=0)
        batches = failed.batches_trained + (failed.batches or 0)  # of the epoch in hand, all
        return self._with(failed)._end_step(failed, kind, batches=batches, now=now)

    def _drop(self, number: int, *, now: float) -> "Study":
        """Set a trial aside. A step of it that has not ended in virtual time does so after all that is planned by now.

        That is so too where it has ended in reality, which must not make a difference.
        """
        trial, steps = self.trial(number), self.steps_of(number)
        study = self._with(replace(trial, status=Status.DROPPED))
        if not steps or steps[-1].known_at(self._planned_until):
            return study
        step = replace(steps[-1], ends=self._planned_until + trial.cost, stopped_at=None)
        if trial.status is Status.RUNNING:
            seconds = trial.seconds - self.seconds_before(step)
            step = replace(step.attempt_ended(EndKind.DROPPED, now=now), ended=EndKind.DROPPED, seconds=seconds)
        return study._with_step(step)

    @property
    def _planned_until(self) -> float:
        """The virtual time at which the last step that is planned begins."""
        return self.steps[-1].begins if self.steps else 0.0

    def _end_step(self, trial: Trial, kind: EndKind, *, batches: int, now: float) -> "Study":
        """End the pending step of `trial`, which has so many batches behind it in all, those of failing included."""
        step = self._step(trial.number).attempt_ended(kind, now=now, reason=trial.reason)
        trained = batches - step.from_epoch * (trial.batches or 0) - step.from_batch
        ends = step.begins + self.fingerprint.virtual_time(max(trained, 0), trial)
        if ends <= self._planned_until:  # it was further once, which what has been planned meanwhile relies on
            ends = self._planned_until + trial.cost
        seconds = trial.seconds - self.seconds_before(step)
        return self._with_step(replace(step, ended=kind, ends=ends, seconds=seconds))

    def note_model(
        self, number: int, *, weights_sha256: str = "", kept: EpochLogs | None = None, hits: Hits | None = None
    ) -> "Study":
        """Note which weights a completed trial has kept, what they give where that is not the last epoch's, and hit."""
        return self._with(replace(self.trial(number), weights_sha256=weights_sha256, kept=kept, hits=hits))

    def remake_model(self, number: int, model_sha256: str, weights_sha256: str = "") -> "Study":
        """Note that the model of a completed trial has been trained again."""
        remade = replace(self.trial(number), model_sha256=model_sha256, weights_sha256=weights_sha256)
        return self._with(remade)

    def record_test(self, result: TestResult) -> "Study":
        """Keep what the best model gave on the test set."""
        return replace(self, test=result)

    def record_test_of_replicate(self, result: TestResult) -> "Study":
        """Keep what the model of a replicate gave on the test set."""
        others = (each for each in self.tests if each.number != result.number)
        return replace(self, tests=(*others, result))

    def _end_of_trial(self, now: float) -> float:
        """Return when a trial ends that ends now: no earlier than those before it, though the clock be put back."""
        trials = (*self.trials, *self.replicates)
        return max([now, *(trial.ended_at for trial in trials if trial.ended_at is not None)])

    def _with_run(self, **changes: Any) -> "Study":
        return replace(self, runs=(*self.runs[:-1], replace(self.runs[-1], **changes)))

    def _step(self, number: int) -> Step:
        """Return the pending step of a trial, which has one."""
        return next(step for step in reversed(self.steps) if step.trial == number and step.is_pending)

    def _with_step(self, step: Step) -> "Study":
        index = step.number - 1
        return replace(self, steps=(*self.steps[:index], step, *self.steps[index + 1 :]))

    def _running(self, number: int) -> Trial:
        trial = self.trial(number)
        if trial.status is not Status.RUNNING:
            raise SettingsError(f"trial {number} is {trial.status}, and so cannot go on")
        return trial

    def _with(self, trial: Trial) -> "Study":
        if trial.number < 0:
            index = -trial.number - 1
            return replace(self, replicates=(*self.replicates[:index], trial, *self.replicates[index + 1 :]))
        index = trial.number - 1
        return replace(self, trials=(*self.trials[:index], trial, *self.trials[index + 1 :]))


def _with_rungs(trial: Trial, rungs: tuple[RungScore, ...]) -> Trial:
    """Return a trial that has reached these rungs, beside those that it is known to have."""
    known = {each.epochs: each for each in (*trial.rungs, *rungs)}
    return replace(trial, rungs=tuple(known[epochs] for epochs in sorted(known)))
