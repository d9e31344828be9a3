"""What a surrogate says of each dimension of its space, and how well it predicts, in numbers.

The shares of the variance are Sobol's indices of the surrogate's mean over the space, drawn by its priors: functional
ANOVA (Hutter, Hoos and Leyton-Brown 2014), by the Monte Carlo of Saltelli et al. 2010. The predictions of the refits of
what each was fitted without show the surrogate's skill, and their shares and costs how sure those are.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import sobol_indices, spearmanr, uniform

from job.core.space import Categorical, Dimension, Params, Value
from job.proposals.draws import points_at, values_at
from job.proposals.surrogate import FittedSurrogate
from job.report.content import Effect, FixingSummary, ShareSummary, Skill
from job.report.refits import Refitted, reach

Floats = NDArray[np.float64]

_SEED = 0  # of the sampling, which is no choice of the search
# A surrogate that varies over the space by less than this part of how the scores do is taken for a constant.
_LEAST_VARIATION = 0.01
_VALUES = 17  # of a number, evenly over its prior, at which it is fixed
# The 95 % interval of a difference of two normal errors reaches so many times their mean absolute error.
_ERRORS_OF_DIFFERENCE = 1.96 * np.sqrt(2) * np.sqrt(np.pi / 2)


def measure(surrogate: Refitted, *, scored: Sequence[int], best: Params, samples: int) -> tuple[Skill, list[Effect]]:
    """Return how well the surrogate predicts, and what each dimension does to it; no effects where it is a constant.

    Of the trials that it was fitted to, those with the numbers `scored` have a score of their own; `best` is the point
    of the best of them. The Monte Carlo has `samples` base points, a power of two.
    """
    skill = _skill(surrogate, scored)
    if _is_constant(surrogate.whole, samples):
        return skill, []
    shares = _shares(surrogate, skill, samples)
    effects: list[Effect] = []
    for dimension, (main, interaction, total) in zip(surrogate.space.dimensions, shares, strict=True):
        fixings = _fixings(surrogate, skill, dimension, best)
        effects.append(
            {
                "name": dimension.name,
                "main": main,
                "interaction": interaction,
                "total": total,
                "at_best": fixings[0] if dimension.name in best else None,
                "at_worst": max(fixings, key=lambda fixing: fixing["cost"]),
            }
        )
    return skill, effects


def _skill(surrogate: Refitted, scored: Sequence[int]) -> Skill:
    whole = surrogate.whole
    all_predicted = np.empty(len(whole.points))
    for group, refit in zip(surrogate.groups, surrogate.refits, strict=True):
        all_predicted[group] = refit.predict_mean(whole.encode([whole.points[place] for place in group]))
    _, own = np.unique(whole.numbers, return_index=True)  # before the scores of its replicates
    has_score = own[np.isin(whole.numbers, scored)[own]]
    values, predicted = whole.values[has_score], all_predicted[has_score]
    errors, deviations = np.abs(values - predicted), np.abs(values - values.mean())
    return {
        "trials": len(values),
        "folds": len(surrogate.groups),
        "r2": float(1 - np.sum(errors**2) / np.sum(deviations**2)),
        "rank_correlation": float(spearmanr(values, predicted).statistic) if np.ptp(predicted) > 0 else 0.0,
        "mean_absolute_error": float(errors.mean()),
        "median_absolute_error": float(np.median(errors)),
        "spread": float(deviations.mean()),
    }


def _is_constant(surrogate: FittedSurrogate, samples: int) -> bool:
    space = surrogate.space
    points = points_at(space, np.random.default_rng(_SEED).random((len(space.dimensions), samples)))
    variation = np.std(surrogate.predict_mean(surrogate.encode(points)))
    return bool(variation < _LEAST_VARIATION * np.std(surrogate.values))


def _shares(surrogate: Refitted, skill: Skill, samples: int) -> list[tuple[ShareSummary, ShareSummary, ShareSummary]]:
    """Return of each dimension what it explains by itself, by interactions, and in all.

    All fits may miss the same: what they do not predict may be any dimension's, and so may be more of it by an even
    part of that.
    """

    def predict(quantiles: Floats) -> Floats:
        """Return the means of all fits, of shape (1 + n_refits, n), for quantiles of shape (n_dimensions, n)."""
        return surrogate.predict_by_all(points_at(surrogate.space, quantiles))

    indices = sobol_indices(
        func=predict,
        n=samples,
        dists=[uniform()] * len(surrogate.space.dimensions),
        rng=np.random.default_rng(_SEED),
    )
    mains, totals = indices.first_order, indices.total_order
    missed = (1.0 - np.clip(skill["r2"], 0.0, 1.0)) / len(surrogate.space.dimensions)
    each_with_interval = (_with_intervals(each, missed) for each in (mains, totals - mains, totals))
    return list(zip(*each_with_interval, strict=True))


def _with_intervals(shares: Floats, missed: float) -> list[ShareSummary]:
    """Return the share of each dimension; `shares`, of shape (1 + n_refits, n_dimensions), has the refits' last."""
    to_either_side = reach(shares)
    bounded = np.clip([shares[0], shares[0] - to_either_side, shares[0] + to_either_side + missed], 0.0, 1.0)
    return [{"share": float(share), "low": float(low), "high": float(high)} for share, low, high in bounded.T]


def _fixings(surrogate: Refitted, skill: Skill, dimension: Dimension, best: Params) -> list[FixingSummary]:
    """Return what it costs to fix a dimension at each of some values, first at the best trial's if that has one.

    Where it is inactive it makes no difference. All fits are asked for the same difference, that from the value which
    costs the whole least: so one that is within chance has either sign. Most of these points have not been tried, and
    to how all fits differ there comes by how much they are off together.
    """
    name, space = dimension.name, surrogate.space
    values = [*([best[name]] if name in best else []), *_values_over(dimension)]
    points = [space.completed({**point, name: value}) for value in values for point in surrogate.whole.points]
    means = surrogate.predict_by_all(points).reshape(-1, len(values), len(surrogate.whole.points))
    losses = np.min(surrogate.whole.objective.sign * means, axis=2)
    costs = losses - losses[:, [losses[0].argmin()]]
    to_either_side = np.hypot(reach(costs), _ERRORS_OF_DIFFERENCE * skill["mean_absolute_error"])
    return [
        {"value": value, "cost": float(cost), "low": float(cost - side), "high": float(cost + side)}
        for value, cost, side in zip(values, costs[0], to_either_side, strict=True)
    ]


def _values_over(dimension: Dimension) -> Sequence[Value]:
    """Return all categories of a dimension, or numbers evenly over its prior."""
    if isinstance(dimension, Categorical):
        return dimension.categories
    return list(dict.fromkeys(values_at(dimension, np.linspace(0.0, 1.0, _VALUES))))
