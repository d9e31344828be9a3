"""Learning curves on one scale, so that they can be compared at a glance."""

from collections.abc import Sequence

from job.report.content import Summary
from job.report.scales import metric_scale, metric_unit, place


def curve_places(summary: Summary) -> list[list[float | None]]:
    """Return the curve of each trial in places from 0 to 1; the same place means the same value."""
    objective = summary["objective"]
    values = [value for trial in summary["trials"] for value in trial["curve"] if value is not None]
    if not values:
        return [[None for _ in trial["curve"]] for trial in summary["trials"]]
    scale, unit = metric_scale(objective, values), metric_unit(objective)
    return [
        [None if value is None else place(value * unit, scale) for value in trial["curve"]]
        for trial in summary["trials"]
    ]


def thinned(places: Sequence[float | None], most: int) -> Sequence[float | None]:
    """Return at most so many of `places`, as far apart as the others, the last one among them."""
    every = -(-len(places) // most)
    return places[::-1][::every][::-1] if every > 1 else places
