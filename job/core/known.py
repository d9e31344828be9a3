"""What is known of a search: now, or when a step of it was planned."""

from dataclasses import dataclass
from functools import cached_property

from job.core.ending import EndKind
from job.core.evidence import Evidence
from job.core.fingerprint import DataDescription, Fingerprint
from job.core.journal import Entry
from job.core.limits import Limits
from job.core.run import Run, RunEnd
from job.core.step import Step
from job.core.tested import TestResult
from job.core.trial import Origin, Status, Trial

_SCORED = (Status.COMPLETED, Status.IMPORTED)


@dataclass(frozen=True, kw_only=True)
class Known:
    """A search: what it is about, its trials, the steps and the runs that they took, and what came from outside."""

    fingerprint: Fingerprint
    trials: tuple[Trial, ...] = ()
    replicates: tuple[Trial, ...] = ()  # trials trained again on other seeds, to confirm them
    steps: tuple[Step, ...] = ()
    journal: tuple[Entry, ...] = ()
    runs: tuple[Run, ...] = ()
    test: TestResult | None = None  # of the best model
    tests: tuple[TestResult, ...] = ()  # of the replicates that have measured, whose models choose nothing
    data: DataDescription | None = None
    evidence: Evidence | None = None  # where the first trials come from, if they were scored elsewhere

    @property
    def limits(self) -> Limits:
        """The limits that are in force."""
        entries = (entry.input for entry in reversed(self.journal))
        return next((each for each in entries if isinstance(each, Limits)), Limits())

    @cached_property
    def pending(self) -> tuple[Step, ...]:
        """The steps that have been planned and have not ended, in the order of their numbers."""
        return tuple(step for step in self.steps if step.is_pending)

    def steps_of(self, trial: int) -> tuple[Step, ...]:
        """Return the steps of a trial in the order of their numbers."""
        return tuple(step for step in self.steps if step.trial == trial)

    def seconds_before(self, step: Step) -> float:
        """Return the seconds of training in what a step went on from; nothing where it began at the start."""
        seconds = 0.0
        for each in self.steps_of(step.trial):
            if each.begins_trial:
                seconds = 0.0
            if each.number == step.number:
                break
            seconds += each.seconds
        return seconds

    def trial(self, number: int) -> Trial:
        """Return trial or replicate `number`: those from 1, these from -1 downwards, without gaps."""
        assert number, "there is no number 0"
        return self.trials[number - 1] if number > 0 else self.replicates[-number - 1]

    def with_status(self, *statuses: Status) -> tuple[Trial, ...]:
        """Return the trials that have one of `statuses`, in the order of their numbers."""
        return tuple(trial for trial in self.trials if trial.status in statuses)

    @property
    def in_hand(self) -> tuple[Trial, ...]:
        """The trials that are planned or in training, in the order of their numbers."""
        return self.with_status(Status.RUNNING)

    @property
    def planned(self) -> tuple[Trial, ...]:
        """The trials and replicates that are planned or in training, in the order of their steps."""
        steps = self.pending
        return tuple(self.trial(step.trial) for step in steps if self.trial(step.trial).status is Status.RUNNING)

    @property
    def begun(self) -> tuple[Trial, ...]:
        """Those of the planned ones whose step a worker has begun; others wait for one."""
        steps = {step.trial: step for step in self.pending}
        return tuple(trial for trial in self.planned if _has_begun(steps[trial.number], trial))

    @property
    def at_work(self) -> tuple[Trial, ...]:
        """Those of the planned ones that are in training as far as the last run has told."""
        steps = [step for step in self.pending if step.attempts and step.attempts[-1].ended is None]
        numbers = {step.trial for step in steps if step.attempts[-1].run == len(self.runs)}
        return tuple(trial for trial in self.planned if trial.number in numbers)

    def machine_of(self, trial: int) -> str:
        """Return the machine of the last attempt at a trial; empty where that is the run's, or there is none."""
        attempts = [attempt for step in self.steps_of(trial) for attempt in step.attempts]
        return attempts[-1].place if attempts else ""

    @property
    def completed(self) -> tuple[Trial, ...]:
        """The trials that have completed here, in the order of their numbers."""
        return self.with_status(Status.COMPLETED)

    @property
    def stopped(self) -> tuple[Trial, ...]:
        """The trials that have stopped at a rung, in the order of their numbers."""
        return self.with_status(Status.STOPPED)

    @property
    def promising(self) -> tuple[Trial, ...]:
        """The trials that have stopped at a rung, by how far and then how well they came."""
        return tuple(sorted(self.stopped, key=self._place))

    @property
    def scored(self) -> tuple[Trial, ...]:
        """The trials that have a score: completed and imported ones."""
        return self.with_status(*_SCORED)

    @property
    def lost(self) -> tuple[Trial, ...]:
        """The trials that have failed by no fault of theirs, which says nothing of their points."""
        endings = {step.trial: step.ended for step in self.steps}  # of the last step of each
        return tuple(each for each in self.with_status(Status.FAILED) if endings.get(each.number) is EndKind.LOST)

    @property
    def ended(self) -> tuple[Trial, ...]:
        """The trials that have completed or failed here, in the order of the virtual ends of their steps."""
        return self._in_order_of_ends(Status.COMPLETED, Status.FAILED)

    @property
    def tried(self) -> tuple[Trial, ...]:
        """The trials that have completed, stopped at a rung or failed here, in the order of their virtual ends."""
        return self._in_order_of_ends(Status.COMPLETED, Status.STOPPED, Status.FAILED)

    @property
    def best(self) -> Trial | None:
        """The completed trial with the best score; the earliest among equals; None before the first."""
        return min(self.completed, key=self._rank, default=None)

    @property
    def best_scored(self) -> Trial:
        """The trial with the best score, be it from elsewhere; there must be one."""
        return min(self.scored, key=self._rank)

    @property
    def has_no_test_set(self) -> bool:
        return self.data is not None and self.data.test == 0

    @property
    def ranked(self) -> tuple[Trial, ...]:
        """The trials of this search itself, the best first: then those that have stopped at a rung, by how far and how
        well they came; those without a score last, by number.
        """
        own = [trial for trial in self.trials if trial.origin is not Origin.EVIDENCE]
        unscored = tuple(trial for trial in own if trial.status not in (*_SCORED, Status.STOPPED))
        return (*sorted(self.completed, key=self._rank), *self.promising, *unscored)

    @property
    def scored_elsewhere(self) -> tuple[Trial, ...]:
        """The trials that came as evidence, the best first; those that have been dropped since last."""
        trials = [trial for trial in self.trials if trial.origin is Origin.EVIDENCE]
        dropped = (trial for trial in trials if trial.status not in _SCORED)
        return (*sorted((trial for trial in trials if trial.status in _SCORED), key=self._rank), *dropped)

    @property
    def is_begun(self) -> bool:
        """Whether anything has come of it yet; one of which nothing has may be begun again with other settings.

        A retraining has begun with its first study, which says what is trained.
        """
        if self.fingerprint.as_trial is not None:
            return True
        asked = any(entry.request for entry in self.journal)
        return asked or any(trial.history or trial.status is not Status.RUNNING for trial in self.trials)

    @property
    def training_seconds(self) -> float:
        return sum(trial.seconds for trial in (*self.trials, *self.replicates))

    @property
    def last_at_work(self) -> Run | None:
        """The last run that got as far as to know its device; None where there is none."""
        return next((run for run in reversed(self.runs) if run.device), None)

    @property
    def device(self) -> str:
        """What the last run that trained did so on; empty where that is not known."""
        return self.last_at_work.device if self.last_at_work else ""

    @property
    def interruptions(self) -> int:
        """How many runs were stopped or killed before the search had ended."""
        asked = sum(run.ended is RunEnd.INTERRUPTED for run in self.runs)
        return asked + sum(run.ended is RunEnd.UNKNOWN for run in self.runs[:-1])

    @property
    def failures_in_a_row(self) -> int:
        """How many trials have failed since one last did not, in the order in which they ended."""
        if not self.with_status(Status.FAILED):
            return 0
        have_failed = [trial.status is Status.FAILED for trial in reversed(self.tried)]
        return have_failed.index(False) if False in have_failed else len(have_failed)

    @property
    def trials_without_gain(self) -> int:
        """How many trials have completed or stopped since the best one, in the order in which they ended."""
        best = self.best
        numbers = [trial.number for trial in self.tried if trial.status is not Status.FAILED]
        return len(numbers) - 1 - numbers.index(best.number) if best else 0

    def _in_order_of_ends(self, *statuses: Status) -> tuple[Trial, ...]:
        order = {step.trial: (step.ends, step.number) for step in self.steps if step.ends is not None}
        trials = (trial for trial in self.with_status(*statuses) if trial.number in order)
        return tuple(sorted(trials, key=lambda each: order[each.number]))

    def _rank(self, trial: Trial) -> tuple[float, int]:
        loss = trial.loss(self.fingerprint.objective)
        assert loss is not None, "only trials with a score are ranked"
        return loss, trial.number

    def _place(self, trial: Trial) -> tuple[float, float, int]:
        """Return what a trial that has stopped at a rung is sorted by."""
        at = trial.rungs_behind[-1]
        return -at.epochs, self.fingerprint.objective.loss(at.score), trial.number


def _has_begun(step: Step, trial: Trial) -> bool:
    """Tell whether a pending step of a trial has been started; old states do not have its attempts."""
    return bool(step.attempts or trial.attempts) or (trial.epochs, trial.batch) != (step.from_epoch, step.from_batch)
