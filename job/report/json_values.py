"""Numbers and times as report.json has them."""

import math
from datetime import UTC, datetime


def finite(value: float | None) -> float | None:
    """Return `value`, or None for what JSON cannot say: NaN and the infinities."""
    return value if value is not None and math.isfinite(value) else None


def iso_time(unix_time: float | None) -> str | None:
    """Return a Unix time as ISO 8601 in UTC, to the millisecond; None where it is not known, or of no such year."""
    if unix_time is None:
        return None
    try:
        moment = datetime.fromtimestamp(unix_time, UTC)
    except (OverflowError, OSError, ValueError):  # before the year 1, or after 9999
        return None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
