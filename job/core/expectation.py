"""Expectation: what the surrogate thought of a point when it was proposed."""

import math
from dataclasses import dataclass, replace

from job.core.objective import Objective


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """What the surrogate expected of a point before it was tried, in the objective's natural units.

    The improvement is one on the best of what it believed of the points that had been tried by then.
    """

    score: float
    deviation: float  # standard deviation of what it predicts of the score
    improvement: float  # expected, 0 or more, whichever way is better
    chance: float  # of any improvement, from 0 to 1

    @property
    def is_improvement(self) -> bool:
        """Whether a score at least as good as the best was expected; else the point was tried for not being sure."""
        return self.chance >= 0.5

    @property
    def is_finite(self) -> bool:
        """Whether all of it are finite numbers, as they may not be where losses are huge."""
        return all(math.isfinite(value) for value in (self.score, self.deviation, self.improvement, self.chance))

    def rounded(self) -> "Expectation":
        """Return it to so many digits as do not hang on the last bits: six of the score, four of the rest."""
        figures = {name: _rounded(getattr(self, name), 4) for name in ("deviation", "improvement", "chance")}
        return replace(self, score=_rounded(self.score, 6), **figures)


def normal_expectation(*, loss: float, deviation: float, best: float, objective: Objective) -> Expectation:
    """Return what is expected of a point whose loss is normally distributed, where `best` is the loss to be beaten.

    The expected improvement is that of Jones, Schonlau and Welch 1998, "Efficient global optimization of expensive
    black-box functions".
    """
    gain = best - loss
    if deviation > 0:
        z = gain / deviation
        chance = math.erfc(-z / math.sqrt(2)) / 2
        improvement = gain * chance + deviation * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    else:
        chance, improvement = float(gain > 0), gain
    score = objective.value(loss)
    return Expectation(score=score, deviation=deviation, improvement=max(improvement, 0.0), chance=chance).rounded()


def _rounded(value: float, digits: int) -> float:
    return float(f"{value:.{digits}g}")
