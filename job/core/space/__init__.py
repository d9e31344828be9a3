"""The space that is searched: named dimensions, checked when they are made."""

from job.core.space.dimensions import Categorical, Dimension, Integer, Ordinal, Real
from job.core.space.space import Space
from job.core.space.summary import DimensionSummary, describe, describe_when, searched, summarize_space, value_in
from job.core.values import Params, Prior, Value

__all__ = [
    "Categorical",
    "Dimension",
    "DimensionSummary",
    "Integer",
    "Ordinal",
    "Params",
    "Prior",
    "Real",
    "Space",
    "Value",
    "describe",
    "describe_when",
    "searched",
    "summarize_space",
    "value_in",
]
