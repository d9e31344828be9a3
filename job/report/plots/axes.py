"""Axes with ticks that can be read: those of a dimension, of logarithms, of whole numbers, and of names."""

import math
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, NullLocator
from numpy.typing import NDArray

from job.core.space import DimensionSummary, Value

Side = Literal["x", "y"]

_LONGEST_NAME = 16  # letters
_MOST_TICKS = 7
_MOST_NAMES = 25  # of more names only some are shown
_WIDEST_ROW = 28  # letters of ticks beside each other, in the narrowest panel that there is
_SMALL_RANGE = 20  # of integers: each is as good as a category
_MARGIN = 0.04  # of an axis, on either side of what it shows
# How far the dots of a category and of an integer lie around it, at most: nearer to it than to any other, with room for
# the dot itself where there are as many integers as there may be.
_CATEGORY_SPREAD, _INTEGER_SPREAD = 0.3, 0.15
# On either side of zero: no score that means something lies beyond, and ratios of such numbers are still finite.
LARGEST = 1e100
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def shorten(text: object, most: int = _LONGEST_NAME) -> str:
    """Return a name in one line that can be drawn and stand in an XML file, with an ellipsis if it is too long."""
    line = "".join(letter if letter.isprintable() else " " for letter in str(text))
    return line if len(line) <= most else f"{line[: most - 1]}…"


def in_two_lines(label: str) -> str:
    """Return a label with what stands in brackets below the rest, for where there is little room."""
    return label.replace(" (", "\n(")


def clipped(value: float) -> float:
    """Return `value`, or the next number that can be drawn."""
    return min(max(value, -LARGEST), LARGEST)


def positions(dimension: DimensionSummary, values: Sequence[Value | None]) -> NDArray[np.float64]:
    """Return where `values` lie along the axis of `dimension`: categories at 0 and the whole numbers after it.

    None, which is that of an inactive dimension, lies nowhere: its place is NaN, and is not drawn.
    """
    categories = dimension["categories"]
    places = values if categories is None else [None if each is None else categories.index(each) for each in values]
    return np.array([np.nan if place is None else place for place in places], np.float64)


def spread(dimension: DimensionSummary, side: Side, numbers: Sequence[int]) -> NDArray[np.float64]:
    """Return by how much to move the dots of the trials with `numbers`, so that those of one value lie side by side.

    Zero for a dimension that has room for its dots. The steps are those of the sequence R2 (Roberts 2018, "The
    unreasonable effectiveness of quasirandom sequences"), which fills a square evenly.
    """
    if not has_columns(dimension):
        return np.zeros(len(numbers))
    step = {"x": 0.7548776662, "y": 0.5698402910}[side]
    reach = _INTEGER_SPREAD if dimension["categories"] is None else _CATEGORY_SPREAD
    return 2 * reach * (np.array(numbers, np.float64) * step % 1 - 0.5)


def set_dimension(axes: Axes, side: Side, dimension: DimensionSummary) -> None:
    """Make the axis at `side` that of `dimension`, with its name, bounds, scale and ticks."""
    axes.set(**{f"{side}label": shorten(dimension["name"], 28)})
    if dimension["categories"] is not None:
        set_names(axes, side, dimension["categories"])
        return
    low, high = bounds(dimension)
    if dimension["prior"] == "log-uniform":
        set_log(axes, side, low, high)
        return
    whole = dimension["kind"] == "integer"
    margin = 0.5 if is_short(dimension) else _MARGIN * (high - low)
    axes.set(**{f"{side}lim": (low - margin, high + margin)})
    _set_ticks(axes, side, linear_ticks(low, high, whole=whole))


