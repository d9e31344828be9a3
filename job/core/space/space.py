"""The space: dimensions with distinct names, and what is a point of it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from job.core.space.conditions import check_conditions, needed, parents_first
from job.core.space.dimensions import Dimension
from job.core.space.summary import describe
from job.core.space.when import is_among
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
        check_conditions(self.dimensions)
        for name in names:
            if not all(self.needed([name]).values()):
                raise SettingsError(f"{name}: when: expected conditions that can be met at once, found others")

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(dimension.name for dimension in self.dimensions)

    @cached_property
    def size(self) -> int | None:
        """How many points there are; None when a dimension that can be active is real, and on no step."""
        return self._count({}, self._parents_first)

    @cached_property
    def is_conditional(self) -> bool:
        """Whether there are points at which a dimension is inactive."""
        return any(each.when for each in self.dimensions)

    def active(self, params: Params) -> tuple[Dimension, ...]:
        """Return the dimensions that are active at a point, in their order; of some values of one, those that are sure.

        A dimension whose conditions are on one that is inactive is so too.
        """
        names = self._active_names(params)
        return tuple(each for each in self.dimensions if each.name in names)

    def needed(self, names: Iterable[str]) -> dict[str, tuple[Value, ...]]:
        """Return which values of which other dimensions make these ones active.

        There is an empty tuple where they never are so at once.
        """
        return needed(names, self._named)

    def admits(self, params: Params) -> bool:
        """Tell whether there are points that have these values, all of which are inside their dimensions."""
        needed = self.needed(params)
        return all(is_among(params[name], each) if name in params else bool(each) for name, each in needed.items())

    def points(self, fixed: Params) -> Iterator[Params]:
        """Yield every point of a space that has a size, those alone that have the `fixed` values."""
        return self._points({}, self._parents_first, fixed)

    def check(self, params: Params) -> None:
        """Raise SettingsError unless `params` names the active dimensions and no other, each with a value inside it."""
        active = self.active(params)
        if set(params) != {each.name for each in active}:
            found = ", ".join(map(str, params)) or "none"
            raise SettingsError(f"expected values for {', '.join(each.name for each in active)}, found {found}")
        for dimension in active:
            if params[dimension.name] not in dimension:
                value = shown(params[dimension.name])
                raise SettingsError(f"{dimension.name}: {value} is outside {describe(dimension)}")

    def completed(self, params: Params) -> dict[str, Value]:
        """Return the point that has these values.

        Those of inactive dimensions are left out. An active one that has none gets the one in its middle.
        """
        point: dict[str, Value] = {}
        for each in self._parents_first:
            if _holds(each, point):
                value = params.get(each.name)
                point[each.name] = each.middle if value is None else value
        return self._in_order(point)

    def nearest(self, params: Params) -> dict[str, Value]:
        """Return the point of `params`, with each value that its dimension does not have moved to the nearest one."""
        inside = {each.name: each.nearest(params[each.name]) for each in self.dimensions if each.name in params}
        return self.completed(inside)

    def params(self, values: Sequence[Value]) -> dict[str, Value]:
        """Name `values`, which are in the order of the dimensions; those of inactive ones are left out."""
        named = dict(zip(self.names, values, strict=True))
        return self.completed(named) if self.is_conditional else named

    def values(self, params: Params) -> list[Value]:
        """List the values of a point in the order of the dimensions; an inactive one has the one in its middle."""
        if not self.is_conditional:
            return [params[name] for name in self.names]
        active = self._active_names(params)
        return [params[each.name] if each.name in active else each.middle for each in self.dimensions]

    @cached_property
    def _named(self) -> dict[str, Dimension]:
        return {each.name: each for each in self.dimensions}

    @cached_property
    def _parents_first(self) -> tuple[Dimension, ...]:
        """The dimensions in their order, but for those that are conditions of others, which come before them."""
        return parents_first(self.dimensions)

    def _active_names(self, params: Params) -> set[str]:
        point: dict[str, Value] = {}
        names = set()
        for each in self._parents_first:
            if _holds(each, point):
                names.add(each.name)
                if each.name in params:
                    point[each.name] = params[each.name]
        return names

    def _in_order(self, point: Params) -> dict[str, Value]:
        return {name: point[name] for name in self.names if name in point}

    def _points(self, point: Params, rest: Sequence[Dimension], fixed: Params) -> Iterator[Params]:
        if not rest:
            yield self._in_order(point)
            return
        first, *others = rest
        if not _holds(first, point):
            if first.name not in fixed:
                yield from self._points(point, others, fixed)
            return
        values = [fixed[first.name]] if first.name in fixed else map(first.at, range(first.size or 0))
        for value in values:
            yield from self._points({**point, first.name: value}, others, fixed)

    def _count(self, point: Params, rest: Sequence[Dimension]) -> int | None:
        """Return how many points there are that go on from one which has values for all dimensions but the `rest`."""
        if not rest:
            return 1
        first, *others = rest
        if not _holds(first, point):
            return self._count(point, others)
        if any(first.name in each.when for each in others):
            counts = [self._count({**point, first.name: first.at(index)}, others) for index in range(first.size or 0)]
            return None if None in counts else sum(count for count in counts if count is not None)
        count = self._count(point, others)
        return None if first.size is None or count is None else first.size * count


def _holds(dimension: Dimension, point: Params) -> bool:
    """Tell whether a dimension is active beside the values of those before it."""
    if not dimension.when:
        return True
    return all(name in point and is_among(point[name], values) for name, values in dimension.when.items())
