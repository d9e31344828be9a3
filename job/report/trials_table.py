"""The table of all trials, in the widest of four forms that fits."""

from collections.abc import Iterator, Set
from dataclasses import dataclass

from rich import box
from rich.console import Console, ConsoleOptions, JustifyMethod, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from job.report.content import Summary, TrialSummary
from job.report.units import format_duration, format_score, format_value, sparkline
from job.trial import Status

BEST_STYLE = "bold green"
_STYLES = {Status.FAILED: "red", Status.IMPORTED: "dim", Status.RUNNING: "yellow"}


@dataclass(frozen=True)
class TrialsTable:
    """The trials of a summary, one a row, the best first; each parameter has its own column.

    Where that is too wide, the curves are left out; then the names at the top are folded; then the parameters go too.
    """

    summary: Summary

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        forms = [
            _draw(self.summary),
            _draw(self.summary, leave_out={"curve"}),
            _draw(self.summary, leave_out={"curve"}, folded=True),
            _draw(self.summary, leave_out={"curve", *(dimension["name"] for dimension in self.summary["space"])}),
        ]
        yield next((form for form in forms if _width(form, console, options) <= options.max_width), forms[-1])

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(1, _width(_draw(self.summary), console, options))


def plain_table() -> Table:
    """Return a table without columns in the style of the report."""
    return Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, collapse_padding=True, header_style="bold")


def _width(table: Table, console: Console, options: ConsoleOptions) -> int:
    return Measurement.get(console, options.update(max_width=10_000), table).maximum


def _draw(summary: Summary, *, leave_out: Set[str] = frozenset(), folded: bool = False) -> Table:
    rows = [_cells(summary, trial) for trial in summary["trials"]]
    names = [name for name in _columns(summary) if name not in leave_out]
    words = {dimension["name"] for dimension in summary["space"] if dimension["categories"]} | {"curve", "status"}
    table = plain_table()
    for name in names:
        width = max([len("rank"), *(len(row[name]) for row in rows)]) if folded else None
        justify: JustifyMethod = "left" if name in words else "right"
        table.add_column(Text(name, overflow="fold", justify=justify), justify=justify, width=width)
    for trial, row in zip(summary["trials"], rows, strict=True):
        table.add_row(*(Text(row[name]) for name in names), style=_style(summary, trial))
    return table


def _columns(summary: Summary) -> Iterator[str]:
    yield from ("rank", "trial")
    yield from (dimension["name"] for dimension in summary["space"])
    yield from (summary["objective"]["metric"], "curve", "epochs", "time", "status")


def _cells(summary: Summary, trial: TrialSummary) -> dict[str, str]:
    """Return what stands in each column, by its name."""
    values = (format_value(trial["params"][dimension["name"]], dimension) for dimension in summary["space"])
    cells = (
        "–" if trial["rank"] is None else str(trial["rank"]),
        str(trial["number"]),
        *values,
        format_score(summary["objective"]["metric"], trial["score"]),
        sparkline(trial["curve"], *_limits(summary)) or "–",
        str(trial["epochs"] or "–"),
        format_duration(trial["seconds"]) if trial["seconds"] else "–",
        "unfinished" if trial["status"] == Status.RUNNING else trial["status"],
    )
    return dict(zip(_columns(summary), cells, strict=True))


def _limits(summary: Summary) -> tuple[float, float]:
    """Return the lowest and the highest value of all curves, so that they can be compared."""
    values = [value for trial in summary["trials"] for value in trial["curve"] if value is not None]
    return min(values, default=0.0), max(values, default=1.0)


def _style(summary: Summary, trial: TrialSummary) -> str:
    best = summary["best"]
    if best is not None and trial["number"] == best["number"]:
        return BEST_STYLE
    return _STYLES.get(Status(trial["status"]), "")
