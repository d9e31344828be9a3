"""The trials as numbers by column, for the page's script: what it sorts, filters and draws them by."""

from collections.abc import Iterator, Sequence
from typing import Literal, TypedDict

from job.report.content import DimensionSummary, Summary, TrialSummary
from job.report.page import scales
from job.report.page.scales import Scale
from job.report.units import format_score
from job.space import Value
from job.trial import Status

STATUSES = tuple(Status)

Number = float | int | None
Direction = Literal["ascending", "descending"]


class Column(TypedDict):
    """One column of the table of trials.

    A reader may ask for a range of a column with a `scale`, and for some of the `choices` of one that has those: the
    values of such a column count through them. `is_axis` tells whether it is drawn in the parallel coordinates.
    """

    name: str
    unit: str  # of its numbers; empty where they have none
    first: Direction  # in which it is sorted when it is first asked for
    is_axis: bool
    scale: Scale | None
    choices: list[str] | None


class TrialRow(TypedDict):
    """A trial with a value for each column."""

    number: int
    values: list[Number]


class PageData(TypedDict):
    """What the page's script works on; `score` is the place of the objective's column."""

    columns: list[Column]
    trials: list[TrialRow]
    score: int
    direction: Literal["min", "max"]
    best: int | None


def page_data(summary: Summary) -> PageData:
    """Return the columns and the trials in the order of the table; shares are in percent."""
    best = summary["best"]
    return {
        "columns": list(_columns(summary)),
        "trials": [{"number": trial["number"], "values": _values(summary, trial)} for trial in summary["trials"]],
        "score": 2 + len(summary["space"]),
        "direction": summary["objective"]["direction"],
        "best": best["number"] if best else None,
    }


def headings(summary: Summary) -> list[str]:
    """Return what stands above each column of the table."""
    names = [dimension["name"] for dimension in summary["space"]]
    return ["rank", "trial", *names, summary["objective"]["metric"], "curve", "epochs", "time", "status"]


def curve_places(summary: Summary) -> list[list[float | None]]:
    """Return the curve of each trial on one scale from 0 to 1, so that they can be compared."""
    values = [value for trial in summary["trials"] for value in trial["curve"] if value is not None]
    if not values:
        return [[] for _ in summary["trials"]]
    scale, unit = _scale_of_metric(summary, values), _unit(summary)
    return [
        [None if value is None else scales.place(value * unit, scale) for value in trial["curve"]]
        for trial in summary["trials"]
    ]


def label_of_status(status: str) -> str:
    """Return how the report calls a status: a running trial may have been left by a run that is no more."""
    return "unfinished" if status == Status.RUNNING else status


def _columns(summary: Summary) -> Iterator[Column]:
    yield _plain("rank")
    yield _plain("trial")
    yield from map(_of_dimension, summary["space"])
    yield _of_score(summary)
    yield _plain("curve", first=_better_first(summary))
    yield _plain("epochs")
    yield _of_time(summary)
    yield {**_plain("status"), "choices": [label_of_status(status) for status in STATUSES]}


def _values(summary: Summary, trial: TrialSummary) -> list[Number]:
    unit = _unit(summary)
    params = [_number(trial["params"][dimension["name"]], dimension) for dimension in summary["space"]]
    known = [value for value in trial["curve"] if value is not None]
    return [
        trial["rank"],
        trial["number"],
        *params,
        None if trial["score"] is None else trial["score"] * unit,
        known[-1] * unit if known else None,
        trial["epochs"] or None,
        trial["seconds"] or None,
        STATUSES.index(Status(trial["status"])),
    ]


def _number(value: Value, dimension: DimensionSummary) -> float | int:
    if dimension["categories"] is not None:
        return dimension["categories"].index(value)
    assert isinstance(value, int | float), "a dimension without categories has numbers"
    return value


def _of_dimension(dimension: DimensionSummary) -> Column:
    name, low, high = dimension["name"], dimension["low"], dimension["high"]
    if dimension["categories"] is not None:
        choices = [str(category) for category in dimension["categories"]]
        return {**_plain(name), "is_axis": True, "choices": choices}
    assert low is not None and high is not None, "a dimension without categories has bounds"
    scale = scales.logarithmic if dimension["prior"] == "log-uniform" else scales.uniform
    whole = dimension["kind"] == "integer"
    return {**_plain(name), "is_axis": True, "scale": scale(low, high, whole=whole)}


def _of_score(summary: Summary) -> Column:
    scores = [trial["score"] for trial in summary["trials"] if trial["score"] is not None]
    unit = "%" if _unit(summary) == 100 else ""
    column = _plain(summary["objective"]["metric"], unit=unit, first=_better_first(summary))
    if not scores:
        return column
    return {**column, "is_axis": True, "scale": _scale_of_metric(summary, scores)}


def _scale_of_metric(summary: Summary, values: Sequence[float]) -> Scale:
    """Return the scale of values of the objective, in its unit on the page."""
    shown = [value * _unit(summary) for value in values]
    if summary["objective"]["direction"] == "min":
        return scales.losses(shown)
    if _unit(summary) == 100 and min(shown) >= 0 and max(shown) <= 100:
        return scales.error(shown)
    return scales.uniform(min(shown), max(shown))


def _of_time(summary: Summary) -> Column:
    seconds = [trial["seconds"] for trial in summary["trials"] if trial["seconds"]]
    column = _plain("time", unit="s")
    if not seconds:
        return column
    return {**column, "scale": scales.uniform(min(seconds), max(seconds))}


def _plain(name: str, *, unit: str = "", first: Direction = "ascending") -> Column:
    return {"name": name, "unit": unit, "first": first, "is_axis": False, "scale": None, "choices": None}


def _better_first(summary: Summary) -> Direction:
    return "descending" if summary["objective"]["direction"] == "max" else "ascending"


def _unit(summary: Summary) -> int:
    """Return 100 for a metric that the report gives in percent, and 1 for any other."""
    return 100 if format_score(summary["objective"]["metric"], 1.0).endswith("%") else 1
