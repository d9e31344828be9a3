"""A regression of how trials end on how they were at a rung, which is unsure of itself while it knows few of them.

It is the conjugate Bayesian regression of one variable (Gelman et al. 2013, "Bayesian Data Analysis", chapter 14),
whose forecast is a Student t. The variable is the normal score of the rank at the rung, so that it does not matter how
scores are spread there, and the curves that have crossed widen the residual.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from job.pruning.rung_scores import Floats

# What is thought before anything is known: of standardized marks of ends on standardized normal scores.
_INTERCEPT_TRIALS = 1.0  # how many trials the intercept, 0, counts for
_SLOPE = 0.7
_SLOPE_TRIALS = 4.0
_LEAST_SLOPE = 0.05  # who is better at a rung is never thought to end worse
_DEVIATION = 0.8  # of the residual: cautious, since that of the marks themselves is 1
_DEVIATION_TRIALS = 3.0


@dataclass(frozen=True, eq=False)
class Regression:
    """The regression of the marks of ends on the normal scores at one rung."""

    seen: Floats  # the losses of the trials that have come to the rung, ascending
    centre: float  # of the normal scores
    spread: float
    intercept: float
    slope: float
    precision: tuple[float, float, float]  # of intercept, of both, of slope, for a residual variance of 1
    variance: float  # of the residual
    freedom: float

    @property
    def explained(self) -> float:
        """The share of the marks' variance, which is about 1, that is none of the residual's: from 0 to 1."""
        return max(1 - self.variance, 0.0)

    def at(self, losses: Floats, *, are_new: bool = False) -> tuple[Floats, Floats]:
        """Return the mean and the variance of the marks of ends, at losses of any shape.

        They are those of trials that are among `seen`, or of new ones.
        """
        x = (_normal_scores(self.seen, losses, are_new=are_new) - self.centre) / self.spread
        first, both, second = self.precision
        leverage = (second - 2 * both * x + first * x**2) / (first * second - both**2)
        return self.intercept + self.slope * x, self.variance * (1 + leverage)


def regression_of(seen: Floats, losses: Floats, marks: Floats, variances: Floats) -> Regression:
    """Return the regression of marks, each known with a variance, on losses that are among those `seen` at a rung."""
    scores = _normal_scores(np.sort(seen), losses)
    centre, spread = (float(scores.mean()), float(scores.std()) or 1.0) if scores.size else (0.0, 1.0)
    x = (scores - centre) / spread
    first = _INTERCEPT_TRIALS + len(x)
    both, second = float(np.sum(x)), _SLOPE_TRIALS + float(np.sum(x * x))
    right = float(np.sum(marks)), _SLOPE_TRIALS * _SLOPE + float(np.sum(x * marks))
    slope = max((first * right[1] - both * right[0]) / (first * second - both**2), _LEAST_SLOPE)
    intercept = (right[0] - both * slope) / first
    squares = float(np.sum((marks - intercept - slope * x) ** 2 + variances))
    squares += _INTERCEPT_TRIALS * intercept**2 + _SLOPE_TRIALS * (slope - _SLOPE) ** 2
    freedom = _DEVIATION_TRIALS + len(x)
    return Regression(
        seen=np.sort(seen),
        centre=centre,
        spread=spread,
        intercept=intercept,
        slope=slope,
        precision=(first, both, second),
        variance=(_DEVIATION_TRIALS * _DEVIATION**2 + squares) / freedom,
        freedom=freedom,
    )


def _normal_scores(seen: Floats, losses: Floats, *, are_new: bool = False) -> Floats:
    """Return the normal scores of losses by their ranks among those `seen`, equal ones by the middle of their ranks.

    They are of trials among these, or of new ones, each beside them.
    """
    middle = (np.searchsorted(seen, losses, "left") + np.searchsorted(seen, losses, "right")) / 2
    return np.asarray(ndtri((middle + 0.5) / (len(seen) + 1) if are_new else middle / len(seen)))
