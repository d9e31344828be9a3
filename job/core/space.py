"""The space that is searched: named dimensions, checked when they are made."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypedDict, get_args

from job.core.values import TEXT, is_category, is_number, is_text, plain, shown
from job.core.values import Value as Value  # noqa: PLC0414  (what a point holds is looked for here)
from job.errors import SettingsError

Params = Mapping[str, Value]
# Random forests compute in 32-bit floats, and integers are drawn as 64-bit ones: this is safe with both.
_LARGEST_BOUND = 1e15
# Scikit-optimize multiplies the bounds of a logarithmic dimension with each other, and two of these do not underflow.
_SMALLEST_BOUND = 1e-30
# Between bounds that are closer than this share of them there are too few floats to choose from.
_SMALLEST_SHARE = 1e-9

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
        object.__setattr__(self, "low", float(self.low))
        object.__setattr__(self, "high", float(self.high))
        _check_width(self)

    def __contains__(self, value: object) -> bool:
        return is_number(value) and self.low <= value <= self.high


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
            raise SettingsError(f"{self.name}: expected whole numbers as bounds, {_found(self)}")

    def __contains__(self, value: object) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and self.low <= value <= self.high


@dataclass(frozen=True)
class Categorical:
    """One of a few values without an order: texts, numbers or truth values, no two of which are equal or read alike."""

    name: str
    categories: Sequence[Value]  # a tuple, once it is made

    def __post_init__(self) -> None:
        _check_name(self)
        object.__setattr__(self, "categories", _categories(self))

    def __contains__(self, value: object) -> bool:
        return any(type(value) is type(category) and value == category for category in self.categories)


Dimension = Real | Integer | Categorical


@dataclass(frozen=True)
class Space:
    """The dimensions of a search, in the order in which points list their values."""

    dimensions: Sequence[Dimension]  # a tuple, once it is made

    def __post_init__(self) -> None:
        if not isinstance(self.dimensions, list | tuple) or not all(isinstance(e, Dimension) for e in self.dimensions):
            raise SettingsError(f"expected a list of Real, Integer and Categorical, found {shown(self.dimensions)}")
        object.__setattr__(self, "dimensions", tuple(self.dimensions))
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
            found = ", ".join(map(str, params)) or "none"
            raise SettingsError(f"expected values for {', '.join(self.names)}, found {found}")
        for dimension in self.dimensions:
            if params[dimension.name] not in dimension:
                value = shown(params[dimension.name])
                raise SettingsError(f"{dimension.name}: {value} is outside {describe(dimension)}")

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
    if isinstance(dimension, Categorical) or not is_number(value):
        return value
    return min(max(value, dimension.low), dimension.high)


def _check_name(dimension: Dimension) -> None:
    name = plain(dimension.name)
    if not is_text(name) or {"=", ":"} & set(name):
        raise SettingsError(f"expected as name of a dimension {TEXT}, '=' and ':', found {shown(name)}")
    object.__setattr__(dimension, "name", name)


def _check_bounds(dimension: Real | Integer) -> None:
    """Raise SettingsError unless all is in order with a dimension, whose bounds become Python's own numbers."""
    _check_name(dimension)
    name, low, high = dimension.name, plain(dimension.low), plain(dimension.high)
    object.__setattr__(dimension, "low", low)
    object.__setattr__(dimension, "high", high)
    if dimension.prior not in get_args(Prior):
        raise SettingsError(f"{name}: expected one of {', '.join(get_args(Prior))}, found {shown(dimension.prior)}")
    if not (is_number(low) and is_number(high) and low < high):
        raise SettingsError(f"{name}: expected a lower bound below the upper one, {_found(dimension)}")
    if max(abs(low), abs(high)) > _LARGEST_BOUND:
        raise SettingsError(f"{name}: expected bounds within ±{_LARGEST_BOUND:.0e}, {_found(dimension)}")
    if dimension.prior == "log-uniform" and low <= 0:
        raise SettingsError(f"{name}: expected positive bounds for a log-uniform dimension, {_found(dimension)}")


def _check_width(dimension: Real) -> None:
    name, low, high = dimension.name, dimension.low, dimension.high
    if dimension.prior == "log-uniform" and low < _SMALLEST_BOUND:
        raise SettingsError(
            f"{name}: expected bounds from {_SMALLEST_BOUND:.0e} on for a log-uniform dimension, {_found(dimension)}"
        )
    if high - low < max(_SMALLEST_BOUND, _SMALLEST_SHARE * max(abs(low), abs(high))):
        raise SettingsError(f"{name}: expected bounds that are further apart, {_found(dimension)}")


def _found(dimension: Real | Integer) -> str:
    return f"found {shown(dimension.low)} and {shown(dimension.high)}"


def _categories(dimension: Categorical) -> tuple[Value, ...]:
    """Return the categories as Python's own values; raise SettingsError unless all is in order with them."""
    name, given = dimension.name, dimension.categories
    if not isinstance(given, list | tuple):
        raise SettingsError(f"{name}: expected a list of categories, found {shown(given)}")
    categories = [plain(each) for each in given]
    for each in categories:
        if not is_category(each):
            raise SettingsError(
                f"{name}: expected as category a number, True, False or {TEXT}, found {shown(each)}",
                hint="give what stands for something else a name, and let build_model look it up",
            )
    found = tuple(each for each in categories if is_category(each))
    if not found or len(set(found)) < len(found) or len(set(map(str, found))) < len(found):
        raise SettingsError(f"{name}: expected one or more distinct categories, found {shown(found)}")
    return found


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
