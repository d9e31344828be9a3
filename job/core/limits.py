"""What a search may spend, and what may fail, over all its runs."""

from dataclasses import dataclass

from job.core.effort import NO_CONFIRMATION
from job.core.trial import Trial


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Limits over all runs; None is no limit. A later run may have others, which hold from its first step on."""

    trials: int | None = None  # completed by this search
    max_hours: float | None = None  # of training
    patience: int | None = None  # completed trials without gain
    target: float | None = None  # score to reach, in the objective's natural units
    max_failures: int = 5  # failed trials in a row
    max_attempts: int = 5  # starts of one trial that got nowhere
    trial_timeout: float | None = None  # seconds of training of one trial, over all attempts
    confirm: str = NO_CONFIRMATION  # how much the best trials are trained again, as `parse_confirm` returns it

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
