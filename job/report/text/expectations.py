"""What each trial was made for, and what came of it, in the order in which they were proposed."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from job.core.trial import Status
from job.report.content import Summary, TrialSummary
from job.report.expectations import (
    MEANING,
    expectations_sentence,
    format_chance,
    format_expected,
    format_improvement,
    format_made_for,
    tells_expectations,
)
from job.report.sentences import status_label
from job.report.text.tables import WidestFitting, missing_note, plain_table
from job.report.text.trials import BEST_STYLE
from job.words import format_score

_NONE = "–"
_LEAST_WANTED = ("improvement", "chance")  # what goes, in this order, where the table is too wide


def draw_expectations(summary: Summary) -> Iterator[RenderableType]:
    """Yield the table of the trials as they were proposed, and how good the expectations were; nothing where nothing
    was expected of any.
    """
    if not tells_expectations(summary):
        return
    trials = sorted(summary["trials"], key=lambda trial: trial["number"])
    forms: list[RenderableType] = [_table(summary, trials, missing=_LEAST_WANTED[:n]) for n in range(3)]
    yield WidestFitting([forms[0], *(Group(forms[n], missing_note(_LEAST_WANTED[:n])) for n in (1, 2))])
    yield Text(" ".join(filter(None, (MEANING, expectations_sentence(summary)))))


def _table(summary: Summary, trials: list[TrialSummary], *, missing: tuple[str, ...]) -> Table:
    best = summary["best"]
    rows = [_row(summary, trial) for trial in trials]
    table = plain_table()
    for name in (name for name in rows[0] if name not in missing):
        table.add_column(Text(name), justify="left" if name == "made for" else "right", overflow="fold")
    for trial, row in zip(trials, rows, strict=True):
        style = BEST_STYLE if best and trial["number"] == best["number"] else ""
        table.add_row(*(Text(cell) for name, cell in row.items() if name not in missing), style=style)
    return table


def _row(summary: Summary, trial: TrialSummary) -> dict[str, str]:
    """Return what stands in each column."""
    objective, expected = summary["objective"], trial["expected"]
    scored = trial["status"] == Status.COMPLETED
    return {
        "trial": str(trial["number"]),
        "made for": format_made_for(trial["made_for"], design=summary["settings"]["design"]),
        "improvement": format_improvement(expected, objective) if expected else _NONE,
        "chance": format_chance(expected["chance"]) if expected else _NONE,
        "expected": format_expected(expected, objective) if expected else _NONE,
        objective["metric"]: format_score(objective["metric"], trial["score"])
        if scored
        else status_label(trial["status"]),
    }
