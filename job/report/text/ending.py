"""What a search prints when it has ended: ten lines on its best trial, and where the rest is."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from job.plain_text import WIDTH, natural_width, render_plain
from job.report import sentences
from job.report.content import Summary
from job.report.outlook import outlook_sentence
from job.report.rungs import saved_clause
from job.report.text import BEST_TRIAL, INDENT, best_rows, draw_section
from job.report.text.tables import draw_rows
from job.words import count


def render_ending(summary: Summary, *, model_path: str, page: str, command: str) -> str:
    """Return what `draw_ending` draws as plain text that ends with a newline."""
    drawing = draw_ending(summary, model_path=model_path, page=page, command=command)
    # A path is to be copied, and so in one line.
    width = INDENT + natural_width(draw_rows([("Parameters", ""), *_places(page, command)]))
    return render_plain(drawing, width=max(width, WIDTH)).removeprefix("\n")


def draw_ending(summary: Summary, *, model_path: str, page: str, command: str) -> RenderableType:
    """Return the best trial as something that a rich console prints.

    It names `page`, the file of the report's page, and the `command` that prints the report.
    """
    best, rows = summary["best"], _rows(summary, page, command)
    if best is None:
        return Group(*draw_section(BEST_TRIAL, Text(sentences.nothing_completed(summary)), draw_rows(rows)))
    drawn = draw_rows([*best_rows(summary, best, model_path), *rows])
    return Group(*draw_section(BEST_TRIAL, drawn, *_notes(summary)))


def _notes(summary: Summary) -> Iterator[RenderableType]:
    for sentence in filter(None, (sentences.better_evidence(summary), outlook_sentence(summary))):
        yield Text(sentence)


def _rows(summary: Summary, page: str, command: str) -> Iterator[tuple[str, str]]:
    if cautions := summary["cautions"]:
        more = f" {len(cautions) - 1} more in the report." if len(cautions) > 1 else ""
        yield "Beware", f"{cautions[0]['sentence']}{more}"
    if summary["pruning"] is not None and summary["totals"]["stopped"]:
        yield "Epochs", saved_clause(summary["pruning"])
    if failed := summary["totals"]["failed"]:
        yield "Failed", f"{count(failed, 'trial')}; the report tells why"
    yield from _places(page, command)


def _places(page: str, command: str) -> Iterator[tuple[str, str]]:
    yield "Report", page
    yield "In words", command
