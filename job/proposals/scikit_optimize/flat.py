"""A space and its points as scikit-optimize is told them: flat, and in numbers where there is an order."""

from collections.abc import Sequence
from typing import Any, TypeGuard

import numpy as np

from job.core.space import Categorical, Dimension, Integer, Ordinal, Params, Real, Space, Value


def skopt_dimension(dimension: Dimension) -> Any:
    """Return a dimension as scikit-optimize's own: an ordinal one as the places of its categories, from 0.

    One on a step is there from bound to bound. Scaled to 0 and 1, as surrogates see it, that is the number of steps,
    or its logarithm.
    """
    from skopt import space

    match dimension:
        case Real():
            return space.Real(dimension.low, dimension.high, prior=dimension.prior, name=dimension.name)
        case Integer():
            return space.Integer(dimension.low, dimension.high, prior=dimension.prior, name=dimension.name)
        case Ordinal() if is_told_by_place(dimension):
            return space.Integer(0, dimension.size - 1, name=dimension.name)
        case Categorical():
            return space.Categorical(dimension.categories, name=dimension.name)


def is_told_by_place(dimension: Dimension) -> TypeGuard[Ordinal]:
    """Tell whether scikit-optimize knows the places of a dimension's categories, and not these themselves."""
    return isinstance(dimension, Ordinal) and dimension.size > 1


def flattened(space: Space, params: Params) -> list[Value]:
    """Return a point as scikit-optimize is told it."""
    told = zip(space.dimensions, space.values(params), strict=True)
    return [each.index(value) if is_told_by_place(each) else value for each, value in told]


def unflattened(space: Space, told: Sequence[Any]) -> dict[str, Value]:
    """Return the point that scikit-optimize knows so; NumPy's scalars, which it hands out, become Python's own."""
    values = zip(space.dimensions, map(plain, told), strict=True)
    return space.params([each.at(int(value)) if is_told_by_place(each) else value for each, value in values])


def plain(value: Any) -> Value:
    """Return a NumPy scalar as a Python one."""
    plain: Value = value.item() if isinstance(value, np.generic) else value
    return plain
