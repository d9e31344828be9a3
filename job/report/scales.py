"""Scales on which parameters and scores are seen: what a range covers, and which values are marked along it."""

import math
from collections.abc import Iterable, Sequence
from typing import Literal, TypedDict

from job.report.content import ObjectiveSummary

Form = Literal["linear", "log", "error"]

# Of marks along one axis: more of them run into each other at the height of the chart.
_MOST_TICKS = 7
_STEPS = (1, 2, 5)
# On either side of zero: no number that means something lies beyond, nor any nearer to zero than one over this.
_LARGEST = 1e100


class Scale(TypedDict):
    """How the numbers from `low` to `high` lie along an axis.

    An "error" scale is logarithmic in the distance from `ceiling`, so that 99 % and 99.9 % lie as far apart as 90 % and
    99 %.
    """

    form: Form
    low: float
    high: float
    ceiling: float | None
    whole: bool
    ticks: list[float]


def uniform(low: float, high: float, *, whole: bool = False) -> Scale:
    """Return a linear scale."""
    low, high = _apart(_clipped(low), _clipped(high))
    return {
        "form": "linear",
        "low": low,
        "high": high,
        "ceiling": None,
        "whole": whole,
        "ticks": _linear_ticks(low, high, whole),
    }


def logarithmic(low: float, high: float, *, whole: bool = False) -> Scale:
    """Return a logarithmic scale of positive numbers."""
    low, high = (min(max(bound, 1 / _LARGEST), _LARGEST) for bound in (low, high))
    if low == high:
        low, high = low / 2, high * 2
    return {
        "form": "log",
        "low": low,
        "high": high,
        "ceiling": None,
        "whole": whole,
        "ticks": _log_ticks(low, high),
    }


def error(percents: Sequence[float]) -> Scale:
    """Return the scale of accuracies in percent, on which the good ones are apart."""
    low, high = min(percents), max(percents)
    # Without an error there is no logarithm of it: 100 % lies half as far up as the smallest error that there is.
    smallest = min((100 - percent for percent in percents if percent < 100), default=1.0)
    ceiling = 100 + smallest if high == 100 else 100.0
    if low == high:
        low, high = (max(2 * low - ceiling, 0.0), high) if low > 0 else (0.0, 50.0)
    ticks = sorted(100 - tick for tick in _log_ticks(max(100 - high, smallest), 100 - low))
    return {"form": "error", "low": low, "high": high, "ceiling": ceiling, "whole": False, "ticks": _rounded(ticks)}


def losses(values: Sequence[float]) -> Scale:
    """Return the scale of losses and the like: logarithmic where they span more than an order of magnitude."""
    low, high = min(values), max(values)
    return logarithmic(low, high) if 0 < 10 * low < high else uniform(low, high)


def metric_unit(objective: ObjectiveSummary) -> int:
    """Return 100 for a metric that the report gives in percent, and 1 for any other."""
    return 100 if objective["is_share"] else 1


def metric_scale(objective: ObjectiveSummary, values: Sequence[float]) -> Scale:
    """Return the scale of values of the objective, at least one; the scale is in the unit that the report gives."""
    unit = metric_unit(objective)
    shown = [value * unit for value in values]
    if objective["direction"] == "min":
        return losses(shown)
    if unit == 100:
        return error(shown)
    return uniform(min(shown), max(shown))


def place(value: float, scale: Scale) -> float:
    """Return where `value` lies on a scale, from 0 at its low end to 1 at its high one."""
    low, high, at = (_straightened(each, scale) for each in (scale["low"], scale["high"], value))
    return (at - low) / (high - low) if low < high else 0.5


def _straightened(value: float, scale: Scale) -> float:
    match scale["form"]:
        case "linear":
            return _clipped(value)
        case "log":
            return math.log(min(max(value, 1 / _LARGEST), _LARGEST))
        case "error":
            assert scale["ceiling"] is not None, "an error is a distance from the ceiling"
            return -math.log(scale["ceiling"] - value)


def _apart(low: float, high: float) -> tuple[float, float]:
    """Return bounds that differ, for an axis on which everything is at one place."""
    if high - low > 1 / _LARGEST:
        return low, high
    margin = abs(low) / 10 or 1.0
    return low - margin, high + margin


def _clipped(value: float) -> float:
    return min(max(value, -_LARGEST), _LARGEST)


def _linear_ticks(low: float, high: float, whole: bool) -> list[float]:
    exponent = math.floor(math.log10((high - low) / _MOST_TICKS))
    steps = (step * 10.0**power for power in (exponent, exponent + 1) for step in _STEPS)
    step = next(step for step in steps if (high - low) / step < _MOST_TICKS - 1e-6 and (step >= 1 or not whole))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return _rounded(index * step for index in range(first, last + 1))


def _log_ticks(low: float, high: float) -> list[float]:
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for steps in (_STEPS, (1, 3), (1,)):
        ticks = [step * 10.0**decade for decade in decades for step in steps]
        inside = [tick for tick in ticks if low * (1 - 1e-9) <= tick <= high * (1 + 1e-9)]
        if len(inside) <= _MOST_TICKS:
            return _rounded(inside)
    return _rounded(inside[:: math.ceil(len(inside) / _MOST_TICKS)])


def _rounded(ticks: Iterable[float]) -> list[float]:
    """Return ticks without the last bits that arithmetic left in them."""
    return [float(f"{tick:.9g}") for tick in ticks]
