"""Values of a dimension at quantiles of its prior: what random points of a space are made of."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from job.core.space import Categorical, Dimension, Integer, Params, Real, Space, Value

Floats = NDArray[np.float64]


def points_at(space: Space, quantiles: Floats, fixed: Params | None = None) -> list[dict[str, Value]]:
    """Return a point for each column of `quantiles`, which has a row for each dimension; all are from 0 to 1.

    In every one of them are the `fixed` values, which there is a point with, and values of other dimensions with which
    those are active.
    """
    held, needed = fixed or {}, space.needed(fixed or {})
    columns: list[Sequence[Value]] = []
    for each, row in zip(space.dimensions, quantiles, strict=True):
        if each.name in held:
            columns.append([held[each.name]] * quantiles.shape[1])
        else:
            columns.append(values_at(Categorical(each.name, needed[each.name]) if each.name in needed else each, row))
    return [space.params(values) for values in zip(*columns, strict=True)]


def values_at(dimension: Dimension, quantiles: Floats) -> list[Value]:
    """Return the values at `quantiles` of a dimension's prior, in which each of counted values is a step wide."""
    if dimension.size is not None:
        return [dimension.at(int(place)) for place in places_at(dimension, quantiles)]
    assert isinstance(dimension, Real), "all others are counted"
    drawn = _drawn(dimension, dimension.low, dimension.high, quantiles)
    return [float(value) for value in np.clip(drawn, dimension.low, dimension.high)]


def places_at(dimension: Dimension, quantiles: Floats) -> Floats:
    """Return the places, from 0, of the values at `quantiles` of the prior of a dimension whose values are counted."""
    assert dimension.size is not None, "real numbers are not counted"
    last = dimension.size - 1
    if isinstance(dimension, Categorical):
        return np.minimum(np.floor(quantiles * dimension.size), last)
    step: float = dimension.step or 1
    low, high = dimension.low - step / 2, dimension.high + step / 2
    if dimension.prior == "log-uniform":
        low = max(low, dimension.low / 2)  # where the first step is longer than the way from zero to it
    return np.clip(np.rint((_drawn(dimension, low, high, quantiles) - dimension.low) / step), 0, last)


def _drawn(dimension: Real | Integer, low: float, high: float, quantiles: Floats) -> Floats:
    if dimension.prior == "log-uniform":
        return np.exp(math.log(low) + quantiles * (math.log(high) - math.log(low)))
    return low + quantiles * (high - low)
