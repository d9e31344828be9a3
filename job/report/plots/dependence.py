"""What the surrogate predicts along one or two dimensions: averaged over the others, or with those held at a point."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from job.core.space import Categorical, Dimension, Integer, Params, Space, Value

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

    A grid has at most `resolution` values. The mean is over `n_points` points of the space, drawn by its priors.
    """
    space = surrogate.space
    dimensions = {dimension.name: dimension for dimension in space.dimensions}
    grids = tuple(grid(dimensions[name], resolution) for name in names)
    others = latin_hypercube(space, n_points)
    held = [dict(zip(names, values, strict=True)) for values in product(*grids)]
    mean, deviation = surrogate.predict([{**point, **fixed} for fixed in held for point in others])
    shape = (*map(len, grids), n_points)
    return Dependence(grids, mean.reshape(shape).mean(axis=-1), deviation.reshape(shape).mean(axis=-1))


def slice_through(surrogate: Surrogate, name: str, point: Params, *, resolution: int) -> Dependence:
    """Return what the surrogate predicts along the dimension `name` with all others as at `point`."""
    (dimension,) = (each for each in surrogate.space.dimensions if each.name == name)
    values = grid(dimension, resolution)
    mean, deviation = surrogate.predict([{**point, name: value} for value in values])
    return Dependence((values,), mean, deviation)


def grid(dimension: Dimension, most: int) -> list[Value]:
    """Return values all along a dimension in even steps: every one of a few, and at most `most`, but for categories."""
    if isinstance(dimension, Categorical):
        return list(dimension.categories)
    if isinstance(dimension, Integer) and dimension.high - dimension.low < most:
        return list(range(dimension.low, dimension.high + 1))
    return list(dict.fromkeys(_quantile(dimension, index / (most - 1)) for index in range(most)))


def latin_hypercube(space: Space, n_points: int) -> list[dict[str, Value]]:
    """Return points that fill the space evenly by its priors (McKay, Beckman and Conover 1979), always the same."""
    generator = np.random.default_rng(_SEED)
    columns = []
    for dimension in space.dimensions:
        quantiles = (generator.permutation(n_points) + generator.random(n_points)) / n_points
        columns.append([_drawn(dimension, float(quantile)) for quantile in quantiles])
    return [space.params(values) for values in zip(*columns, strict=True)]


def _drawn(dimension: Dimension, quantile: float) -> Value:
    """Return the value of a draw from the prior, of which each whole number has the same share."""
    if isinstance(dimension, Integer) and dimension.prior == "uniform":
        return dimension.low + int(quantile * (dimension.high - dimension.low + 1))
    return _quantile(dimension, quantile)


def _quantile(dimension: Dimension, quantile: float) -> Value:
    """Return the value below which the share `quantile` of the prior lies."""
    if isinstance(dimension, Categorical):
        return dimension.categories[min(int(quantile * len(dimension.categories)), len(dimension.categories) - 1)]
    low, high = dimension.low, dimension.high
    if dimension.prior == "log-uniform":
        value = math.exp(math.log(low) + quantile * (math.log(high) - math.log(low)))
    else:
        value = low + quantile * (high - low)
    return min(max(round(value) if isinstance(dimension, Integer) else value, low), high)
