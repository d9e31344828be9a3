"""The trials as numbers by column, for the page's script: what it sorts, filters and draws them by."""

from collections.abc import Iterator
from typing import Literal, TypedDict

from job.core.space import DimensionSummary, Value, searched, value_in
from job.core.trial import Status
from job.report import scales
from job.report.content import Summary, TrialSummary
from job.report.expectations import tells_expectations
from job.report.json_values import finite
from job.report.made_for import MadeFor
from job.report.scales import Scale, metric_scale, metric_unit
from job.report.sentences import status_label

# Imported trials have a table of their own. Those of any search come first.
_RARE = (Status.STOPPED, Status.IMPORTED)
STATUSES = (*(status for status in Status if status not in _RARE), Status.STOPPED)

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
    best, trials, told = summary["best"], summary["trials"], tells_expectations(summary)
    return {
        "columns": list(_columns(summary, told=told)),
        "trials": [{"number": trial["number"], "values": _values(summary, trial, told=told)} for trial in trials],
        "score": 2 + len(summary["space"]),
        "direction": summary["objective"]["direction"],
        "best": best["number"] if best else None,
    }


def _columns(summary: Summary, *, told: bool) -> Iterator[Column]:
    """Yield the columns; those of what trials were made for where that is `told`."""
    yield _plain("rank")
    yield _plain("trial")
    axes = [dimension["name"] for dimension in searched(summary["space"])]
    for dimension in summary["space"]:
        yield {**_of_dimension(dimension), "is_axis": dimension["name"] in axes}
    yield _of_score(summary)
    yield _plain("curve", first=_better_first(summary))
    yield _plain("epochs")
    yield _of_time(summary)
    if told:
        yield {**_plain("made for"), "choices": list(MadeFor)}
        yield _plain("expected", unit=_unit(summary), first=_better_first(summary))
        yield _plain("chance", unit="%", first="descending")
    yield {**_plain("status"), "choices": [status_label(status) for status in STATUSES]}


def _values(summary: Summary, trial: TrialSummary, *, told: bool) -> list[Number]:
    unit = metric_unit(summary["objective"])
    params = [_number(value_in(trial["params"], dimension), dimension) for dimension in summary["space"]]
    known = [value for value in trial["curve"] if value is not None]
    return [
        trial["rank"],
        trial["number"],
        *params,
        None if trial["score"] is None else trial["score"] * unit,
        known[-1] * unit if known else None,
        _epochs(trial) or None,
        trial["seconds"] or None,
        *(_expected(trial, unit) if told else ()),
        STATUSES.index(Status(trial["status"])),
    ]


def _epochs(trial: TrialSummary) -> Number:
    return trial["rungs"][-1]["epochs"] if trial["status"] == Status.STOPPED else trial["epochs"]


def _expected(trial: TrialSummary, unit: float) -> list[Number]:
    """Return the place of what a trial was made for among all such, its expected score and the chance in percent."""
    made_for, expected = list(MadeFor).index(MadeFor(trial["made_for"])), trial["expected"]
    if expected is None:
        return [made_for, None, None]
    return [made_for, finite(expected["score"] * unit), 100 * expected["chance"]]


def _number(value: Value | None, dimension: DimensionSummary) -> Number:
    if value is None:
        return None
    if dimension["categories"] is not None:
        return dimension["categories"].index(value)
    assert isinstance(value, int | float), "a dimension without categories has numbers"
    return value


def _of_dimension(dimension: DimensionSummary) -> Column:
    name, low, high = dimension["name"], dimension["low"], dimension["high"]
    if dimension["categories"] is not None:
        choices = [str(category) for category in dimension["categories"]]
        return {**_plain(name), "choices": choices}
    assert low is not None and high is not None, "a dimension without categories has bounds"
    scale = scales.logarithmic if dimension["prior"] == "log-uniform" else scales.uniform
    whole = dimension["kind"] == "integer"
    return {**_plain(name), "scale": scale(low, high, whole=whole)}


def _of_score(summary: Summary) -> Column:
    scores = [trial["score"] for trial in summary["trials"] if trial["score"] is not None]
    metric = summary["objective"]["metric"]
    column = _plain(metric, unit=_unit(summary), first=_better_first(summary))
    if not scores:
        return column
    return {**column, "is_axis": True, "scale": metric_scale(summary["objective"], scores)}


def _of_time(summary: Summary) -> Column:
    seconds = [trial["seconds"] for trial in summary["trials"] if trial["seconds"]]
    column = _plain("time", unit="s")
    if not seconds:
        return column
    return {**column, "scale": scales.uniform(min(seconds), max(seconds))}


def _plain(name: str, *, unit: str = "", first: Direction = "ascending") -> Column:
    return {"name": name, "unit": unit, "first": first, "is_axis": False, "scale": None, "choices": None}


def _unit(summary: Summary) -> str:
    return "%" if summary["objective"]["is_share"] else ""


def _better_first(summary: Summary) -> Direction:
    return "descending" if summary["objective"]["direction"] == "max" else "ascending"
