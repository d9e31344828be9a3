"""A comparison as text: without escape codes, and for a terminal in colours."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from job.plain_text import WIDTH, natural_width, render_plain
from job.report.comparison import sentences
from job.report.comparison.content import Comparison
from job.report.comparison.tables import ComparisonTable, tables_of
from job.report.text import INDENT, draw_section
from job.report.text.tables import plain_table


def render_comparison(comparison: Comparison) -> str:
    """Return the comparison as plain text that ends with a newline, wide enough for its tables."""
    width = INDENT + max(natural_width(_draw_table(each)) for each in tables_of(comparison))
    return render_plain(draw_comparison(comparison), width=max(width, WIDTH))


def draw_comparison(comparison: Comparison) -> RenderableType:
    """Return the comparison as something that a rich console prints."""
    return Group(*_parts(comparison))


def _parts(comparison: Comparison) -> Iterator[RenderableType]:
    yield Text(sentences.title(comparison), style="bold")
    for table in tables_of(comparison):
        yield from draw_section(table.title, _draw_table(table))
    if comparison["notes"]:
        yield from draw_section("To be borne in mind", *map(Text, comparison["notes"]))


def _draw_table(table: ComparisonTable) -> Table:
    drawn = plain_table()
    for index, heading in enumerate(table.headings):
        drawn.add_column(Text(heading), overflow="fold", justify="right" if index else "left")
    for row in table.rows:
        drawn.add_row(*map(Text, row))
    return drawn
