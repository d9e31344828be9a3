"""Bounds that a user gives for the dimensions of a space: `--bounds NAME=LOW:HIGH`."""

import re
from dataclasses import replace

from job.core.space import Categorical, Dimension, Integer, Real, Space
from job.errors import SettingsError


def parse_bounds(text: str) -> tuple[str, float, float]:
    """Read `NAME=LOW:HIGH`."""
    match = re.fullmatch(r"\s*([^=:]*[^=:\s])\s*=\s*([^:]+):([^:]+)", text)
    try:
        if match:
            return match[1], float(match[2]), float(match[3])
    except ValueError:
        pass
    raise SettingsError(f"--bounds: expected NAME=LOW:HIGH such as learning_rate=1e-5:1e-3, found {text!r}")


def with_bounds(space: Space, bounds: list[str] | None) -> Space:
    """Return `space` with some dimensions' bounds replaced, each given as `NAME=LOW:HIGH`."""
    parsed = [parse_bounds(text) for text in bounds or ()]
    given = {name: (low, high) for name, low, high in parsed}
    if len(given) < len(parsed):
        raise SettingsError(f"--bounds: expected each dimension once, found {', '.join(name for name, *_ in parsed)}")
    if unknown := set(given) - set(space.names):
        raise SettingsError(
            f"--bounds: the problem has no dimension {', '.join(sorted(unknown))}",
            hint=f"its dimensions are {', '.join(space.names)}",
        )
    return Space(tuple(_bounded(each, *given[each.name]) if each.name in given else each for each in space.dimensions))


def bounds_giving(wanted: Dimension, *, to: Dimension) -> str:
    """Return the `NAME=LOW:HIGH` that makes the dimension `to` the `wanted` one; empty where they differ in more."""
    if isinstance(wanted, Categorical):
        return ""
    text = f"{wanted.name}={wanted.low!r}:{wanted.high!r}"
    try:
        bounded = with_bounds(Space((to,)), [text])
    except SettingsError:
        return ""
    return text if bounded == Space((wanted,)) else ""


def _bounded(dimension: Dimension, low: float, high: float) -> Dimension:
    match dimension:
        case Categorical():
            raise SettingsError(f"--bounds: {dimension.name} has categories and no bounds")
        case Integer():
            if not (low.is_integer() and high.is_integer()):
                raise SettingsError(f"--bounds: {dimension.name} takes whole numbers, found {low} and {high}")
            return replace(dimension, low=int(low), high=int(high))
        case Real():
            return replace(dimension, low=low, high=high)
