"""How the numbers of a comparison are written, in its text and its page."""

from collections.abc import Iterator, Sequence

from job.report.comparison.content import Axis, Comparison, GroupSummary, MarkSummary, SpreadSummary, StateSummary
from job.words import count, format_duration, format_score

NOTHING = "–"


def format_spread(metric: str, spread: SpreadSummary | None) -> str:
    """Return a median with the range around it where there is one, such as `99.08 % (98.90 to 99.21 %)`."""
    if spread is None:
        return NOTHING
    middle, low, high = (format_score(metric, spread[name]) for name in ("median", "low", "high"))
    if spread["low"] == spread["high"]:
        return middle
    unit = " %" if low.endswith(" %") and high.endswith(" %") else ""
    return f"{middle} ({low.removesuffix(unit)} to {high})"


def format_place(axis: Axis, place: float) -> str:
    """Return a place along an axis, such as `20 trials` or `12 min 05 s`."""
    return format_duration(place) if axis == "seconds" else count(round(place), axis.removesuffix("s"))


def headings(comparison: Comparison) -> list[str]:
    """Return the headings of the table of groups."""
    return ["group", "seeds", "trials", "best", f"test {comparison['test_metric'] or 'set'}", "epochs", "training"]


def group_row(comparison: Comparison, group: GroupSummary) -> list[str]:
    """Return a group as a row of that table: medians, and the range over its states."""
    metric, tested = comparison["objective"]["metric"], comparison["test_metric"]
    states = group["states"]
    return [
        group["label"],
        ", ".join(str(each["seed"]) for each in states),
        _range([each["trials"] for each in states]),
        format_spread(metric, group["best"]),
        format_spread(tested or "", group["test"]),
        _range([each["epochs"] for each in states]),
        " to ".join(dict.fromkeys(format_duration(bound) for bound in _bounds([each["seconds"] for each in states]))),
    ]


def mark_rows(comparison: Comparison) -> Iterator[list[str]]:
    """Yield what was reached after the same trials, epochs or time: of each place a row, with a cell for each group."""
    for mark in comparison["marks"]:
        yield [_after(mark), *(format_spread(comparison["objective"]["metric"], each) for each in mark["scores"])]


def state_headings(comparison: Comparison) -> list[str]:
    """Return the headings of the table of states."""
    group, _, *rest = headings(comparison)
    return ["state", group, "seed", *rest]


def state_row(comparison: Comparison, group: GroupSummary, state: StateSummary) -> list[str]:
    """Return a state as a row of that table."""
    tested = comparison["test_metric"] or ""
    of_budget = "" if state["finished"] or not state["budget"] else f" of {state['budget']}"
    return [
        state["name"],
        group["label"],
        str(state["seed"]),
        f"{state['trials']}{of_budget}",
        format_score(comparison["objective"]["metric"], state["best"]),
        format_score(tested, state["test"]),
        f"{state['epochs']:,}",
        format_duration(state["seconds"]),
    ]


def title(comparison: Comparison) -> str:
    """Return what is compared, in one line."""
    groups = comparison["groups"]
    states = sum(len(each["states"]) for each in groups)
    of = f" in {count(len(groups), 'group')}" if len(groups) > 1 else ""
    return f"Comparison of {states} searches{of}, by {comparison['objective']['metric']}"


def _after(mark: MarkSummary) -> str:
    training = " of training" if mark["axis"] == "seconds" else ""
    return f"{format_place(mark['axis'], mark['at'])}{training}"


def _range(numbers: Sequence[int]) -> str:
    return " to ".join(dict.fromkeys(f"{bound:,.0f}" for bound in _bounds(numbers)))


def _bounds(numbers: Sequence[float]) -> tuple[float, float]:
    return min(numbers), max(numbers)
