"""What the examples that a share was counted on say of it on others."""

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

from job.core.tested import Interval

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Of a normal distribution, what leaves 2.5 % on either side.
_Z = NormalDist().inv_cdf(0.975)


def wilson_interval(share: float, examples: float) -> Interval:
    """Return the 95 % interval of a share of `examples` examples (Wilson 1927, "Probable inference", page 210)."""
    spread = _Z**2 / examples
    middle = (share + spread / 2) / (1 + spread)
    half = _Z / (1 + spread) * math.sqrt(share * (1 - share) / examples + spread / (4 * examples))
    low, high = min(middle - half, share), max(middle + half, share)  # at 0 and at 1 they are alike but for a last bit
    return max(low, 0.0), min(high, 1.0)


def hits_interval(hits: "NDArray[np.bool_]") -> Interval:
    """Return the 95 % interval of the mean share of several models on the same examples, which are those that vary.

    `hits` tells which model is right on which example: (n_models, n_examples). Models are mostly wrong on the same
    examples, so n_models * n_examples answers say less than as many examples would. It is Wilson's interval of the
    number of examples that say as much (Korn and Graubard 1998, "Confidence intervals for proportions with small
    expected number of positive counts"): share * (1 - share) over the variance of the mean's example by example.
    """
    n_models, n_examples = hits.shape
    share, variance = float(hits.mean()), float(hits.mean(axis=0).var())
    if share in {0.0, 1.0}:
        return wilson_interval(share, n_examples)  # nothing tells how alike the models are
    saying = share * (1 - share) / variance if variance else math.inf
    return wilson_interval(share, n_examples * min(max(saying, 1.0), n_models))


def paired_chance(gained: int, lost: int) -> float:
    """Return how likely two models that are as good as each other differ by so much at least on the same examples.

    Of these one is right on `gained` that the other gets wrong, and wrong on `lost` that the other gets right; all
    others tell nothing. It is the two-sided p of McNemar's exact test (1947).
    """
    from scipy.special import bdtr

    return min(1.0, 2 * float(bdtr(min(gained, lost), gained + lost, 0.5))) if gained + lost else 1.0
