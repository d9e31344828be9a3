"""A dimension in words, and as plain data for reports."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypedDict

from job.core.space.dimensions import Categorical, Dimension, Integer, Ordinal, Real
from job.core.values import Params, Prior, Value

if TYPE_CHECKING:
    from job.core.space.space import Space


class DimensionSummary(TypedDict):
    """One dimension, of the kind real, integer, categorical or ordinal.

    The latter two have `categories`, the others bounds and a prior, and those on a step that too. `when` has the values
    of other dimensions with which it is active.
    """

    name: str
    kind: str
    low: float | None
    high: float | None
    prior: Prior | None
    step: float | None
    categories: list[Value] | None
    when: dict[str, list[Value]]
    description: str


def describe(dimension: Dimension) -> str:
    """Return a dimension as a person writes it, e.g. `1e-06 … 0.01 (log-uniform)`."""
    match dimension:
        case Ordinal():
            return " < ".join(str(category) for category in dimension.categories)
        case Categorical():
            return " | ".join(str(category) for category in dimension.categories)
        case Real() | Integer():
            step = "" if dimension.step is None else f" in steps of {dimension.step:.15g}"
            prior = f" ({dimension.prior})" if dimension.prior != "uniform" else ""
            return f"{dimension.low:.15g} … {dimension.high:.15g}{step}{prior}"


def value_in(params: Params, dimension: DimensionSummary) -> Value | None:
    """Return the value of a dimension at a point; None where it is inactive."""
    return params.get(dimension["name"])


def searched(space: Sequence[DimensionSummary]) -> list[DimensionSummary]:
    """Return the dimensions that have more than one value; all where none has, so that there is something to show."""
    return [each for each in space if each["categories"] is None or len(each["categories"]) > 1] or list(space)


def describe_when(dimension: DimensionSummary) -> str:
    """Return on what a dimension depends, such as `optimizer is sgd`; empty where it is always active."""
    conditions = (f"{name} is {' or '.join(map(str, values))}" for name, values in dimension["when"].items())
    return " and ".join(conditions)


def summarize_space(space: "Space") -> list[DimensionSummary]:
    """Return the dimensions of `space` in their order."""
    return [_summarize_dimension(dimension) for dimension in space.dimensions]


def _summarize_dimension(dimension: Dimension) -> DimensionSummary:
    return {
        "name": dimension.name,
        "kind": type(dimension).__name__.lower(),
        "low": dimension.low if not isinstance(dimension, Categorical) else None,
        "high": dimension.high if not isinstance(dimension, Categorical) else None,
        "prior": dimension.prior if not isinstance(dimension, Categorical) else None,
        "step": dimension.step if not isinstance(dimension, Categorical) else None,
        "categories": list(dimension.categories) if isinstance(dimension, Categorical) else None,
        "when": {name: list(values) for name, values in dimension.when.items()},
        "description": describe(dimension),
    }
