"""Durations as people write them: 90, 50m, 1h30m."""

import re

import typer

_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def parse_duration(text: str) -> float:
    """Return the seconds of a duration such as `90`, `50m` or `1h30m`; raise BadParameter for anything else."""
    number = r"\d+(?:\.\d+)?"
    if re.fullmatch(number, text):
        return float(text)
    if not re.fullmatch(f"(?:{number}[smhd])+", text):
        raise typer.BadParameter(f"expected a duration such as 90, 50m or 1h30m, found {text!r}")
    return sum(float(amount) * _UNIT_SECONDS[unit] for amount, unit in re.findall(f"({number})([smhd])", text))
