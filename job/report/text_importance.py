"""What matters, as text."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from job.report.importance import ImportanceSummary, ShareSummary
from job.report.trials_table import plain_table
from job.report.units import format_percent


def draw_importance(importance: ImportanceSummary) -> Iterator[RenderableType]:
    """Yield what each dimension explains, in a table and in a sentence, and how far that is to be believed."""
    if importance["reason"]:
        yield Text(importance["reason"])
    if importance["dimensions"]:
        table = plain_table()
        for header in ("parameter", "explains by itself", "95 % interval", "with its interactions", "95 % interval"):
            table.add_column(header, no_wrap=True, justify="left" if header == "parameter" else "right")
        for effect in importance["dimensions"]:
            table.add_row(Text(effect["name"]), *_cells(effect["main"]), *_cells(effect["total"]))
        yield table
        yield Text()
    for effect in importance["dimensions"]:
        yield Text(f"{effect['sentence']}")
    if importance["skill"]:
        yield Text(importance["skill"]["sentence"])


def _cells(share: ShareSummary) -> tuple[Text, Text]:
    between = f"{100 * share['low']:.0f} to {format_percent(share['high'])}"
    return Text(format_percent(share["share"])), Text(between)
