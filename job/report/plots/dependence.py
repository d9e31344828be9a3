"""What the surrogate predicts along one or two dimensions: averaged over the others, or with those held at a point."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from job.core.space import Categorical, Dimension, Integer, Params, Real, Space, Value
from job.proposals.draws import Floats, points_at

_SEED = 0  # the same study gives the same plot


class Surrogate(Protocol):
    """A model of the score over the space, fitted to the trials."""

    @property
    def space(self) -> Space: ...

    def predict(self, points: Sequence[Params]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return mean and standard deviation of the score at each point, in its natural unit; of shape (n_points,)."""
        ...


@dataclass(frozen=True)
class Dependence:
    """What the surrogate predicts with some dimensions held at each value of their grids.

    `mean`, and `deviation`, the surrogate's standard deviation of a prediction, have an axis for each grid.
    """

    grids: tuple[list[Value], ...]
    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]


def partial_dependence(surrogate: Surrogate, names: Sequence[str], *, resolution: int, n_points: int) -> Dependence:
    """Return the partial dependence on the dimensions `names` (Friedman 2001, "Greedy function approximation", 8.2).

    A grid has at most `resolution` values. The mean is over `n_points` points of the space, drawn by its priors, at
    which the dimensions are active; where they are so at no point, it is NaN.
    """
    space = surrogate.space
    dimensions = {dimension.name: dimension for dimension in space.dimensions}
    grids = tuple(grid(dimensions[name], resolution) for name in names)
    held = [dict(zip(names, values, strict=True)) for values in product(*grids)]
    quantiles = latin_hypercube(len(dimensions), n_points)
    admitted = [fixed for fixed in held if space.admits(fixed)]
    predicted = surrogate.predict([point for fixed in admitted for point in points_at(space, quantiles, fixed)])
    means = (each.reshape(-1, n_points).mean(axis=-1) for each in predicted)
    places = [place for place, fixed in enumerate(held) if space.admits(fixed)]
    mean, deviation = (_filled(places, each, shape=tuple(map(len, grids))) for each in means)
    return Dependence(grids, mean, deviation)


def slice_through(surrogate: Surrogate, name: str, point: Params, *, resolution: int) -> Dependence:
    """Return what the surrogate predicts along the dimension `name`, active at `point`, with all others as there.

    Those that are active with some of its values alone are in their middle where `point` has none.
    """
    space = surrogate.space
    (dimension,) = (each for each in space.dimensions if each.name == name)
    values = grid(dimension, resolution)
    mean, deviation = surrogate.predict([space.completed({**point, name: value}) for value in values])
    return Dependence((values,), mean, deviation)


def grid(dimension: Dimension, most: int) -> list[Value]:
    """Return values all along a dimension in even steps: every one of a few, and at most `most`, but for categories."""
    if isinstance(dimension, Categorical) or (dimension.size is not None and dimension.size <= most):
        return [dimension.at(index) for index in range(dimension.size or 0)]
    return list(dict.fromkeys(_along(dimension, index / (most - 1)) for index in range(most)))


def latin_hypercube(n_dimensions: int, n_points: int) -> Floats:
    """Return quantiles of points, one a column, that fill a space evenly (McKay, Beckman and Conover 1979).

    They are always the same.
    """
    generator = np.random.default_rng(_SEED)
    rows = [(generator.permutation(n_points) + generator.random(n_points)) / n_points for _ in range(n_dimensions)]
    return np.array(rows)


def _filled(places: Sequence[int], values: Floats, *, shape: tuple[int, ...]) -> Floats:
    """Return an array of a shape with `values` at `places`, counted along it, and NaN elsewhere."""
    filled = np.full(shape, np.nan)
    filled.flat[places] = values
    return filled


def _along(dimension: Real | Integer, share: float) -> Value:
    """Return the value at a share of the way from bound to bound, on the dimension's scale."""
    low, high = dimension.low, dimension.high
    if dimension.prior == "log-uniform":
        value = math.exp(math.log(low) + share * (math.log(high) - math.log(low)))
    else:
        value = low + share * (high - low)
    return dimension.nearest(round(value) if isinstance(dimension, Integer) else value)
