"""What one point's scores on several seeds say of it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, mean, stdev

from job.core.tested import Interval

_LEVEL = 0.95


@dataclass(frozen=True, kw_only=True)
class OverSeeds:
    """The scores of one point on several seeds, in their own units.

    Of one seed there is neither a deviation nor an interval. Scores that are all equal have a deviation of 0, which is
    not what it is in truth: where they come in steps, `deviation_bound` says how large that may be, and the interval is
    by this bound; else there is no interval.
    """

    seeds: int  # that have given a score
    failed: int  # that have not
    mean: float
    deviation: float | None
    deviation_bound: float | None  # with 95 %; None unless all scores are equal
    interval: Interval | None  # of the mean over all seeds there could be, with 95 %


def over_seeds(scores: Sequence[float | None], *, step: float | None = None) -> OverSeeds | None:
    """Return what scores on different seeds say, None or no finite number for one that failed; None without a score.

    The interval is Student's (1908): mean ± t deviation / sqrt(n), with the quantile t of n - 1 degrees of freedom. It
    holds for seeds that have not chosen the point. Of scores that crowd at an end of what there can be, such as 100 %,
    it is too short: of five seeds it then holds the truth in 84 to 90 % of the cases, simulated. `step` is by how much
    two scores differ at least if they do: 1 / n of the share of n examples; None where that is not known.
    """
    known = [score for score in scores if score is not None and math.isfinite(score)]
    if not known:
        return None
    middle, deviation = mean(known), stdev(known) if len(known) > 1 else None
    bound = deviation_bound(len(known), step) if deviation == 0 and step is not None else None
    half = _half_width(len(known), bound or deviation)
    return OverSeeds(
        seeds=len(known),
        failed=len(scores) - len(known),
        mean=middle,
        deviation=deviation,
        deviation_bound=bound,
        interval=None if half is None else (middle - half, middle + half),
    )


def deviation_bound(seeds: int, step: float) -> float:
    """Return what the deviation over seeds is at most, with 95 %, where several have given the same score.

    It is the largest at which as many normal numbers, rounded to multiples of `step`, are all alike in 5 % of all
    cases: (2 Phi(step / (2 deviation)) - 1)^n = 0.05, with their mean in the middle of the step, where it is largest.
    """
    alike = (1 - _LEVEL) ** (1 / seeds)
    return step / (2 * NormalDist().inv_cdf((1 + alike) / 2))


def _half_width(seeds: int, deviation: float | None) -> float | None:
    from scipy.special import stdtrit

    if not deviation:
        return None
    return float(stdtrit(seeds - 1, (1 + _LEVEL) / 2)) * deviation / math.sqrt(seeds)
