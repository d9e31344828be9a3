"""The confirmation as text: what was done, and how the candidates came off."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePath

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from job.report.confirmation import sentences, tables
from job.report.confirmation.content import ConfirmationSummary
from job.report.content import Summary
from job.report.text.tables import WidestFitting, draw_rows, missing_note, plain_table

_WORDS = (tables.HEADINGS[-1], tables.MEASURES[0], "it")  # of columns of words


def draw_confirmation(
    summary: Summary, confirmation: ConfirmationSummary, *, state: PurePath
) -> Iterator[RenderableType]:
    """Yield a table of the candidates among what else there is to know; `state` is where the logs stand."""
    yield draw_rows(sentences.confirmation_rows(confirmation))
    if candidates := [*tables.candidate_rows(summary, confirmation)]:
        yield Text()
        yield _table(tables.HEADINGS, candidates)
    if measures := [*tables.measure_rows(summary, confirmation)]:
        yield Text()
        yield _table(tables.measure_headings(summary), measures)
    yield Text()
    seeds = _table(tables.seed_headings(confirmation), tables.seed_rows(summary, confirmation))
    yield WidestFitting([seeds, missing_note(["the score on each seed"])])
    yield Text()
    for sentence in sentences.confirmation_sentences(summary, confirmation):
        yield Text(sentence)
    if failures := [*_failures(confirmation, state)]:
        yield draw_rows(failures)


def _failures(confirmation: ConfirmationSummary, state: PurePath) -> Iterator[tuple[str, str]]:
    for which, reason, log in sentences.failures(confirmation):
        yield which, reason
        yield "", str(state / log)


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    table = plain_table()
    for heading in headings:
        table.add_column(heading, justify="left" if heading in _WORDS else "right", overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    return table
