"""How the best model does on each class of the test set, as text."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from job.report.evaluation import ClassSummary
from job.report.trials_table import plain_table
from job.report.units import format_interval, format_share

# A wider matrix is a matter for a picture.
_MOST_CLASSES = 16

Confusion = Sequence[Sequence[int]]


def draw_classes(
    classes: Sequence[ClassSummary], confusion: Confusion, names: Sequence[str]
) -> Iterator[RenderableType]:
    """Yield a table of the accuracies, and one of what is taken for what, unless there are too many classes for that.

    `confusion[i][j]` images of class i, of the name `names[i]`, are taken for class j.
    """
    yield _draw_accuracies(classes, dict(zip(names, confusion, strict=True)), names)
    if len(names) <= _MOST_CLASSES:
        yield Text()
        yield _draw_confusion(confusion, names)


def _draw_accuracies(classes: Sequence[ClassSummary], rows: dict[str, Sequence[int]], names: Sequence[str]) -> Table:
    table = plain_table()
    for header in ("class", "images", "accuracy", "95 % interval", "most often mistaken for"):
        table.add_column(header, justify="right" if header in ("images", "accuracy") else "left", no_wrap=True)
    for each in classes:
        share, name = each["accuracy"], each["name"]
        cells = (name, f"{share['images']:,}", format_share(share["share"]), format_interval(share))
        table.add_row(*map(Text, (*cells, _mistaken(rows[name], name, names))))
    return table


def _mistaken(row: Sequence[int], name: str, names: Sequence[str]) -> str:
    others = [(taken, other) for taken, other in zip(row, names, strict=True) if other != name and taken]
    taken, other = max(others, default=(0, ""))
    return f"{other} ({taken})" if taken else "–"


def _draw_confusion(confusion: Confusion, names: Sequence[str]) -> Table:
    table = plain_table()
    table.add_column("taken for", no_wrap=True)
    for name in names:
        table.add_column(Text(name), justify="right", no_wrap=True)
    for name, row in zip(names, confusion, strict=True):
        table.add_row(Text(name), *(_cell(taken, right=other == name) for taken, other in zip(row, names, strict=True)))
    return table


def _cell(taken: int, *, right: bool) -> Text:
    return Text(str(taken), style="bold" if right else "") if taken or right else Text("·", style="dim")
