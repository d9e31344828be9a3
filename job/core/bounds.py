"""Bounds that a user gives for a dimension: `--bounds NAME=LOW:HIGH`, or with a scale, `NAME=LOW:HIGH:log`."""

import re
from dataclasses import replace
from typing import NamedTuple

from job.core.space import Categorical, Dimension, Integer, Prior
from job.errors import SettingsError

_PRIORS: dict[str, Prior] = {
    "log": "log-uniform",
    "log-uniform": "log-uniform",
    "linear": "uniform",
    "uniform": "uniform",
}


class Bounds(NamedTuple):
    """Bounds of a dimension, and its prior where that is given."""

    name: str
    low: float
    high: float
    prior: Prior | None = None


def parse_bounds(text: str) -> Bounds:
    """Read `NAME=LOW:HIGH`, or that with `:log` or `:linear`."""
    match = re.fullmatch(r"\s*([^=:]*[^=:\s])\s*=\s*([^:]+):([^:]+)(?::\s*([^:\s]+)\s*)?", text)
    try:
        if match and (match[4] is None or match[4].lower() in _PRIORS):
            return Bounds(match[1], float(match[2]), float(match[3]), _PRIORS[match[4].lower()] if match[4] else None)
    except ValueError:
        pass
    raise SettingsError(
        f"--bounds: expected NAME=LOW:HIGH such as learning_rate=1e-5:1e-3, or NAME=LOW:HIGH:log, found {text!r}"
    )


def bounded(dimension: Dimension, bounds: Bounds) -> Dimension:
    """Return a dimension with other bounds; raise SettingsError where it can have none, or not these."""
    name, low, high, prior = bounds
    if isinstance(dimension, Categorical):
        raise SettingsError(
            f"{name} has categories and no bounds, found {low:g} and {high:g}", hint=f"give --choices {name}=… instead"
        )
    if not isinstance(dimension, Integer):
        return replace(dimension, low=low, high=high, prior=prior or dimension.prior)
    if not (low.is_integer() and high.is_integer()):
        raise SettingsError(f"{name} takes whole numbers, found {low} and {high}")
    return replace(dimension, low=int(low), high=int(high), prior=prior or dimension.prior)


def bounds_giving(wanted: Dimension, *, to: Dimension) -> str:
    """Return the text that makes the dimension `to` the `wanted` one; empty where they differ in more than bounds."""
    if isinstance(wanted, Categorical):
        return ""
    bounds = Bounds(wanted.name, float(wanted.low), float(wanted.high), wanted.prior)
    try:
        if bounded(to, bounds) != wanted:
            return ""
    except SettingsError:
        return ""
    text = f"{wanted.name}={wanted.low!r}:{wanted.high!r}"
    scale = wanted.prior.removesuffix("-uniform")
    return text if isinstance(to, Categorical) or to.prior == wanted.prior else f"{text}:{scale}"
