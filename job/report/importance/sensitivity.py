"""What a surrogate says of each dimension of its space, and how well it predicts, in numbers.

The shares of the variance are Sobol's indices of the surrogate's mean over the space, drawn by its priors: functional
ANOVA (Hutter, Hoos and Leyton-Brown 2014), by the Monte Carlo of Saltelli et al. 2010. The surrogate is fitted anew
without each of some groups of trials: their predictions show its skill, and the shares of those fits how sure the
shares are (the delete-a-group jackknife, Kott 2001).
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import sobol_indices, spearmanr, t, uniform

from job.core.space import Categorical, Dimension, Params, Value
from job.proposals.draws import points_at, values_at
from job.proposals.surrogate import FittedSurrogate
from job.report.content import Effect, FixingSummary, ShareSummary, Skill

Floats = NDArray[np.float64]

_SEED = 0  # of the sampling, which is no choice of the search
# Up to so many trials are left out one by one; of more, so many groups.
_MOST_GROUPS_OF_ONE = 20
_GROUPS = 10
# A surrogate that varies over the space by less than this part of how the scores do is taken for a constant.
_LEAST_VARIATION = 0.01
_VALUES = 17  # of a number, evenly over its prior, at which it is fixed


def measure(
    surrogate: FittedSurrogate, *, scored: Sequence[int], best: Params, samples: int
) -> tuple[Skill, list[Effect]]:
    """Return how well the surrogate predicts, and what each dimension does to it; no effects where it is a constant.

    Of the trials that it was fitted to, those with the numbers `scored` have a score of their own; `best` is the point
    of the best of them. The Monte Carlo has `samples` base points, a power of two.
    """
    groups = _groups(surrogate.numbers)
    refits = [surrogate.without(group) for group in groups]
    skill = _skill(surrogate, groups, refits, scored)
    if _is_constant(surrogate, samples):
        return skill, []
    mains, totals = _shares((surrogate, *refits), samples)
    effects: list[Effect] = []
    for dimension, main, total in zip(surrogate.space.dimensions, mains, totals, strict=True):
        fixings = _fixings(surrogate, dimension, best)
        at_best = fixings[0] if dimension.name in best else None
        worst = max(fixings, key=lambda fixing: fixing["cost"])
        effects.append({"name": dimension.name, "main": main, "total": total, "at_best": at_best, "at_worst": worst})
    return skill, effects


def _groups(numbers: Sequence[int]) -> list[list[int]]:
    """Return the places of trials in groups, of which each is to be left out.

    Those of one number stay together: what repeats a score that is left out would tell it.
    """
    places = defaultdict[int, list[int]](list)
    for place, number in enumerate(numbers):
        places[number].append(place)
    trials, count = [*places.values()], len(places)
    groups = count if count <= _MOST_GROUPS_OF_ONE else _GROUPS
    drawn = np.array_split(np.random.default_rng(_SEED).permutation(count), groups)
    return [[place for trial in group for place in trials[trial]] for group in drawn]


def _skill(
    surrogate: FittedSurrogate,
    groups: Sequence[Sequence[int]],
    refits: Sequence[FittedSurrogate],
    scored: Sequence[int],
) -> Skill:
    all_predicted = np.empty(len(surrogate.points))
    for group, refit in zip(groups, refits, strict=True):
        all_predicted[group] = refit.predict_mean(surrogate.encode([surrogate.points[place] for place in group]))
    _, own = np.unique(surrogate.numbers, return_index=True)  # before the scores of its replicates
    has_score = own[np.isin(surrogate.numbers, scored)[own]]
    values, predicted = surrogate.values[has_score], all_predicted[has_score]
    errors, deviations = np.abs(values - predicted), np.abs(values - values.mean())
    return {
        "trials": len(values),
        "folds": len(groups),
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


def _shares(surrogates: Sequence[FittedSurrogate], samples: int) -> tuple[list[ShareSummary], list[ShareSummary]]:
    """Return main and total share of each dimension for the first of `surrogates`; the others are its refits."""
    whole = surrogates[0]

    def predict(quantiles: Floats) -> Floats:
        """Return the means of all surrogates, of shape (n_surrogates, n), for quantiles of shape (n_dimensions, n)."""
        encoded = whole.encode(points_at(whole.space, quantiles))
        return np.stack([surrogate.predict_mean(encoded) for surrogate in surrogates])

    indices = sobol_indices(
        func=predict,
        n=samples,
        dists=[uniform()] * len(whole.space.dimensions),
        rng=np.random.default_rng(_SEED),
    )
    return _with_intervals(indices.first_order), _with_intervals(indices.total_order)


def _with_intervals(shares: Floats) -> list[ShareSummary]:
    """Return the share of each dimension; `shares`, of shape (1 + n_refits, n_dimensions), has the refits' last."""
    whole, refitted = shares[0], shares[1:]
    groups = len(refitted)
    error = np.sqrt((groups - 1) / groups * np.sum((refitted - refitted.mean(axis=0)) ** 2, axis=0))
    reach = t.ppf(0.975, groups - 1) * error
    bounded = np.clip([whole, whole - reach, whole + reach], 0.0, 1.0)
    return [{"share": float(share), "low": float(low), "high": float(high)} for share, low, high in bounded.T]


def _fixings(surrogate: FittedSurrogate, dimension: Dimension, best: Params) -> list[FixingSummary]:
    """Return what it costs to fix a dimension at each of some values, first at the best trial's if that has one.

    Where it is inactive it makes no difference.
    """
    name, space = dimension.name, surrogate.space
    values = [*([best[name]] if name in best else []), *_values_over(dimension)]
    points = [space.completed({**point, name: value}) for value in values for point in surrogate.points]
    means = surrogate.predict_mean(surrogate.encode(points)).reshape(len(values), -1)
    losses = np.min(surrogate.objective.sign * means, axis=1)
    return [{"value": value, "cost": float(loss - losses.min())} for value, loss in zip(values, losses, strict=True)]


def _values_over(dimension: Dimension) -> Sequence[Value]:
    """Return all categories of a dimension, or numbers evenly over its prior."""
    if isinstance(dimension, Categorical):
        return dimension.categories
    return list(dict.fromkeys(values_at(dimension, np.linspace(0.0, 1.0, _VALUES))))
