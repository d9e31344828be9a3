"""The dimensions that a space can have, each checked when it is made.

With `when`, a dimension is active only where others have the values that it says, such as `{"optimizer": ["sgd"]}`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from decimal import Decimal

from job.core.space.checks import check_bounds, check_name, check_step, check_whole, check_width, checked_categories
from job.core.space.when import When, is_among
from job.core.values import Prior, Value, is_number


def _written(dimension: "Dimension") -> str:
    """Return a dimension as code, without what may be given by its name alone and is not."""
    values = ((each, getattr(dimension, each.name)) for each in fields(dimension))
    shown = (f"{each.name}={value!r}" for each, value in values if value or not each.kw_only)
    return f"{type(dimension).__name__}({', '.join(shown)})"


@dataclass(frozen=True)
class Real:
    """A real number in [low, high], drawn uniformly or uniformly in its logarithm.

    With a `step` it is one of low, low + step, low + 2 step and so on up to high, by the same prior.
    """

    name: str
    low: float
    high: float
    prior: Prior = "uniform"
    step: float | None = field(default=None, kw_only=True)
    when: Mapping[str, Sequence[Value]] = field(default=When(), kw_only=True)  # a When, once it is made

    __repr__ = _written

    def __post_init__(self) -> None:
        check_bounds(self)
        object.__setattr__(self, "low", float(self.low))
        object.__setattr__(self, "high", float(self.high))
        check_width(self)
        check_step(self)
        if self.step is not None:
            object.__setattr__(self, "step", float(self.step))

    def __contains__(self, value: object) -> bool:
        return is_number(value) and self.low <= value <= self.high and value == self.nearest(value)

    @property
    def size(self) -> int | None:
        """How many values there are; None without a step."""
        return None if self.step is None else round((self.high - self.low) / self.step) + 1

    def at(self, index: int) -> float:
        """Return the value after so many steps, rounded as decimal numbers are: 0.3, and not 0.1 + 0.2."""
        assert self.step is not None, "without a step the values are not counted"
        return float(Decimal(repr(self.low)) + index * Decimal(repr(self.step)))

    def nearest(self, value: Value) -> Value:
        """Return the value that is nearest to a number; anything else as it is."""
        if not is_number(value):
            return value
        inside = min(max(value, self.low), self.high)
        return inside if self.step is None else self.at(round((inside - self.low) / self.step))

    @property
    def middle(self) -> Value:
        """The value halfway between the bounds on the dimension's scale, or the nearest that there is."""
        return self.nearest(_halfway(self))


@dataclass(frozen=True)
class Integer:
    """A whole number in [low, high], both ends included, drawn uniformly or uniformly in its logarithm.

    With a `step` it is one of low, low + step, low + 2 step and so on up to high, by the same prior.
    """

    name: str
    low: int
    high: int
    prior: Prior = "uniform"
    step: int | None = field(default=None, kw_only=True)
    when: Mapping[str, Sequence[Value]] = field(default=When(), kw_only=True)  # a When, once it is made

    __repr__ = _written

    def __post_init__(self) -> None:
        check_bounds(self)
        check_whole(self)
        check_step(self)

    def __contains__(self, value: object) -> bool:
        if not isinstance(value, int) or isinstance(value, bool):
            return False
        return self.low <= value <= self.high and (value - self.low) % (self.step or 1) == 0

    @property
    def size(self) -> int:
        """How many values there are."""
        return (self.high - self.low) // (self.step or 1) + 1

    def at(self, index: int) -> int:
        """Return the value after so many steps."""
        return self.low + index * (self.step or 1)

    def nearest(self, value: Value) -> Value:
        """Return the value that is nearest to a number; anything else as it is."""
        if not is_number(value):
            return value
        inside = min(max(value, self.low), self.high)
        return inside if self.step is None else self.at(round((inside - self.low) / self.step))

    @property
    def middle(self) -> Value:
        """The value halfway between the bounds on the dimension's scale, or the nearest that there is."""
        return self.nearest(round(_halfway(self)))


@dataclass(frozen=True)
class Categorical:
    """One of a few values without an order: texts, numbers or truth values, no two of which are equal or read alike.

    One of a single value is fixed: it is in every point, and there is nothing to search.
    """

    name: str
    categories: Sequence[Value]  # a tuple, once it is made
    when: Mapping[str, Sequence[Value]] = field(default=When(), kw_only=True)  # a When, once it is made

    __repr__ = _written

    def __post_init__(self) -> None:
        check_name(self)
        object.__setattr__(self, "categories", checked_categories(self))

    def __contains__(self, value: object) -> bool:
        return is_among(value, self.categories)

    @property
    def size(self) -> int:
        """How many values there are."""
        return len(self.categories)

    def at(self, index: int) -> Value:
        """Return the value at a place, counted from 0."""
        return self.categories[index]

    def nearest(self, value: Value) -> Value:
        """Return `value` where it is one of the categories, and the first of them where it is none."""
        return value if value in self else self.categories[0]

    @property
    def middle(self) -> Value:
        """The first category, since none is in the middle."""
        return self.categories[0]


@dataclass(frozen=True)
class Ordinal(Categorical):
    """One of a few values in their order, of which neighbours are alike: `["small", "medium", "large"]`."""

    __repr__ = _written

    def index(self, value: Value) -> int:
        """Return the place of a category, counted from 0."""
        return self.categories.index(value)

    @property
    def middle(self) -> Value:
        """The category in the middle, or before it."""
        return self.categories[(len(self.categories) - 1) // 2]


Dimension = Real | Integer | Categorical


def _halfway(dimension: Real | Integer) -> float:
    if dimension.prior == "log-uniform":
        return math.sqrt(dimension.low * dimension.high)
    return (dimension.low + dimension.high) / 2
