"""How a model does on each class of a test set, as text."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.table import Table
from rich.text import Text

from job.report.evaluation import ClassSummary, format_interval
from job.report.sentences import most_mistaken
from job.report.text.tables import GAP, WidestFitting, missing_note, plain_table
from job.words import format_share

# A matrix of more is a matter for a picture.
_MOST_CLASSES = 16
# Of the name of a class, what is left at least where a matrix is wider than the terminal.
_SHORTEST_NAME = 3
_CORNER = "taken for"
_EXAMPLES, _INTERVAL, _MISTAKEN = "examples", "95 % interval", "most often mistaken for"
_HEADERS = ("class", _EXAMPLES, "accuracy", _INTERVAL, _MISTAKEN)
_FOLDED = "most often\nmistaken for"
_NUMBERS, _NAMES = (_EXAMPLES, "accuracy"), ("class", _MISTAKEN, _FOLDED)
# From the widest to the narrowest.
_FORMS = (_HEADERS, (*_HEADERS[:-1], _FOLDED), (*_HEADERS[:-2], _FOLDED))


@dataclass(frozen=True)
class ClassTables:
    """The accuracy of each class, and what is taken for what, unless there are too many classes for that.

    `confusion[i][j]` examples of class i, of the name `names[i]`, are taken for class j. Where the matrix is too wide,
    its names are cut; were two alike then, it has numbers instead, which stand before the names in the other table.
    A line below each table names what there is no room for.
    """

    classes: Sequence[ClassSummary]
    confusion: Sequence[Sequence[int]]
    names: Sequence[str]
    noun: str = "example"  # what one of them is called

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        labels, heads = self._called(options.max_width) or (None, self.names)
        *wider, narrowest = (self._draw_accuracies(heads, headers) for headers in _FORMS)
        yield WidestFitting((*wider, Group(narrowest, missing_note([_INTERVAL]))))
        if labels is not None:
            yield Text()
            yield self._draw_matrix(labels)
        elif len(self.names) <= _MOST_CLASSES:
            yield missing_note(["what is taken for what"])

    def _called(self, width: int) -> tuple[Sequence[str], Sequence[str]] | None:
        """Return how a matrix that fits calls the classes, and how the other table does; None if no matrix is drawn."""
        if len(self.names) > _MOST_CLASSES:
            return None
        longest = max(map(cell_len, self.names))
        cuts = ([_cut(name, length) for name in self.names] for length in range(longest, _SHORTEST_NAME - 1, -1))
        cut = next((cut for cut in (self.names, *cuts) if self._matrix_width(cut) <= width), ())
        if cut and len(set(cut)) == len(cut):
            return cut, self.names
        numbers = [str(number) for number in range(len(self.names))]
        numbered = [f"{number} {name}" for number, name in enumerate(self.names)]
        return (numbers, numbered) if self._matrix_width(numbers) <= width else None

    def _draw_accuracies(self, heads: Sequence[str], headers: Sequence[str]) -> Table:
        table, places = plain_table(), {name: place for place, name in enumerate(self.names)}
        for header in headers:
            is_number, is_name = header in _NUMBERS, header in _NAMES
            name = f"{self.noun}s" if header == _EXAMPLES else header
            table.add_column(name, justify="right" if is_number else "left", overflow="fold", no_wrap=not is_name)
        for each in self.classes:
            cells = self._cells(each, places[each["name"]], heads)
            table.add_row(*(Text(cells[header]) for header in headers))
        return table

    def _cells(self, each: ClassSummary, place: int, heads: Sequence[str]) -> dict[str, str]:
        """Return what stands below each header in the row of a class."""
        share, mistaken = each["accuracy"], most_mistaken(self.confusion[place], place, self.names)
        examples, accuracy = f"{share['examples']:,}", format_share(share["share"])
        cells = (heads[place], examples, accuracy, format_interval(share), mistaken)
        return {**dict(zip(_HEADERS, cells, strict=True)), _FOLDED: mistaken}

    def _matrix_width(self, labels: Sequence[str]) -> int:
        columns = zip(labels, zip(*self.confusion, strict=True), strict=True)
        widths = (max(cell_len(label), len(str(max(column)))) for label, column in columns)
        # Where there is no room the two words of the corner stand one above the other.
        return max(map(cell_len, (*labels, *_CORNER.split()))) + sum(GAP + width for width in widths)

    def _draw_matrix(self, labels: Sequence[str]) -> Table:
        table = plain_table()
        table.add_column(_CORNER, overflow="fold")
        for label in labels:
            table.add_column(Text(label), justify="right", no_wrap=True)
        for true, row in enumerate(self.confusion):
            cells = (_cell(taken, right=other == true) for other, taken in enumerate(row))
            table.add_row(Text(labels[true]), *cells)
        return table


def _cut(name: str, length: int) -> str:
    text = Text(name)
    text.truncate(length, overflow="ellipsis")
    return text.plain


def _cell(taken: int, *, right: bool) -> Text:
    return Text(str(taken), style="bold" if right else "") if taken or right else Text("·", style="dim")
