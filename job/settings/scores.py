"""Scores as people write them: 99.2%, 0.992, 1e-3."""

import math

import typer


def parse_score(text: str) -> float:
    """Return a score in a metric's natural units, of a share also from a percentage; raise BadParameter otherwise."""
    number, percent, rest = text.partition("%")
    try:
        value = float(number)
    except ValueError:
        value = math.nan
    if rest or not math.isfinite(value):
        raise typer.BadParameter(f"expected a score such as 99.2%, 0.992 or 1e-3, found {text!r}")
    return value / 100 if percent else value
