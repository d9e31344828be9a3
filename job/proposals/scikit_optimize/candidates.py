"""Points among which the acquisition function chooses, as scikit-optimize is told them."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from job.core.space import Params, Space
from job.proposals.draws import Floats, points_at
from job.proposals.scikit_optimize.flat import flattened, skopt_dimension

Told = list[list[Any]]

# How many points are drawn to replace a proposal that has been tried; a finite space up to this size is listed.
_CANDIDATES = 10_000
# Around so many of the best points so many others are looked at, ever nearer: so far off in quantiles of dimensions.
_STARTS, _MOVES = 5, 100
_REACHES = (0.2, 0.1, 0.05, 0.02, 0.01)
_SHARE_MOVED = 0.3  # of the dimensions in each of them, besides one
_SHARE_ANEW = 0.1  # of these values that are drawn anew, for categories without an order


def is_listed(space: Space) -> bool:
    """Tell whether every point of a space is among its candidates."""
    return space.size is not None and space.size <= _CANDIDATES


def all_points(space: Space, seed: int, fixed: Params) -> Told:
    """Return every point with the `fixed` values, in random order."""
    points = [flattened(space, point) for point in space.points(fixed)]
    return [points[index] for index in np.random.default_rng(seed).permutation(len(points))]


def random_points(space: Space, seed: int, fixed: Params) -> Told:
    """Return points with the `fixed` values that scikit-optimize draws."""
    from skopt.space import Space as SkoptSpace

    drawn: Told = SkoptSpace([skopt_dimension(each) for each in space.dimensions]).rvs(
        n_samples=_CANDIDATES, random_state=seed
    )
    names = space.names  # which is made anew each time
    return [[fixed.get(name, value) for name, value in zip(names, point, strict=True)] for point in drawn]


def searched_points(space: Space, seed: int, fixed: Params, utility: Callable[[Told], Floats] | None) -> Told:
    """Return points with the `fixed` values: random ones, without `utility`.

    With it, the best first, of random ones and of those that are found in small steps from the best of them, which are
    taken in every dimension alike (Hutter, Hoos and Leyton-Brown 2011, "Sequential model-based optimization for general
    algorithm configuration", section 4.3).
    """
    generator = np.random.default_rng(seed)
    quantiles = generator.random((len(space.dimensions), _CANDIDATES))
    points = _told(space, quantiles, fixed)
    if utility is None:
        return points
    utilities = utility(points)
    for reach in _REACHES:
        best = np.argsort(-utilities, kind="stable")[:_STARTS]
        moved = _moved(np.repeat(quantiles[:, best], _MOVES, axis=1), reach, generator)
        around = _told(space, moved, fixed)
        quantiles, points = np.hstack([quantiles, moved]), points + around
        utilities = np.concatenate([utilities, utility(around)])
    return [points[index] for index in np.argsort(-utilities, kind="stable")]


def _told(space: Space, quantiles: Floats, fixed: Params) -> Told:
    return [flattened(space, point) for point in points_at(space, quantiles, fixed)]


def _moved(quantiles: Floats, reach: float, generator: np.random.Generator) -> Floats:
    """Return points, one a column, each moved by about `reach` in some of its dimensions, and in at least one."""
    is_moved = generator.random(quantiles.shape) < _SHARE_MOVED
    is_moved[generator.integers(len(quantiles), size=quantiles.shape[1]), np.arange(quantiles.shape[1])] = True
    steps = np.clip(quantiles + reach * generator.standard_normal(quantiles.shape), 0.0, 1.0)
    anew = generator.random(quantiles.shape)
    values: NDArray[np.float64] = np.where(generator.random(quantiles.shape) < _SHARE_ANEW, anew, steps)
    return np.where(is_moved, values, quantiles)
