"""Memory as people write it: 8192, 8g, 500 MiB."""

import re

import typer

_UNIT_MEBIBYTES = {"": 1, "m": 1, "g": 1024}


def parse_mebibytes(text: str) -> int:
    """Return the MiB of an amount such as `8192`, `8g` or `7.5GiB`, at least 1; raise BadParameter for another text."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?) ?(?:([mg])(?:i?b)?)?", text.strip().lower())
    amount = int(float(found[1]) * _UNIT_MEBIBYTES[found[2] or ""]) if found else 0
    if amount < 1:
        raise typer.BadParameter(f"expected MiB or an amount such as 8g or 500m, found {text!r}")
    return amount
