"""How tables look in a text."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich import box
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from job.plain_text import natural_width

GAP = 2  # columns between two of a table


def plain_table() -> Table:
    """Return a table without columns in the style of the report."""
    return Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, collapse_padding=True, header_style="bold")


def draw_rows(rows: Iterable[tuple[str, RenderableType]]) -> Table:
    """Return rows of a label and what it is for; a plain string has no markup."""
    table = Table.grid(padding=(0, GAP))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for label, content in rows:
        table.add_row(Text(label), Text(content) if isinstance(content, str) else content)
    return table


@dataclass(frozen=True)
class WidestFitting:
    """The first of `forms`, the widest of which comes first, that fits into the terminal; the last if none does."""

    forms: Sequence[RenderableType]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        *wider, narrowest = self.forms
        yield next((form for form in wider if natural_width(form) <= options.max_width), narrowest)


def missing_note(names: Sequence[str]) -> Text:
    """Return a line on what a table leaves out where the terminal is too narrow for it."""
    return Text(f"Not shown, for want of room: {', '.join(names)}.", style="dim")
