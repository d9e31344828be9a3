"""How numbers are written for people: durations, sizes, scores and the values of parameters."""

import math
from collections.abc import Iterable, Mapping, Sequence

from job.core.space import DimensionSummary, Value, value_in

INACTIVE = "—"  # in place of the value of a dimension that is inactive at a point
_BARS = "▁▂▃▄▅▆▇█"
_MINUTE, _HOUR, _DAY = 60, 3600, 86400  # seconds


def format_duration(seconds: float) -> str:
    """Return a duration in its two largest units, such as `4.2 s`, `12 min 05 s`, `1 h 03 min` or `2 d 04 h`."""
    if not math.isfinite(seconds):
        return "for ever"
    whole = round(seconds)
    if seconds < 9.95:
        return f"{max(seconds, 0.0):.1f} s"
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE:02d} s"
    if whole < _DAY:
        return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE:02d} min"
    return f"{whole // _DAY} d {whole % _DAY // _HOUR:02d} h"


def format_moment(seconds: float) -> str:
    """Return a duration that may be less than a second, such as `84 ms`; a longer one as `format_duration` does."""
    return f"{1000 * seconds:.3g} ms" if seconds < 1 else format_duration(seconds)


def format_size(n_bytes: int) -> str:
    """Return a size in decimal units, such as `9.9 MB`."""
    size = float(n_bytes)
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} B" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


def format_score(metric: str, value: float | None) -> str:
    """Return a metric's value: a share as a percentage, anything else with six significant digits."""
    if value is None:
        return "–"
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else "infinite"
    if is_share(metric, (value,)):
        return format_share(value)
    return f"{value:.6g}"


def is_share(metric: str, values: Iterable[float] = ()) -> bool:
    """Tell by its name whether a metric is a share from 0 to 1, as an accuracy is; those are written in percent.

    It is none, whatever its name, where one of its `values` is no share.
    """
    return "acc" in metric and "loss" not in metric and all(0 <= value <= 1 for value in values)


def format_share(share: float) -> str:
    """Return a share as a percentage."""
    return f"{100 * share:.2f} %"


def format_percent(share: float) -> str:
    """Return a share as a whole percentage, for what is not known better than that."""
    return f"{100 * share:.0f} %"


def format_epochs(epochs: float) -> str:
    """Return how many epochs, such as `0.33 epochs` or `1 epoch`."""
    return f"{epochs:g} epoch{'' if epochs == 1 else 's'}"


def sparkline(places: Sequence[float | None]) -> str:
    """Return a curve in one character a place, from 0 to 1; what is None leaves a gap."""
    return "".join(" " if place is None else _BARS[min(max(int(place * 8), 0), 7)] for place in places)


def format_logs(logs: Mapping[str, float]) -> str:
    """Return Keras's logs of one epoch as `loss 0.213, accuracy 93.41 %`."""
    return ", ".join(f"{metric} {format_score(metric, value)}" for metric, value in logs.items())


def format_value(value: Value | None, dimension: DimensionSummary) -> str:
    """Return a parameter's value so that the values of one dimension line up: `1.3e-03` on a logarithmic scale.

    None is that of an inactive dimension.
    """
    if value is None:
        return INACTIVE
    if not isinstance(value, float):
        return str(value)
    low, high = dimension["low"], dimension["high"]
    if low is None or high is None or dimension["step"] is not None:
        return f"{value:g}"
    if dimension["prior"] == "log-uniform":
        return f"{value:.1e}"
    decimals = max(0, 2 - math.floor(math.log10(high - low)))
    return f"{value:.{decimals}f}"


def format_params(params: Mapping[str, Value], space: Sequence[DimensionSummary]) -> str:
    """Return the active values of a point in one line, such as `learning_rate 1.3e-03, dropout 0.250`."""
    values = ((dimension, value_in(params, dimension)) for dimension in space)
    return ", ".join(f"{dim['name']} {format_value(value, dim)}" for dim, value in values if value is not None)


def format_counts(counts: Mapping[str, int]) -> str:
    """Return how many there are of each, such as `2 failed, 1 unfinished`."""
    return ", ".join(f"{number:,} {what}" for what, number in counts.items())


def count(number: int, noun: str) -> str:
    """Return `1 trial`, `2 classes`, `3,000 epochs`."""
    plural = "es" if noun.endswith("s") else "s"
    return f"{number:,} {noun}{'' if number == 1 else plural}"
