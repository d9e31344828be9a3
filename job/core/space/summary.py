"""A dimension in words, and as plain data for reports."""

from typing import TYPE_CHECKING, TypedDict

from job.core.space.dimensions import Categorical, Dimension, Integer, Ordinal, Real
from job.core.values import Prior, Value

if TYPE_CHECKING:
    from job.core.space.space import Space


class DimensionSummary(TypedDict):
    """One dimension, of the kind real, integer, categorical or ordinal.

    The latter two have `categories`, the others bounds and a prior, and those on a step that too.
    """

    name: str
    kind: str
    low: float | None
    high: float | None
    prior: Prior | None
    step: float | None
    categories: list[Value] | None
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
        "description": describe(dimension),
    }
