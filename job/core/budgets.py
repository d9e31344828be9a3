"""When a search has had enough: what it may spend over all its runs."""

from dataclasses import dataclass

from job.core.study import Study
from job.core.trial import Status, Trial, trial_name
from job.errors import NoProgressError

SPACE_USED_UP = "every point of the space has been tried"
_SECONDS_PER_HOUR = 3600


@dataclass(frozen=True, kw_only=True)
class Budgets:
    """Limits over all runs; None is no limit. They may change from one run to the next."""

    trials: int  # with a score
    max_hours: float | None = None  # of training
    patience: int | None = None  # completed trials without gain
    max_failures: int = 5  # failed trials in a row
    max_attempts: int = 5  # starts of one trial that got nowhere

    def spent(self, study: Study) -> str:
        """Return why the search is over; empty while it is not."""
        if len(study.scored) >= self.trials:
            return f"{len(study.scored)} of {self.trials} trials are complete"
        if self.max_hours is not None and study.training_seconds >= self.max_hours * _SECONDS_PER_HOUR:
            return (
                f"{study.training_seconds / _SECONDS_PER_HOUR:.2f} hours of training are spent, of {self.max_hours:g}"
            )
        if self.patience is not None and study.trials_without_gain >= self.patience:
            return f"{study.trials_without_gain} trials in a row have brought no gain"
        space = study.fingerprint.space
        if space.size is not None and len({tuple(space.values(trial.params)) for trial in study.trials}) >= space.size:
            return "" if study.with_status(Status.RUNNING) else SPACE_USED_UP
        return ""

    def check_success(self, study: Study) -> None:
        """Raise NoProgressError when the search is over, and no trial has a score."""
        if study.ended and not study.scored:
            raise NoProgressError(
                f"none of {len(study.ended)} trials has succeeded; the last failed because: {study.ended[-1].reason}",
                hint=f"see {_log_of(study.ended[-1])}",
            )

    @property
    def told(self) -> dict[str, float | None]:
        """What a reader of the study may want to know of them."""
        return {"trials": self.trials, "max_hours": self.max_hours, "patience": self.patience}

    def check_failures(self, study: Study) -> None:
        """Raise NoProgressError when one trial after another fails."""
        failures = study.failures_in_a_row
        if failures >= self.max_failures:
            last = study.ended[-1]
            raise NoProgressError(
                f"{failures} trials in a row have failed, the last one, {last.number}, because: {last.reason}",
                hint=f"see {_log_of(last)}; if it is mended, go on with --max-failures {failures + 1}",
            )


def _log_of(trial: Trial) -> str:
    return f"trials/{trial_name(trial.number)}/log.txt"
