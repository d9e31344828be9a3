"""A forecast of how trials end, from how they were at the rungs and what became of others.

It is made for the last rung first. Trials that have stopped there count at the rungs below as if they had ended as is
forecast, with the variance of the forecast: so what is known of them is not lost, and those that came further are no
picked lot.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import stdtr

from job.core.known import Known
from job.pruning.end_losses import Scale, scale_of
from job.pruning.regression import Regression, regression_of
from job.pruning.rung_scores import Floats, RungScores, scores_of

# How probable it is that a score says nothing of the end, as that of a slow learner: so much for each squared e-folding
# of epochs that are still to come, at most a half. By regressions alone, the far tails of early forecasts are too thin.
_SAYS_NOTHING = 0.02
_MOST_SAYS_NOTHING = 0.5


@dataclass(frozen=True, eq=False)
class Forecast:
    """What is thought of the ends of trials: `marks` and `variances`, of shape (n_trials,), of those in `scores`.

    The variance of an end that is known is 0. `best` is the mark of the best of these.
    """

    scores: RungScores
    scale: Scale
    rungs: tuple[Regression, ...]
    marks: Floats
    variances: Floats
    best: float

    @cached_property
    def chance_of_new(self) -> float:
        """The chance that a new trial ends better than the best so far: that of the others, by the first rung."""
        seen = self.rungs[0].seen
        return float(np.mean(self._chances(0, seen, are_new=True))) if seen.size else 1.0

    @property
    def last_rungs(self) -> Floats:
        """The index of the last rung that each trial has reached, -1 of one that has ended: (n_trials,)."""
        reached = ~np.isnan(self.scores.losses)
        return np.where(reached[:, -1], -1, reached.shape[1] - 1 - np.argmax(reached[:, ::-1], axis=1))

    def chances(self, rung: int, losses: Floats, *, are_new: bool = False) -> Floats:
        """Return the chances of ending better than the best so far, for trials with such losses at a rung, any shape.

        A trial whose score says nothing has the chance of one that has not begun.
        """
        to_come = float(np.log(self.scores.ends[-1] / self.scores.ends[rung]))
        share = min(_SAYS_NOTHING * to_come**2, _MOST_SAYS_NOTHING)
        return (1 - share) * self._chances(rung, losses, are_new=are_new) + share * self.chance_of_new

    def _chances(self, rung: int, losses: Floats, *, are_new: bool) -> Floats:
        mean, variance = self.rungs[rung].at(losses, are_new=are_new)
        return np.asarray(stdtr(self.rungs[rung].freedom, (self.best - mean) / np.sqrt(variance)))


def forecast_for(known: Known) -> Forecast | None:
    """Return what is thought of the ends of the trials of a search; None before two have ended differently."""
    return forecast_of(scores_of(known))


def forecast_of(scores: RungScores) -> Forecast | None:
    """Return what is thought of the ends of trials; None before two have ended differently."""
    losses, ends = scores.losses, scores.losses[:, -1]
    has_ended = ~np.isnan(ends)
    scale = scale_of(ends[has_ended])
    if scale is None:
        return None
    marks, variances, is_known = np.zeros(len(ends)), np.zeros(len(ends)), has_ended.copy()
    marks[has_ended] = scale.marks(ends[has_ended])
    rungs: list[Regression] = []
    for at in losses.T[-2::-1]:
        reached = ~np.isnan(at)
        among, stopped = reached & is_known, reached & ~is_known
        regression = regression_of(at[reached], at[among], marks[among], variances[among])
        marks[stopped], variances[stopped] = regression.at(at[stopped])
        is_known |= stopped
        rungs.insert(0, regression)
    return Forecast(scores, scale, tuple(rungs), marks, variances, float(marks[has_ended].min()))
