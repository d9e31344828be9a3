"""Which of several candidates may be the best one, by their losses on the same seeds.

These are multiple comparisons with the best (Hsu 1984, "Constrained simultaneous confidence intervals for multiple
comparisons with the best"): each candidate is compared with all others at once, as a control by Dunnett's one-sided
test (1955), and is told apart from the best one where another is surely better.

The candidates share their seeds, so each loss is a candidate's own level and a seed's effect on all, and an error. The
levels are estimated beside the effects by least squares (the intra-block analysis of Cochran and Cox 1957, chapter 9),
which are differences from the seed's mean where all candidates have all seeds. So a candidate that left early is
compared by the seeds that it had, and what a seed does to all disturbs nobody. That is valid whether seeds have such an
effect or not: the degrees of freedom that the effects take are counted, which `scipy.stats.dunnett` cannot know.
Without an effect it costs little, and with one it gains much: of five candidates on five seeds, one that is worse by a
deviation is told apart in 50 % of the cases rather than in 51, and with effects as large as the errors rather than in
22.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

_LEVEL = 0.95
_TINY = float(np.finfo(np.float32).eps)  # relatively: what a metric that Keras gives is rounded to
_DRAWS = 2**16  # what is below a quantile of them is 95 % but for a tenth
_DIGITS = 9  # of correlations that are the same

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Standing:
    """By how much a candidate is worse than the best of all: as it seems, and in truth with 95 % for all at once.

    Of a candidate that failed they are infinite. Where there is too little to tell it is between 0 and infinity.
    """

    behind: float  # NaN where it has no seed in common with another
    at_least: float
    at_most: float

    @property
    def may_be_best(self) -> bool:
        """Whether it cannot be told from the best one."""
        return self.at_least == 0


def compare(losses: Floats, *, step: float = 0.0) -> list[Standing]:
    """Return how candidates stand by their `losses`, of which less is better: (n_candidates, n_seeds).

    A loss is NaN where a candidate was not trained on a seed, and infinite where it failed, which makes it worse than
    any that did not. `step` is by how much two losses differ at least if they do, such as 1 / n for the share of n
    examples: the deviation of the errors counts as no less than that of rounding to it.
    """
    alive = np.isinf(losses).sum(axis=1) == 0
    standings = iter(_compare(losses[alive], step))
    failed = Standing(behind=math.inf, at_least=math.inf, at_most=math.inf)
    return [next(standings) if each else failed for each in alive]


def least_difference(seeds: int, candidates: int = 2) -> float:
    """Return the smallest difference of means that tells a candidate apart, in deviations over seeds; infinite for one.

    All candidates have all seeds. It is d sqrt(2 / n) with Dunnett's one-sided quantile d of (n - 1) (k - 1) degrees of
    freedom: 1.35 for five seeds of two candidates, 1.48 of five.
    """
    freedom, others = (seeds - 1) * (candidates - 1), candidates - 1
    if not freedom:
        return math.inf
    return _quantile((np.eye(others) + 1) / 2, freedom) * math.sqrt(2 / seeds)


def _compare(losses: Floats, step: float) -> list[Standing]:
    """Compare candidates of which none has failed."""
    if len(losses) == 1:
        return [Standing(behind=0.0, at_least=0.0, at_most=0.0)]
    seen = ~np.isnan(losses)
    seen &= seen.sum(axis=0) > 1  # a seed of one candidate alone compares nothing
    known = seen.sum(axis=1) > 0
    fit = _fit(np.where(seen, losses, np.nan)[known][:, seen.any(axis=0)], step)
    standings = iter(_standings(fit))
    unknown = Standing(behind=math.nan, at_least=0.0, at_most=math.inf)
    return [next(standings) if each else unknown for each in known]


@dataclass(frozen=True, eq=False)
class _Fit:
    """Levels of candidates, less their mean; their covariance is `inverse` times the variance of the errors."""

    levels: Floats  # (k,)
    inverse: Floats  # (k, k)
    deviation: float
    freedom: int  # degrees of freedom of the deviation; with 0 it is not known


def _fit(losses: Floats, step: float) -> _Fit:
    seen = ~np.isnan(losses)
    n_candidates, n_seeds = seen.shape
    middle = np.mean(losses[seen]) if seen.any() else 0.0
    known = np.where(seen, losses - middle, 0.0)
    of_seed = seen / seen.sum(axis=0)
    information = np.diag(seen.sum(axis=1)) - of_seed @ seen.T
    inverse = np.linalg.pinv(information, hermitian=True)
    levels = inverse @ (known.sum(axis=1) - of_seed @ known.sum(axis=0))
    errors = np.where(seen, known - levels[:, None], 0.0)
    errors = np.where(seen, errors - errors.sum(axis=0) / seen.sum(axis=0), 0.0)
    freedom = int(seen.sum()) - n_candidates - n_seeds + 1
    rounding = max(step, _TINY * float(np.abs(losses[seen]).max(initial=0.0))) / math.sqrt(12)
    deviation = max(math.sqrt(float(np.sum(errors**2)) / freedom), rounding) if freedom > 0 else math.inf
    return _Fit(levels, inverse, deviation, freedom)


def _standings(fit: _Fit) -> list[Standing]:
    return [_standing(fit, number) for number in range(len(fit.levels))]


def _standing(fit: _Fit, number: int) -> Standing:
    """Return how a candidate stands to the others, by Hsu's interval: d errors to either side, and nothing below 0."""
    behind = float(fit.levels[number] - fit.levels.min())
    if fit.freedom <= 0:
        return Standing(behind=behind, at_least=0.0, at_most=math.inf)
    surest_first = np.argsort(fit.inverse.diagonal(), kind="stable")  # in whatever order they come
    contrasts = np.eye(len(fit.levels))[surest_first[surest_first != number]]
    contrasts[:, number] -= 1
    covariance = contrasts @ fit.inverse @ contrasts.T
    roots = np.sqrt(np.diag(covariance))
    margins = _quantile(covariance / np.outer(roots, roots), fit.freedom) * fit.deviation * roots
    worse = -contrasts @ fit.levels
    at_least, at_most = float(np.max(worse - margins)), float(np.max(worse + margins))
    return Standing(behind=behind, at_least=max(at_least, 0.0), at_most=max(at_most, 0.0))


def _quantile(correlation: Floats, freedom: int) -> float:
    """Return the number below which the largest of several of Student's numbers is in 95 % of all cases.

    It is that of many draws (Edwards and Berry 1987, "The efficiency of simulation-based multiple comparisons").
    """
    from scipy.special import stdtrit

    if len(correlation) == 1:
        return float(stdtrit(freedom, _LEVEL))
    return _drawn_quantile(tuple(map(tuple, correlation.round(_DIGITS).tolist())), freedom)


@lru_cache(maxsize=256)
def _drawn_quantile(correlation: tuple[tuple[float, ...], ...], freedom: int) -> float:
    chance = np.random.default_rng(0)
    normal = chance.multivariate_normal(np.zeros(len(correlation)), correlation, size=_DRAWS, method="cholesky")
    deviations = np.sqrt(chance.chisquare(freedom, size=_DRAWS) / freedom)
    return float(np.quantile(normal.max(axis=1) / deviations, _LEVEL))
