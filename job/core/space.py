"""The space that is searched: named dimensions, checked when they are made."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypedDict, TypeGuard

from job.errors import SettingsError

Value = int | float | str | bool
Params = Mapping[str, Value]
# Random forests compute in 32-bit floats, and integers are drawn as 64-bit ones: this is safe with both.
_LARGEST_BOUND = 1e15

Prior = Literal["uniform", "log-uniform"]


@dataclass(frozen=True)
class Real:
    """A real number in [low, high], drawn uniformly or uniformly in its logarithm."""

    name: str
    low: float
    high: float
    prior: Prior = "uniform"

    def __post_init__(self) -> None:
        _check_bounds(self)

    def __contains__(self, value: object) -> bool:
        return _is_number(value) and self.low <= value <= self.high


@dataclass(frozen=True)
class Integer:
    """A whole number in [low, high], both ends included."""

    name: str
    low: int
    high: int
    prior: Prior = "uniform"

    def __post_init__(self) -> None:
        _check_bounds(self)
        if not (isinstance(self.low, int) and isinstance(self.high, int)):
            raise SettingsError(f"{self.name}: expected whole numbers as bounds, found {self.low} and {self.high}")

    def __contains__(self, value: object) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and self.low <= value <= self.high


@dataclass(frozen=True)
class Categorical:
    """One of a few values without an order."""

    name: str
    categories: tuple[Value, ...]

    def __post_init__(self) -> None:
        if not self.categories or len(set(self.categories)) != len(self.categories):
            raise SettingsError(f"{self.name}: expected one or more distinct categories, found {self.categories}")

    def __contains__(self, value: object) -> bool:
        return any(value == category and type(value) is type(category) for category in self.categories)


Dimension = Real | Integer | Categorical


@dataclass(frozen=True)
class Space:
    """The dimensions of a search, in the order in which points list their values."""

    dimensions: tuple[Dimension, ...]

    def __post_init__(self) -> None:
        names = self.names
        if not names or len(set(names)) != len(names):
            raise SettingsError(f"expected one or more dimensions with distinct names, found {list(names)}")

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(dimension.name for dimension in self.dimensions)

    @property
    def size(self) -> int | None:
        """How many points there are; None when a dimension is real."""
        counts = [_count(dimension) for dimension in self.dimensions]
        return None if None in counts else math.prod(count for count in counts if count is not None)

    def check(self, params: Params) -> None:
        """Raise SettingsError unless `params` names every dimension, each with a value inside it."""
        if set(params) != set(self.names):
            raise SettingsError(f"expected values for {', '.join(self.names)}, found {', '.join(params) or 'none'}")
        for dimension in self.dimensions:
            if params[dimension.name] not in dimension:
                raise SettingsError(f"{dimension.name}: {params[dimension.name]!r} is outside {describe(dimension)}")

    def nearest(self, params: Params) -> dict[str, Value]:
        """Return `params` with each number that is outside its dimension's bounds moved to the nearer one."""
        return {**params, **{each.name: _nearest(each, params[each.name]) for each in self.dimensions}}

    def params(self, values: Sequence[Value]) -> dict[str, Value]:
        """Name `values`, which are in the order of the dimensions."""
        return dict(zip(self.names, values, strict=True))

    def values(self, params: Params) -> list[Value]:
        """List the values of `params` in the order of the dimensions."""
        return [params[name] for name in self.names]


class DimensionSummary(TypedDict):
    """One dimension, of the kind real, integer or categorical; that has `categories`, the others bounds and a prior."""

    name: str
    kind: str
    low: float | None
    high: float | None
    prior: Prior | None
    categories: list[Value] | None
    description: str


def describe(dimension: Dimension) -> str:
    """Return a dimension as a person writes it, e.g. `1e-06 … 0.01 (log-uniform)`."""
    match dimension:
        case Categorical():
            return " | ".join(str(category) for category in dimension.categories)
        case Real() | Integer():
            prior = f" ({dimension.prior})" if dimension.prior != "uniform" else ""
            return f"{dimension.low:.15g} … {dimension.high:.15g}{prior}"


def summarize_space(space: Space) -> list[DimensionSummary]:
    """Return the dimensions of `space` in their order."""
    return [_summarize_dimension(dimension) for dimension in space.dimensions]


def _count(dimension: Dimension) -> int | None:
    match dimension:
        case Categorical():
            return len(dimension.categories)
        case Integer():
            return dimension.high - dimension.low + 1
        case Real():
            return None


def _nearest(dimension: Dimension, value: Value) -> Value:
    if isinstance(dimension, Categorical) or not _is_number(value):
        return value
    return min(max(value, dimension.low), dimension.high)


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _check_bounds(dimension: Real | Integer) -> None:
    name, low, high = dimension.name, dimension.low, dimension.high
    if not (_is_number(low) and _is_number(high) and low < high):
        raise SettingsError(f"{name}: expected a lower bound below the upper one, found {low} and {high}")
    if max(abs(low), abs(high)) > _LARGEST_BOUND:
        raise SettingsError(f"{name}: expected bounds within ±{_LARGEST_BOUND:.0e}, found {low} and {high}")
    if dimension.prior == "log-uniform" and low <= 0:
        raise SettingsError(f"{name}: expected positive bounds for a log-uniform dimension, found {low} and {high}")


def _summarize_dimension(dimension: Dimension) -> DimensionSummary:
    return {
        "name": dimension.name,
        "kind": type(dimension).__name__.lower(),
        "low": dimension.low if not isinstance(dimension, Categorical) else None,
        "high": dimension.high if not isinstance(dimension, Categorical) else None,
        "prior": dimension.prior if not isinstance(dimension, Categorical) else None,
        "categories": list(dimension.categories) if isinstance(dimension, Categorical) else None,
        "description": describe(dimension),
    }
