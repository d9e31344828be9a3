"""Study: the whole state of a search as a frozen record of its trials, and the only ways in which it changes."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from job.core.fingerprint import DataDescription, Fingerprint
from job.core.run import Run, RunEnd
from job.core.space import Params
from job.core.trial import EpochLogs, Status, Trial
from job.errors import SettingsError

_SCORED = (Status.COMPLETED, Status.IMPORTED)


@dataclass(frozen=True, kw_only=True)
class TestResult:
    """What one evaluation of the best model on the test set gave."""

    __test__ = False  # not a class of tests, whatever its name says to pytest

    number: int  # of the trial whose model it was
    metrics: EpochLogs  # accuracy, loss and whatever else the model reports
    confusion: tuple[tuple[int, ...], ...] | None = None  # images of each class (rows) taken for each; None: not known
    predictions_sha256: str = ""  # of the file of the predictions; empty where none are kept


@dataclass(frozen=True, kw_only=True)
class Study:
    """A search: what it is about, every trial so far, and the runs that it took."""

    fingerprint: Fingerprint
    trials: tuple[Trial, ...] = ()
    runs: tuple[Run, ...] = ()
    test: TestResult | None = None
    budgets: Mapping[str, float | None] = field(default_factory=dict)  # of the last run: trials, max_hours, patience
    data: DataDescription | None = None

    def trial(self, number: int) -> Trial:
        """Return trial `number`; trials are numbered from 1 without gaps."""
        assert number >= 1, "trials are numbered from 1"
        return self.trials[number - 1]

    def with_status(self, *statuses: Status) -> tuple[Trial, ...]:
        """Return the trials that have one of `statuses`, in the order of their numbers."""
        return tuple(trial for trial in self.trials if trial.status in statuses)

    @property
    def in_hand(self) -> tuple[Trial, ...]:
        """The trials that have begun and not ended, in the order of their numbers."""
        return self.with_status(Status.RUNNING)

    @property
    def completed(self) -> tuple[Trial, ...]:
        """The trials that have completed here, in the order of their numbers."""
        return self.with_status(Status.COMPLETED)

    @property
    def scored(self) -> tuple[Trial, ...]:
        """The trials that have a score: completed and imported ones."""
        return self.with_status(*_SCORED)

    @property
    def ended(self) -> tuple[Trial, ...]:
        """The trials that have completed or failed here, in the order in which they did."""
        trials = self.with_status(Status.COMPLETED, Status.FAILED)
        return tuple(sorted(trials, key=lambda trial: (trial.ended_at or 0.0, trial.number)))

    @property
    def best(self) -> Trial | None:
        """The completed trial with the best score; the earliest among equals; None before the first."""
        return min(self.completed, key=self._rank, default=None)

    @property
    def test_of_best(self) -> TestResult | None:
        """The test of the best model; None until it is tested, though an earlier best one was."""
        return self.test if self.test and self.best and self.test.number == self.best.number else None

    @property
    def ranked(self) -> tuple[Trial, ...]:
        """All trials, the best first; those without a score last, by number."""
        unscored = tuple(trial for trial in self.trials if trial.status not in _SCORED)
        return (*sorted(self.scored, key=self._rank), *unscored)

    @property
    def is_begun(self) -> bool:
        """Whether anything has come of it yet; one of which nothing has may be begun again with other settings."""
        return any(trial.history or trial.status is not Status.RUNNING for trial in self.trials)

    @property
    def training_seconds(self) -> float:
        return sum(trial.seconds for trial in self.trials)

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
        """How many trials have failed since one last completed, in the order in which they ended."""
        statuses = [trial.status for trial in reversed(self.ended)]
        return statuses.index(Status.COMPLETED) if Status.COMPLETED in statuses else len(statuses)

    @property
    def trials_without_gain(self) -> int:
        """How many trials have completed since the best one, in the order in which they ended."""
        numbers = [trial.number for trial in self.ended if trial.status is Status.COMPLETED]
        return len(numbers) - 1 - numbers.index(self.best.number) if self.best else 0

    def describe_data(self, data: DataDescription) -> "Study":
        """Note what the data are."""
        return replace(self, data=data)

    def open_run(
        self,
        *,
        now: float,
        budgets: Mapping[str, float | None],
        versions: Mapping[str, str] | None = None,
        options: tuple[str, ...] = (),
    ) -> "Study":
        """Begin a run."""
        run = Run(started_at=now, last_saved_at=now, versions=dict(versions or {}), options=options)
        return replace(self, runs=(*self.runs, run), budgets=dict(budgets))

    def touch_run(self, *, now: float, epochs: int = 0, seconds: Mapping[str, float] | None = None) -> "Study":
        """Note that the last run was alive at `now`, how many epochs it has trained, and what its time went on."""
        return self._with_run(last_saved_at=now, epochs=epochs, seconds=dict(seconds or {}))

    def note_device(self, device: str, arithmetic: Mapping[str, str] | None = None) -> "Study":
        """Note what the last run trains on, and the settings that decide bits there."""
        return self._with_run(device=device, arithmetic=dict(arithmetic or {}))

    def close_run(self, ended: RunEnd) -> "Study":
        """Note how the last run has ended."""
        return self._with_run(ended=ended)

    def propose(self, params: Params) -> "Study":
        """Add a trial of `params`, not started yet."""
        self.fingerprint.space.check(params)
        return replace(self, trials=(*self.trials, Trial(number=len(self.trials) + 1, params=dict(params))))

    def import_trial(self, params: Params, value: float) -> "Study":
        """Add a trial that another program has scored, with `value` in the objective's natural units."""
        self.fingerprint.space.check(params)
        trial = Trial(number=len(self.trials) + 1, params=dict(params), status=Status.IMPORTED, imported_value=value)
        return replace(self, trials=(*self.trials, trial))

    def start(self, number: int, *, now: float) -> "Study":
        """Count an attempt at trial `number`; to be saved before the attempt begins."""
        trial = self._running(number)
        started_at = now if trial.started_at is None else trial.started_at
        return self._with(replace(trial, attempts=trial.attempts + 1, started_at=started_at))

    def get_on(
        self,
        number: int,
        history: tuple[EpochLogs, ...],
        *,
        seconds: float,
        batch: int = 0,
        batches: int | None = None,
    ) -> "Study":
        """Note that trial `number` has left a checkpoint: `history` so far, and `seconds` of training in all.

        `batch` of the `batches` of the next epoch are through. Only one that is further on than what was known of
        ends the counts of attempts and deaths: an attempt also tells of the checkpoint that it goes on from.
        """
        trial = self._running(number)
        if (len(history), batch) > (trial.epochs, trial.batch):
            trial = replace(trial, attempts=1, deaths=0)
        return self._with(replace(trial, history=history, seconds=seconds, batch=batch, batches=batches))

    def stumble(self, number: int, reason: str, *, log_tail: str = "") -> "Study":
        """Note why the last attempt at trial `number` ended without a word; it may be tried again."""
        trial = self._running(number)
        return self._with(replace(trial, deaths=trial.deaths + 1, reason=reason, log_tail=log_tail))

    def interrupt(self, number: int) -> "Study":
        """Take back the attempt that a request to stop has ended: it costs nothing."""
        trial = self._running(number)
        return self._with(replace(trial, attempts=max(trial.attempts - 1, 0)))

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
        return self._with(ended)

    def score_kept(self, number: int, kept: EpochLogs) -> "Study":
        """Score a completed trial by what its kept weights give, which is not what the last epoch gave."""
        return self._with(replace(self.trial(number), kept=kept))

    def fail(self, number: int, reason: str, *, now: float, log_tail: str = "") -> "Study":
        """End trial `number` for good without a score."""
        trial = self._running(number)
        ended_at = self._end_of_trial(now)
        failed = replace(trial, status=Status.FAILED, ended_at=ended_at, reason=reason, log_tail=log_tail, batch=0)
        return self._with(failed)

    def remake_model(self, number: int, model_sha256: str) -> "Study":
        """Note that the model of a completed trial has been trained again."""
        return self._with(replace(self.trial(number), model_sha256=model_sha256))

    def record_test(self, result: TestResult) -> "Study":
        """Keep what the best model gave on the test set."""
        return replace(self, test=result)

    def _end_of_trial(self, now: float) -> float:
        """Return when a trial ends that ends now: no earlier than those before it, though the clock be put back."""
        return max([now, *(trial.ended_at for trial in self.trials if trial.ended_at is not None)])

    def _with_run(self, **changes: Any) -> "Study":
        return replace(self, runs=(*self.runs[:-1], replace(self.runs[-1], **changes)))

    def _rank(self, trial: Trial) -> tuple[float, int]:
        loss = trial.loss(self.fingerprint.objective)
        assert loss is not None, "only trials with a score are ranked"
        return loss, trial.number

    def _running(self, number: int) -> Trial:
        trial = self.trial(number)
        if trial.status is not Status.RUNNING:
            raise SettingsError(f"trial {number} is {trial.status}, and so cannot go on")
        return trial

    def _with(self, trial: Trial) -> "Study":
        index = trial.number - 1
        return replace(self, trials=(*self.trials[:index], trial, *self.trials[index + 1 :]))
