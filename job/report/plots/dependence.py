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
from job.report.refits import reach

_SEED = 0  # the same study gives the same plot


class Surrogate(Protocol):
    """A model of the score over the space, fitted to the trials, with refits that show how sure it is."""

    @property
    def space(self) -> Space: ...

    def predict(self, points: Sequence[Params]) -> NDArray[np.float64]:
        """Return the mean of the score at each point, in its natural unit; of shape (n_points,)."""
        ...

    def predict_by_all(self, points: Sequence[Params]) -> NDArray[np.float64]:
        """Return the same, and below it what each refit says; of shape (1 + n_refits, n_points)."""
        ...


@dataclass(frozen=True)
class Dependence:
    """What the surrogate predicts with some dimensions held at each value of their grids.

    `mean` has an axis for each grid.
    """

    grids: tuple[list[Value], ...]
    mean: NDArray[np.float64]


@dataclass(frozen=True)
class SureDependence(Dependence):
    """The same, with how sure it is: the 95 % interval of the mean reaches so far to either side, at each value.

    `level` is the mean over all values, and `reach_of_level` that of its interval. `is_told` is whether the highest and
    the lowest mean differ by more than chance.
    """

    reach: NDArray[np.float64]
    level: float
    reach_of_level: float
    is_told: bool


def partial_dependence(surrogate: Surrogate, names: Sequence[str], *, resolution: int, n_points: int) -> Dependence:
    """Return the partial dependence on the dimensions `names` (Friedman 2001, "Greedy function approximation", 8.2).

    A grid has at most `resolution` values. The mean is over `n_points` points of the space, drawn by its priors, at
    which the dimensions are active; where they are so at no point, it is NaN.
    """
    asked = _points_held(surrogate.space, names, resolution, n_points)
    predicted = surrogate.predict(asked.points)
    return Dependence(asked.grids, asked.filled(predicted.reshape(-1, n_points).mean(axis=-1)))


def sure_dependence(surrogate: Surrogate, names: Sequence[str], *, resolution: int, n_points: int) -> SureDependence:
    """Return the same, with how sure it is."""
    asked = _points_held(surrogate.space, names, resolution, n_points)
    predicted = surrogate.predict_by_all(asked.points)
    means = predicted.reshape(len(predicted), -1, n_points).mean(axis=-1)
    return _with_certainty(asked, means)


def slice_through(surrogate: Surrogate, name: str, point: Params, *, resolution: int) -> SureDependence:
    """Return what the surrogate predicts along the dimension `name`, active at `point`, with all others as there.

    Those that are active with some of its values alone are in their middle where `point` has none.
    """
    space = surrogate.space
    (dimension,) = (each for each in space.dimensions if each.name == name)
    values = grid(dimension, resolution)
    means = surrogate.predict_by_all([space.completed({**point, name: value}) for value in values])
    return _with_certainty(_Asked((values,), [], range(len(values))), means)


@dataclass(frozen=True)
class _Asked:
    """Points with some dimensions held at values of `grids`: as many for each of the `places` along these."""

    grids: tuple[list[Value], ...]
    points: Sequence[Params]
    places: Sequence[int]

    def filled(self, values: Floats) -> Floats:
        """Return an array with an axis for each grid, of `values` for the places, and NaN elsewhere."""
        filled = np.full(tuple(map(len, self.grids)), np.nan)
        filled.flat[self.places] = values
        return filled


def _points_held(space: Space, names: Sequence[str], resolution: int, n_points: int) -> _Asked:
    dimensions = {dimension.name: dimension for dimension in space.dimensions}
    grids = tuple(grid(dimensions[name], resolution) for name in names)
    held = [dict(zip(names, values, strict=True)) for values in product(*grids)]
    quantiles = latin_hypercube(len(dimensions), n_points)
    places = [place for place, fixed in enumerate(held) if space.admits(fixed)]
    points = [point for place in places for point in points_at(space, quantiles, held[place])]
    return _Asked(grids, points, places)


def _with_certainty(asked: _Asked, means: Floats) -> SureDependence:
    """Return a dependence of means of shape (1 + n_refits, n_places)."""
    if not means.size:
        nowhere = asked.filled(np.empty(0))
        return SureDependence(asked.grids, nowhere, reach=nowhere, level=np.nan, reach_of_level=np.nan, is_told=False)
    levels, difference = means.mean(axis=1), means[:, means[0].argmax()] - means[:, means[0].argmin()]
    return SureDependence(
        asked.grids,
        asked.filled(means[0]),
        reach=asked.filled(reach(means)),
        level=float(levels[0]),
        reach_of_level=float(reach(levels)),
        is_told=bool(difference[0] > reach(difference)),
    )


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


def _along(dimension: Real | Integer, share: float) -> Value:
    """Return the value at a share of the way from bound to bound, on the dimension's scale."""
    low, high = dimension.low, dimension.high
    if dimension.prior == "log-uniform":
        value = math.exp(math.log(low) + share * (math.log(high) - math.log(low)))
    else:
        value = low + share * (high - low)
    return dimension.nearest(round(value) if isinstance(dimension, Integer) else value)
