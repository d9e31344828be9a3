"""What matters, as text."""

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from job.report.content import EffectSummary, ImportanceSummary, ShareSummary
from job.report.text.tables import WidestFitting, missing_note, plain_table
from job.words import format_percent

_ALONE, _TOGETHER, _INTERVAL = "explains by itself", "with its interactions", "95 % interval"
_FOLDED = ("explains\nby itself", "with its\ninteractions")


def draw_importance(importance: ImportanceSummary) -> Iterator[RenderableType]:
    """Yield what each dimension explains, in a table and in a sentence, and how far that is to be believed."""
    if importance["reason"]:
        yield Text(importance["reason"])
    if importance["dimensions"]:
        yield _draw_shares(importance["dimensions"])
        yield Text()
    for effect in importance["dimensions"]:
        yield Text(effect["sentence"])
    if importance["skill"]:
        yield Text(importance["skill"]["sentence"])


def _draw_shares(effects: Sequence[EffectSummary]) -> RenderableType:
    alone, together = _FOLDED
    full = _draw_columns(effects, (_ALONE, _INTERVAL, _TOGETHER, _INTERVAL))
    folded = _draw_columns(effects, (alone, _INTERVAL, together, _INTERVAL))
    narrowest = Group(_draw_columns(effects, (alone, together)), missing_note([_INTERVAL]))
    return WidestFitting((full, folded, narrowest))


def _draw_columns(effects: Sequence[EffectSummary], headers: Sequence[str]) -> Table:
    """Return the table with both shares, and with their intervals if there are headers for those."""
    table = plain_table()
    table.add_column("parameter", overflow="fold")
    for header in headers:
        table.add_column(header, justify="right", no_wrap=True)
    a_share = len(headers) // 2  # columns
    for effect in effects:
        cells = [cell for share in (effect["main"], effect["total"]) for cell in _cells(share)[:a_share]]
        table.add_row(Text(effect["name"]), *map(Text, cells))
    return table


def _cells(share: ShareSummary) -> tuple[str, str]:
    return format_percent(share["share"]), f"{100 * share['low']:.0f} to {format_percent(share['high'])}"
