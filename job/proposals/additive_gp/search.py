"""Where a function of the points of a space is highest, among those that have not been tried."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.random import RandomState

from job.proposals.additive_gp.coordinates import Coordinates
from job.proposals.additive_gp.encoding import Indices
from job.proposals.additive_gp.moves import around
from job.proposals.draws import Floats

Worth = Callable[[Floats], Floats]  # from rows of points, of shape (n_points, n_axes), to (n_points,)

_DRAWN, _CROSSED, _MUTATED = 400, 120, 240  # points of each kind that are looked at first
_SHARE_MUTATED = 2.0  # dimensions on average
PARENTS, _SURROUNDED = 5, 3  # of the best points
_CLIMBERS, _CLIMBS = 3, 12
_LEAST_GAIN = 1e-6
_ALIKE = 1e-9  # values that differ by less may do so by rounding: the first of them is taken
_LISTED = 10_000  # points of a space that are looked at one by one, where no other way leads to one
_ATTEMPTS = 50


@dataclass(frozen=True, kw_only=True, eq=False)
class Search:
    """A search of a space by random points, offspring of good ones, and a climb from the best of them.

    The climb goes from point to point, each next to the one before (Hutter, Hoos and Leyton-Brown 2011, "Sequential
    model-based optimization for general algorithm configuration", 4.3).
    """

    points: Coordinates
    tried: Floats  # rows
    chance: RandomState

    def highest(self, worth: Worth, good: Floats) -> Floats | None:
        """Return the row of the untried point that is worth most; None where there is none.

        `good` are rows of good points, the best first.
        """
        candidates = self._untried(self._candidates(good))
        if not len(candidates):
            candidates = self._leftover()
        if not len(candidates):
            return None
        values = worth(candidates)
        climbers = leaders(-values, _CLIMBERS)
        return self._climbed(worth, candidates[climbers], values[climbers])

    def _candidates(self, good: Floats) -> Floats:
        points, chance, n_axes = self.points, self.chance, good.shape[1]
        drawn = points.codes_at(chance.random_sample((_DRAWN, n_axes)))
        parents = good[:PARENTS]
        one, other = (parents[chance.randint(len(parents), size=_CROSSED)] for _ in range(2))
        crossed = np.where(chance.random_sample(one.shape) < 0.5, one, other)
        origins = parents[chance.randint(len(parents), size=_MUTATED)]
        anew = points.codes_at(chance.random_sample(origins.shape))
        mutated = np.where(chance.random_sample(origins.shape) < _SHARE_MUTATED / n_axes, anew, origins)
        offspring = points.completed(np.vstack([drawn, crossed, mutated]), chance)
        return np.vstack([offspring, *(around(points, each, chance) for each in good[:_SURROUNDED])])

    def _climbed(self, worth: Worth, rows: Floats, values: Floats) -> Floats:
        """Return the row of the highest point that is reached from several."""
        rows, values, climbing = rows.copy(), values.copy(), list(range(len(rows)))
        for _ in range(_CLIMBS):
            surroundings = [self._untried(around(self.points, rows[each], self.chance)) for each in climbing]
            ends = np.cumsum([len(each) for each in surroundings])
            if not climbing or not ends[-1]:
                break
            all_values = np.split(worth(np.vstack(surroundings)), ends[:-1])
            better = []
            for climber, near, heights in zip(climbing, surroundings, all_values, strict=True):
                if len(near) and heights.max() > values[climber] + _LEAST_GAIN:
                    (highest,) = leaders(-heights, 1)
                    rows[climber], values[climber] = near[highest], heights[highest]
                    better.append(climber)
            climbing = better
        (highest,) = leaders(-values, 1)
        top: Floats = rows[highest]
        return top

    def _leftover(self) -> Floats:
        """Return untried points where those that were looked at have all been tried: all, of a small space."""
        points = self.points
        if points.space.size is not None and points.space.size <= _LISTED:
            return self._untried(points.rows(list(points.space.points(dict(points.fixed)))))
        shape = (_DRAWN, len(points.axes))
        for _ in range(_ATTEMPTS):
            drawn = self._untried(points.possible(points.codes_at(self.chance.random_sample(shape))))
            if len(drawn):
                return drawn
        return np.empty((0, len(points.axes)))

    def _untried(self, rows: Floats) -> Floats:
        return rows[[row.tobytes() not in self._tried_rows for row in rows]]

    @cached_property
    def _tried_rows(self) -> set[bytes]:
        return {row.tobytes() for row in self.tried}


def leaders(values: Floats, count: int) -> Indices:
    """Return the places of at most so many of the least of some values, in order; of those alike, the earliest first.

    So rounding does not decide between points that are worth the same.
    """
    left, found = values.copy(), []
    for _ in range(min(count, len(values))):
        place = int(np.flatnonzero(left <= left.min() + _ALIKE)[0])
        found.append(place)
        left[place] = np.inf
    return np.array(found, dtype=np.intp)
