"""Values of a dimension at quantiles of its prior: what random points of a space are made of."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from job.core.space import Categorical, Dimension, Integer, Params, Space, Value

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
    if isinstance(dimension, Categorical):
        count = len(dimension.categories)
        return [dimension.categories[min(int(quantile * count), count - 1)] for quantile in quantiles]
    step: float = dimension.step or (1 if isinstance(dimension, Integer) else 0)
    low, high = dimension.low - step / 2, dimension.high + step / 2
    if dimension.prior == "log-uniform":
        low = max(low, dimension.low / 2)  # where the first step is longer than the way from zero to it
        drawn = np.exp(math.log(low) + quantiles * (math.log(high) - math.log(low)))
    else:
        drawn = low + quantiles * (high - low)
    if not step:
        return [float(value) for value in np.clip(drawn, dimension.low, dimension.high)]
    last = (dimension.size or 1) - 1
    return [dimension.at(int(index)) for index in np.clip(np.rint((drawn - dimension.low) / step), 0, last)]
