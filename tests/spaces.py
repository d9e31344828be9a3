"""Spaces of every kind that is allowed, and points in them, as strategies of Hypothesis."""

from dataclasses import replace

from hypothesis import assume
from hypothesis import strategies as st

from job.core.space import Categorical, Dimension, Integer, Ordinal, Params, Prior, Real, Space, Value
from job.errors import SettingsError

PRIORS: st.SearchStrategy[Prior] = st.sampled_from(("uniform", "log-uniform"))
# Edges that the checks let pass, beside which everything else is easy.
_LOWS = (-1e15, -1.0, 0.0, 1e-30, 1e-15, 1e-6, 1.0, 1e14)
_HIGHS = (-1e14, 0.0, 1.001e-30, 1e-15, 1e-6, 1.0, 1 + 1e-9, 1 + 1e-6, 512.0, 1e15)
_TEXTS = (
    "relu",
    "a b",
    "None",
    "ähre",
    "名",
    "🙂",
    "<b>",
    "[red]x[/red]",
    '"',
    "a,b;c",
    "{}",
    "x" * 200,
    "=1+1",
    "-",
    "%s",
)
NAMES = st.one_of(
    st.sampled_from(("score", "number", "learning_rate", "__proto__", *_TEXTS[1:-3])), st.text(max_size=8)
)
CATEGORIES: st.SearchStrategy[Value] = st.one_of(
    st.sampled_from(_TEXTS),
    st.text(max_size=8),
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
)

_COUNTS = st.integers(1, 10**5)  # of steps
_DECIMALS = st.decimals(-1000, 1000, places=3, allow_nan=False)


@st.composite
def dimensions(draw: st.DrawFn, name: str) -> Dimension:
    """Draw a dimension of this name; what the checks refuse is no example."""
    try:
        match draw(st.sampled_from((Real, Integer, Categorical, Ordinal, "real on a step", "integer on a step"))):
            case kind if kind is Categorical or kind is Ordinal:
                return kind(name, tuple(draw(st.lists(CATEGORIES, min_size=1, max_size=4, unique_by=str))))
            case kind if kind is Integer:
                low, high = draw(_pairs(st.integers(-(10**15), 10**15)))
                return Integer(name, int(low), int(high), draw(PRIORS))
            case kind if kind is Real:
                low, high = draw(_pairs(st.floats(-1e15, 1e15)))
                return Real(name, low, high, draw(PRIORS))
            case "integer on a step":
                low, step, count = draw(st.integers(-(10**14), 10**14)), draw(st.integers(1, 10**9)), draw(_COUNTS)
                return Integer(name, low, low + count * step, draw(PRIORS), step=step)
            case _:
                first, each, count = draw(_DECIMALS), draw(_DECIMALS), draw(_COUNTS)
                return Real(name, float(first), float(first + count * each), draw(PRIORS), step=float(each))
    except SettingsError:
        assume(False)
        raise


def _pairs(numbers: st.SearchStrategy[float]) -> st.SearchStrategy[tuple[float, float]]:
    edges = st.tuples(st.sampled_from(_LOWS), st.sampled_from(_HIGHS))
    return st.one_of(edges, st.lists(numbers, min_size=2, max_size=2).map(sorted).map(tuple))


@st.composite
def spaces(draw: st.DrawFn) -> Space:
    """Draw a space, of which dimensions may be there only with some categories of others."""
    names = draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))
    drawn = [draw(dimensions(name)) for name in names]
    parents = [each for each in drawn if isinstance(each, Categorical)]
    try:
        return Space(tuple(replace(each, when=draw(_conditions(each, parents))) for each in drawn))
    except SettingsError:
        assume(False)
        raise


@st.composite
def _conditions(draw: st.DrawFn, dimension: Dimension, parents: list[Categorical]) -> dict[str, list[Value]]:
    others = [each for each in parents if each is not dimension]
    if not others or draw(st.booleans()):
        return {}
    parent = draw(st.sampled_from(others))
    return {parent.name: draw(st.lists(st.sampled_from(parent.categories), min_size=1, unique_by=repr))}


@st.composite
def points(draw: st.DrawFn, space: Space) -> Params:
    return space.completed({dimension.name: draw(_value(dimension)) for dimension in space.dimensions})


def _value(dimension: Dimension) -> st.SearchStrategy[Value]:
    match dimension:
        case Real(step=None):
            return st.floats(dimension.low, dimension.high)
        case Real() | Integer():
            return st.integers(0, (dimension.size or 1) - 1).map(dimension.at)
        case Categorical():
            return st.sampled_from(dimension.categories)
