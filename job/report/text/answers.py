"""How a model does on each of the classes, labels or numbers that it answers with, as text."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from job.report.evaluation import IntervalSummary, format_interval
from job.report.sentences import number_rows
from job.report.tested import AnswersSummary, LabelSummary, NumberSummary
from job.report.text.classes import ClassTables
from job.report.text.tables import plain_table
from job.words import format_share

_INTERVAL = "95 % interval"


def draw_answers(answers: AnswersSummary, *, noun: str) -> Iterator[tuple[str, RenderableType]]:
    """Yield a table with its title of whatever the model answers with; `noun` is what an example is called."""
    if answers["confusion"] is not None and answers["class_names"]:
        yield "Classes", ClassTables(answers["classes"], answers["confusion"], answers["class_names"], noun=noun)
    if answers["labels"]:
        yield "Labels", _draw_labels(answers["labels"], noun=noun)
    if answers["numbers"]:
        yield "Numbers", _draw_numbers(answers["numbers"])


def _draw_labels(labels: Sequence[LabelSummary], *, noun: str) -> Table:
    """Return a row for each label: how many examples have it, and of how many that is known."""
    table = plain_table()
    table.add_column("label", overflow="fold")
    for header in (f"{noun}s", "precision", _INTERVAL, "recall", _INTERVAL):
        table.add_column(header, justify="left" if header == _INTERVAL else "right", no_wrap=True)
    for each in labels:
        shares = (cell for name in ("precision", "recall") for cell in _share_cells(each[name]))
        table.add_row(Text(each["name"]), f"{each['examples']:,}", *shares)
    return table


def _share_cells(share: IntervalSummary | None) -> tuple[str, str]:
    return ("–", "–") if share is None else (format_share(share["share"]), format_interval(share))


def _draw_numbers(numbers: Sequence[NumberSummary]) -> Table:
    """Return a row for each figure of each number; the numbers have names where there are several."""
    table, several = plain_table(), len(numbers) > 1
    if several:
        table.add_column("number", overflow="fold")
    table.add_column("figure")
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column(_INTERVAL, no_wrap=True)
    for number in numbers:
        for place, row in enumerate(number_rows(number)):
            name = [Text("" if place else number["name"])] * several
            table.add_row(*name, *row)
    return table
