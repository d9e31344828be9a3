"""How much scores differ from one training of a point to the next, told by points that were trained several times."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import mean

_LEVEL = 0.05


@dataclass(frozen=True)
class Noise:
    """The standard deviation of scores over seeds, in their units, and how many degrees of freedom it is told by."""

    deviation: float
    freedom: int

    def may_be(self, deviation: float) -> bool:
        """Tell whether it may be as large as this in truth: not where an F test rejects it, one-sided, at 5 %.

        The other one is taken for known, as of endless degrees of freedom, where F is a chi-squared number.
        """
        from scipy.special import chdtri

        bound = math.sqrt(chdtri(self.freedom, 1 - _LEVEL) / self.freedom) * deviation
        return self.deviation >= bound


def noise_of(points: Iterable[Sequence[float]]) -> Noise | None:
    """Return the deviation within the scores of each point, pooled over all points; None where none has two of them."""
    several = [scores for scores in points if len(scores) > 1]
    freedom = sum(len(scores) - 1 for scores in several)
    if not freedom:
        return None
    # The mean of equal scores is that score to the last bit, which `fmean` does not see to.
    errors = (score - mean(scores) for scores in several for score in scores)
    return Noise(math.hypot(*errors) / math.sqrt(freedom), freedom)
