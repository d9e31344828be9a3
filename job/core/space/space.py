"""The space: dimensions with distinct names, and what is a point of it."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from job.core.space.dimensions import Dimension
from job.core.space.summary import describe
from job.core.values import Params, Value, shown
from job.errors import SettingsError


@dataclass(frozen=True)
class Space:
    """The dimensions of a search, in the order in which points list their values."""

    dimensions: Sequence[Dimension]  # a tuple, once it is made

    def __post_init__(self) -> None:
        if not isinstance(self.dimensions, list | tuple) or not all(isinstance(e, Dimension) for e in self.dimensions):
            kinds = "Real, Integer, Categorical and Ordinal"
            raise SettingsError(f"expected a list of {kinds}, found {shown(self.dimensions)}")
        object.__setattr__(self, "dimensions", tuple(self.dimensions))
        names = self.names
        if not names or len(set(names)) != len(names):
            raise SettingsError(f"expected one or more dimensions with distinct names, found {list(names)}")

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(dimension.name for dimension in self.dimensions)

    @property
    def size(self) -> int | None:
        """How many points there are; None when a dimension is real, and on no step."""
        sizes = [dimension.size for dimension in self.dimensions]
        return None if None in sizes else math.prod(size for size in sizes if size is not None)

    def points(self, fixed: Params) -> Iterator[Params]:
        """Yield every point of a space that has a size, those alone that have the `fixed` values."""
        values = [
            [fixed[each.name]] if each.name in fixed else [each.at(index) for index in range(each.size or 0)]
            for each in self.dimensions
        ]
        return (self.params(point) for point in product(*values))

    def check(self, params: Params) -> None:
        """Raise SettingsError unless `params` names every dimension, each with a value inside it."""
        if set(params) != set(self.names):
            found = ", ".join(map(str, params)) or "none"
            raise SettingsError(f"expected values for {', '.join(self.names)}, found {found}")
        for dimension in self.dimensions:
            if params[dimension.name] not in dimension:
                value = shown(params[dimension.name])
                raise SettingsError(f"{dimension.name}: {value} is outside {describe(dimension)}")

    def nearest(self, params: Params) -> dict[str, Value]:
        """Return `params` with each value that its dimension does not have moved to the nearest that it has."""
        return {**params, **{each.name: each.nearest(params[each.name]) for each in self.dimensions}}

    def params(self, values: Sequence[Value]) -> dict[str, Value]:
        """Name `values`, which are in the order of the dimensions."""
        return dict(zip(self.names, values, strict=True))

    def values(self, params: Params) -> list[Value]:
        """List the values of `params` in the order of the dimensions."""
        return [params[name] for name in self.names]
