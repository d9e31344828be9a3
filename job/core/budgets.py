"""When a search has had enough: what it may spend over all its runs."""

from dataclasses import dataclass

from job.core.study import Study
from job.core.trial import Trial, trial_name
from job.errors import NoProgressError

SPACE_USED_UP = "every point of the space has been tried"
_SECONDS_PER_HOUR = 3600


@dataclass(frozen=True, kw_only=True)
class Budgets:
    """Limits over all runs; None is no limit. They may change from one run to the next.

    They are asked between trials: one in hand, which an interruption may have left, is finished first. So they read
    only trials that have ended, and say the same however often a search was interrupted on its way.
    """

    trials: int  # completed by this search
    max_hours: float | None = None  # of training
    patience: int | None = None  # completed trials without gain
    max_failures: int = 5  # failed trials in a row
    max_attempts: int = 5  # starts of one trial that got nowhere

    def spent(self, study: Study) -> str:
        """Return why no trial is begun any more; empty while one is, or while one is in hand."""
        if study.in_hand:
            return ""
        completed, seconds = len(study.completed), study.training_seconds
        if completed >= self.trials:
            return f"{completed} of {self.trials} trials are complete"
        if self.max_hours is not None and seconds >= self.max_hours * _SECONDS_PER_HOUR:
            return f"{seconds / _SECONDS_PER_HOUR:.2f} hours of training are spent, of {self.max_hours:g}"
        if self.patience is not None and study.trials_without_gain >= self.patience:
            return f"{study.trials_without_gain} trials in a row have brought no gain"
        return SPACE_USED_UP if _is_used_up(study) else ""

    def check_success(self, study: Study) -> None:
        """Raise NoProgressError when the search is over, and none of its trials has completed."""
        if study.ended and not study.completed:
            raise NoProgressError(
                f"none of {len(study.ended)} trials has succeeded; the last failed because: {study.ended[-1].reason}",
                hint=f"see {_log_of(study.ended[-1])}",
            )

    @property
    def told(self) -> dict[str, float | None]:
        """What a reader of the study may want to know of them."""
        return {"trials": self.trials, "max_hours": self.max_hours, "patience": self.patience}

    def check_failures(self, study: Study) -> None:
        """Raise NoProgressError when one trial after another fails, and none is in hand."""
        if study.in_hand:
            return
        failures = study.failures_in_a_row
        if failures >= self.max_failures:
            last = study.ended[-1]
            raise NoProgressError(
                f"{failures} trials in a row have failed, the last one, {last.number}, because: {last.reason}",
                hint=f"see {_log_of(last)}; if it is mended, go on with --max-failures {failures + 1}",
            )

    def given_up(self, trial: Trial) -> str:
        """Return why a trial in hand is not started again; empty when it is.

        What it died of and starts that nothing was heard of after, as of one that took the whole job with it, are
        limited each for itself. So a kill of the job takes nothing from what the trial may spend.
        """
        if trial.deaths >= self.max_attempts:
            return f"died {trial.deaths} times without getting on: {trial.reason}"
        unheard = trial.attempts - trial.deaths
        if unheard >= self.max_attempts:
            return f"started {unheard} times without getting on: killed each time"
        return ""


def _is_used_up(study: Study) -> bool:
    space = study.fingerprint.space
    return space.size is not None and len({tuple(space.values(trial.params)) for trial in study.trials}) >= space.size


def _log_of(trial: Trial) -> str:
    return f"trials/{trial_name(trial.number)}/log.txt"
