"""At which rungs trials have stopped, and what that may have cost."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from job.report.content import PruningSummary, Summary
from job.report.rungs import HEADINGS, missed_sentence, rung_rows
from job.report.text.tables import plain_table


def draw_rungs(summary: Summary, pruning: PruningSummary) -> Iterator[RenderableType]:
    """Yield the table of the rungs, and the chance that a trial was stopped that would have won."""
    table = plain_table()
    for heading in HEADINGS:
        table.add_column(heading, justify="right", overflow="fold")
    for row in rung_rows(pruning):
        table.add_row(*map(Text, row))
    yield table
    if sentence := missed_sentence(summary):
        yield Text(sentence)
