"""How many workers train at a time, as people write it: a number, or auto."""

import typer

AUTO = "auto"
_MOST = 512  # more than any machine has memory for, and few enough to plan for


def parse_workers(given: str | int) -> int | None:
    """Return a number of workers, or None for `auto`; raise BadParameter for anything else."""
    text = str(given).strip().lower()  # a default comes as the number that it is
    if text == AUTO:
        return None
    if not text.isdecimal() or not 1 <= int(text) <= _MOST:
        raise typer.BadParameter(f"expected a number from 1 to {_MOST}, or {AUTO}, found {text!r}")
    return int(text)
