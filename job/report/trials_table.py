"""The table of all trials, in the widest of three forms that fits."""

from collections.abc import Iterator
from dataclasses import dataclass

from rich import box
from rich.console import Console, ConsoleOptions, JustifyMethod, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from job.report.summary import Summary, TrialSummary
from job.report.units import format_duration, format_score, format_value
from job.study import Status

BEST_STYLE = "bold green"
_STYLES = {Status.FAILED: "red", Status.IMPORTED: "dim", Status.RUNNING: "yellow"}


@dataclass(frozen=True)
class TrialsTable:
    """The trials of a summary, one a row, the best first; each parameter has its own column.

    Where that is too wide, the names at the top are folded; where that is too wide still, the parameters are left out.
    """

    summary: Summary

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        forms = [
            _draw(self.summary, with_params=True),
            _draw(self.summary, with_params=True, folded=True),
            _draw(self.summary, with_params=False),
        ]
        yield next((form for form in forms if _width(form, console, options) <= options.max_width), forms[-1])

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(1, _width(_draw(self.summary, with_params=True), console, options))


def plain_table() -> Table:
    """Return a table without columns in the style of the report."""
    return Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, collapse_padding=True, header_style="bold")


def _width(table: Table, console: Console, options: ConsoleOptions) -> int:
    return Measurement.get(console, options.update(max_width=10_000), table).maximum


def _draw(summary: Summary, *, with_params: bool, folded: bool = False) -> Table:
    headers = list(_headers(summary, with_params=with_params))
    rows = [list(_cells(summary, trial, with_params=with_params)) for trial in summary["trials"]]
    words = {dimension["name"] for dimension in summary["space"] if dimension["categories"]} | {"status"}
    table = plain_table()
    for header, *cells in zip(headers, *rows, strict=True):
        width = max([len("rank"), *map(len, cells)]) if folded else None
        justify: JustifyMethod = "left" if header in words else "right"
        table.add_column(Text(header, overflow="fold", justify=justify), justify=justify, width=width)
    for trial, row in zip(summary["trials"], rows, strict=True):
        table.add_row(*map(Text, row), style=_style(summary, trial))
    return table


def _headers(summary: Summary, *, with_params: bool) -> Iterator[str]:
    yield from ("rank", "trial")
    if with_params:
        yield from (dimension["name"] for dimension in summary["space"])
    yield from (summary["objective"]["metric"], "epochs", "time", "status")


def _cells(summary: Summary, trial: TrialSummary, *, with_params: bool) -> Iterator[str]:
    yield "–" if trial["rank"] is None else str(trial["rank"])
    yield str(trial["number"])
    if with_params:
        yield from (format_value(trial["params"][dimension["name"]], dimension) for dimension in summary["space"])
    yield format_score(summary["objective"]["metric"], trial["score"])
    yield str(trial["epochs"] or "–")
    yield format_duration(trial["seconds"]) if trial["seconds"] else "–"
    yield "unfinished" if trial["status"] == Status.RUNNING else trial["status"]


def _style(summary: Summary, trial: TrialSummary) -> str:
    best = summary["best"]
    if best is not None and trial["number"] == best["number"]:
        return BEST_STYLE
    return _STYLES.get(Status(trial["status"]), "")
