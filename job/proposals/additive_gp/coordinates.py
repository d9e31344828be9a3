"""The points of a space as the rows of a matrix, which is what the model and its search reckon with."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.random import RandomState

from job.core.space import Dimension, Params, Space, Value
from job.core.space.conditions import parents_first
from job.proposals.additive_gp.axes import Axis
from job.proposals.draws import Floats

DECIMALS = 9  # of a code: positions of real numbers that agree in so many are one point


class _Condition(NamedTuple):
    """A column is active where another has one of these codes."""

    on: int
    codes: tuple[float, ...]


@dataclass(frozen=True)
class Coordinates:
    """A space whose points are rows of codes: a column for each dimension of more than one value, NaN where inactive.

    With `fixed` values, what is drawn and moved here has them.
    """

    space: Space
    fixed: tuple[tuple[str, Value], ...] = ()

    @cached_property
    def axes(self) -> tuple[Axis, ...]:
        return tuple(Axis(each) for each in self.space.dimensions if each.size != 1)

    def rows(self, points: Sequence[Params]) -> Floats:
        """Return points as rows, of shape (n_points, n_axes)."""
        columns = [
            [axis.code(point[name]) if (name := axis.dimension.name) in point else np.nan for point in points]
            for axis in self.axes
        ]
        return self._rounded(np.array(columns, dtype=float).reshape(len(self.axes), len(points)).T)

    def point(self, row: Floats) -> dict[str, Value]:
        """Return the point that a row is. The fixed values are in it to the last digit, which no code tells."""
        coded = zip(self.axes, row, strict=True)
        values = {axis.dimension.name: axis.value(code) for axis, code in coded if not np.isnan(code)}
        return self.space.completed(values | dict(self.fixed))

    def codes_at(self, quantiles: Floats) -> Floats:
        """Return the codes at quantiles of the prior, of shape (n_points, n_axes), whatever is active."""
        columns = [axis.codes_at(column) for axis, column in zip(self.axes, quantiles.T, strict=True)]
        return self._rounded(np.array(columns).reshape(quantiles.T.shape).T)

    def possible(self, codes: Floats) -> Floats:
        """Return codes as the rows of points: with the fixed values, and NaN in what is inactive."""
        rows = codes.copy()
        for column, held in self._held.items():
            others = held[np.nan_to_num(codes[:, column]).astype(int) % len(held)]
            rows[:, column] = np.where(np.isin(codes[:, column], held), codes[:, column], others)
        for column, conditions in self._conditions.items():
            active = np.all([np.isin(rows[:, each.on], each.codes) for each in conditions], axis=0)
            rows[~active, column] = np.nan
        return rows

    def completed(self, codes: Floats, chance: RandomState) -> Floats:
        """Return what `possible` does; what is NaN, and active beside the other values, is drawn from its prior."""
        if not self._conditions:
            return self.possible(codes)
        drawn = self.codes_at(chance.random_sample(codes.shape))
        return self.possible(np.where(np.isnan(codes), drawn, codes))

    @cached_property
    def _columns(self) -> dict[str, int]:
        return {axis.dimension.name: column for column, axis in enumerate(self.axes)}

    @cached_property
    def _held(self) -> dict[int, Floats]:
        """The codes that a column may have, where values are fixed, or needed for those."""
        values = self.space.needed(name for name, _ in self.fixed) | {name: (value,) for name, value in self.fixed}
        columns = ((name, self._columns[name]) for name in values if name in self._columns)
        return {
            column: self._rounded(np.array([self.axes[column].code(each) for each in values[name]]))
            for name, column in columns
        }

    @cached_property
    def _conditions(self) -> dict[int, tuple[_Condition, ...]]:
        """The conditions of each column that has some, those that it depends on before it."""
        ordered = parents_first(self.space.dimensions)
        found = {each.name: tuple(self._conditions_of(each)) for each in ordered if each.name in self._columns}
        return {self._columns[name]: conditions for name, conditions in found.items() if conditions}

    def _conditions_of(self, dimension: Dimension) -> Iterator[_Condition]:
        for name, values in dimension.when.items():
            (parent,) = (each for each in self.space.dimensions if each.name == name)
            if name in self._columns:
                axis = Axis(parent)
                yield _Condition(self._columns[name], tuple(axis.code(each) for each in values))
            else:  # of one value, which is there where the conditions of that dimension hold
                yield from self._conditions_of(parent)

    @staticmethod
    def _rounded(codes: Floats) -> Floats:
        are_whole = codes == np.rint(codes)  # large ones among them are too large to be scaled, as rounding does
        return np.where(are_whole, codes, np.round(codes, DECIMALS)) + 0.0  # which turns a negative zero positive
