"""The table of all trials, in the widest of its forms that fits."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, JustifyMethod, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from job.core.space import value_in
from job.core.trial import Status
from job.report.content import EvidenceSummary, Summary, TrialSummary
from job.report.curves import curve_places, thinned
from job.report.rungs import score_there, trained_epochs
from job.report.sentences import trial_label
from job.report.text.tables import GAP, missing_note, plain_table
from job.words import format_duration, format_score, format_value, sparkline

BEST_STYLE = "bold green"
_MOST_BARS = 20  # of a curve: those of more epochs are thinned out
_MOST_EVIDENCE = 10  # trials: the others tell less than they take room
_STYLES = {Status.FAILED: "red", Status.DROPPED: "dim strike", Status.RUNNING: "yellow", Status.STOPPED: "dim"}
# What goes, in this order, where the table is too wide with folded headings. The parameters are worth more: when they
# have to go too, all this may come back.
_LEAST_WANTED = ("epochs", "time", "rank")


@dataclass(frozen=True)
class TrialsTable:
    """The trials of a summary, one a row, the best first; each parameter has its own column.

    Where that is too wide, the curves are left out; then the headings are folded; then other columns go too, in the end
    the parameters. A line below the table names what is not shown.
    """

    summary: Summary

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        columns = list(_columns(self.summary))
        forms = list(_forms(columns))
        shown = next((form for form in forms if _width(form) <= options.max_width), forms[-1])
        yield _draw(shown, [_style(self.summary, trial) for trial in self.summary["trials"]])
        kept = {(column.name, column.is_parameter) for column in shown}
        if missing := [column.name for column in columns if (column.name, column.is_parameter) not in kept]:
            yield missing_note(missing)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(1, _width(list(_columns(self.summary))))


@dataclass(frozen=True)
class EvidenceTable:
    """The trials of the evidence with the best scores, one a row, without parameters where these do not fit."""

    summary: Summary
    evidence: EvidenceSummary

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        columns = list(_evidence_columns(self.summary, self.evidence))
        if _width(columns) > options.max_width:
            columns = [column.as_folded() for column in columns]
        if _width(columns) > options.max_width:
            columns = [column for column in columns if not column.is_parameter]
        yield _draw(columns, [""] * len(self.evidence["trials"][:_MOST_EVIDENCE]))
        if (more := len(self.evidence["trials"]) - _MOST_EVIDENCE) > 0:
            yield Text(f"and {more} more, which trials.csv has", style="dim")

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(1, _width(list(_evidence_columns(self.summary, self.evidence))))


@dataclass(frozen=True)
class _Column:
    """One column, whose heading is its name, in several lines if that is folded."""

    name: str
    cells: Sequence[str]
    is_parameter: bool = False
    is_number: bool = True
    is_folded: bool = False

    def as_folded(self) -> "_Column":
        return replace(self, is_folded=True)

    @property
    def heading(self) -> str:
        """The name in lines that end at an underscore or a space, as few as there is room for above the cells."""
        if not self.is_folded:
            return self.name
        words = re.findall(r"[^_ ]*[_ ]|[^_ ]+", self.name)
        width = max(map(cell_len, (*words, *self.cells)))
        lines = [""]
        for word in words:
            if cell_len(lines[-1] + word) <= width:
                lines[-1] += word
            else:
                lines.append(word)
        return "\n".join(lines)

    @property
    def width(self) -> int:
        """How many columns of the terminal it takes."""
        return max(map(cell_len, (*self.heading.split("\n"), *self.cells)))


def _columns(summary: Summary) -> Iterator[_Column]:
    trials, metric = summary["trials"], summary["objective"]["metric"]
    yield _Column("rank", ["–" if trial["rank"] is None else str(trial["rank"]) for trial in trials])
    yield _Column("trial", [str(trial["number"]) for trial in trials])
    yield from _parameters(summary, trials)
    yield _Column(metric, [format_score(metric, score_there(trial)) for trial in trials])
    yield _Column("curve", _sparklines(summary), is_number=False)
    yield _Column("epochs", list(map(trained_epochs, trials)))
    yield _Column("time", [format_duration(trial["seconds"]) if trial["seconds"] else "–" for trial in trials])
    yield _Column("status", list(map(trial_label, trials)), is_number=False)


def _evidence_columns(summary: Summary, evidence: EvidenceSummary) -> Iterator[_Column]:
    trials, metric = evidence["trials"][:_MOST_EVIDENCE], summary["objective"]["metric"]
    yield _Column("trial", [str(trial["number"]) for trial in trials])
    yield _Column("there", ["–" if number is None else str(number) for number in evidence["numbers"][:_MOST_EVIDENCE]])
    yield from _parameters(summary, trials)
    yield _Column(metric, [format_score(metric, trial["score"]) for trial in trials])


def _parameters(summary: Summary, trials: Sequence[TrialSummary]) -> Iterator[_Column]:
    for dimension in summary["space"]:
        values = [format_value(value_in(trial["params"], dimension), dimension) for trial in trials]
        yield _Column(dimension["name"], values, is_parameter=True, is_number=dimension["categories"] is None)


def _sparklines(summary: Summary) -> list[str]:
    lines = (sparkline(thinned(places, _MOST_BARS)) for places in curve_places(summary))
    return [line if line.strip() else "–" for line in lines]


def _forms(columns: Sequence[_Column]) -> Iterator[list[_Column]]:
    """Yield the columns in ever narrower forms: first those with the parameters, then those without."""
    for wanted in (list(columns), [column for column in columns if not column.is_parameter]):
        yield wanted
        form = _without("curve", wanted)
        yield form
        form = [column.as_folded() for column in form]
        yield form
        for name in _LEAST_WANTED:
            form = _without(name, form)
            yield form


def _without(name: str, columns: Sequence[_Column]) -> list[_Column]:
    return [column for column in columns if column.is_parameter or column.name != name]


def _width(columns: Sequence[_Column]) -> int:
    return sum(column.width for column in columns) + GAP * (len(columns) - 1)


def _draw(columns: Sequence[_Column], styles: Sequence[str]) -> Table:
    """Return a table of the columns, with a style for each row."""
    table = plain_table()
    for column in columns:
        justify: JustifyMethod = "right" if column.is_number else "left"
        table.add_column(Text(column.heading, justify=justify), justify=justify, overflow="fold")
    for style, *row in zip(styles, *(column.cells for column in columns), strict=True):
        table.add_row(*map(Text, row), style=style)
    return table


def _style(summary: Summary, trial: TrialSummary) -> str:
    best = summary["best"]
    if best is not None and trial["number"] == best["number"]:
        return BEST_STYLE
    return _STYLES.get(Status(trial["status"]), "")