def set_names(axes: Axes, side: Side, names: Sequence[object]) -> None:
    """Put `names` at 0, 1, … along the axis at `side`."""
    every = -(-len(names) // _MOST_NAMES)
    places, shown = range(0, len(names), every), [shorten(name) for name in names[::every]]
    axes.set(**{f"{side}lim": (-0.5, len(names) - 0.5)})
    tilted = side == "x" and sum(map(len, shown)) > _WIDEST_ROW
    tilt: dict[str, Any] = {"rotation": 30, "ha": "right", "rotation_mode": "anchor"} if tilted else {}
    axes.set(**{f"{side}ticks": list(places)})
    (axes.set_xticklabels if side == "x" else axes.set_yticklabels)(shown, **tilt)


def set_log(axes: Axes, side: Side, low: float, high: float) -> None:
    """Make the axis at `side` logarithmic from `low` to `high`, with a margin."""
    factor = (high / low) ** _MARGIN if low < high else 2.0
    axes.set(**{f"{side}scale": "log", f"{side}lim": (low / factor, high * factor)})
    _set_ticks(axes, side, log_ticks(low / factor, high * factor))
    (axes.xaxis if side == "x" else axes.yaxis).set_minor_locator(NullLocator())


def set_linear(axes: Axes, side: Side, low: float, high: float, *, whole: bool = False) -> None:
    """Make the axis at `side` linear from `low` to `high`, with a margin; `whole` leaves out ticks between integers."""
    margin = _MARGIN * (high - low) or abs(low) * _MARGIN or 0.5
    axes.set(**{f"{side}lim": (low - margin, high + margin)})
    # A whole number, such as that of a trial, has none below the first.
    ends = (low, high) if whole else (low - margin, high + margin)
    _set_ticks(axes, side, linear_ticks(*ends, whole=whole))


def bounds(dimension: DimensionSummary) -> tuple[float, float]:
    """Return the bounds of a dimension that has no categories."""
    low, high = dimension["low"], dimension["high"]
    assert low is not None and high is not None, "a dimension without categories has bounds"
    return low, high


def has_columns(dimension: DimensionSummary) -> bool:
    """Tell whether each value of a dimension has a column, or row, that is one wide."""
    return dimension["categories"] is not None or is_short(dimension)


def is_short(dimension: DimensionSummary) -> bool:
    """Tell whether a dimension is one of so few integers, on no step, that the dots of each lie upon each other."""
    if dimension["kind"] != "integer" or dimension["prior"] == "log-uniform" or dimension["step"] is not None:
        return False
    low, high = bounds(dimension)
    return high - low < _SMALL_RANGE


def linear_ticks(low: float, high: float, *, whole: bool = False) -> list[float]:
    """Return round numbers from `low` to `high`."""
    ticks = MaxNLocator(_MOST_TICKS, steps=[1, 2, 5, 10], integer=whole, min_n_ticks=1).tick_values(low, high)
    return [float(tick) for tick in ticks if low <= tick <= high]


def log_ticks(low: float, high: float) -> list[float]:
    """Return round numbers from `low` to `high` for a logarithmic scale: powers of ten, and fewer or more as fits."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for steps in ((1, 2, 5), (1, 3), (1,)):
        ticks = [step * 10.0**decade for decade in decades for step in steps]
        inside = [tick for tick in ticks if low <= tick <= high]
        if len(inside) < 2:
            return linear_ticks(low, high)
        if len(inside) <= _MOST_TICKS:
            return inside
    return inside[:: -(-len(inside) // _MOST_TICKS)]


def format_ticks(ticks: Sequence[float]) -> list[str]:
    """Return the ticks of one axis, all as plain numbers or all as powers of ten."""
    plain = all(tick == 0 or 1e-3 <= abs(tick) < 1e6 for tick in ticks)
    return [f"{tick:.6g}" if plain or tick == 0 else _scientific(tick) for tick in ticks]


def _scientific(number: float) -> str:
    mantissa, _, exponent = f"{number:.4e}".partition("e")
    mantissa = mantissa.rstrip("0").rstrip(".")
    power = f"10{str(int(exponent)).translate(_SUPERSCRIPTS)}"
    return power if mantissa == "1" else f"{mantissa}·{power}"


def _set_ticks(axes: Axes, side: Side, ticks: list[float]) -> None:
    while side == "x" and len(ticks) > 2 and sum(map(len, format_ticks(ticks))) > _WIDEST_ROW:
        ticks = ticks[::2]
    axes.set(**{f"{side}ticks": ticks})
    axes.set(**{f"{side}ticklabels": format_ticks(ticks)})
