"""The tables of a comparison, which its text and its page both show."""

from collections.abc import Sequence
from dataclasses import dataclass

from job.report.comparison import sentences
from job.report.comparison.content import Comparison


@dataclass(frozen=True)
class ComparisonTable:
    """Rows under headings; all but the first cell of each are numbers. `title` may be shown, `anchor` names it."""

    title: str
    anchor: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]


def tables_of(comparison: Comparison) -> list[ComparisonTable]:
    """Return the groups, what they had reached after the same trials, epochs and time, and their states."""
    groups = comparison["groups"]
    states = [sentences.state_row(comparison, group, state) for group in groups for state in group["states"]]
    return [
        ComparisonTable(
            "Groups, with the median and the range over seeds",
            "groups",
            sentences.headings(comparison),
            [sentences.group_row(comparison, each) for each in groups],
        ),
        ComparisonTable(
            "Best score after the same trials, epochs and training time",
            "marks",
            ["after", *(each["label"] for each in groups)],
            list(sentences.mark_rows(comparison)),
        ),
        ComparisonTable("States", "states", sentences.state_headings(comparison), states),
    ]
