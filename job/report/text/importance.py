"""What matters, as text."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from job.report.content import CautionSummary, ImportanceSummary
from job.report.text.tables import draw_rows

_KEY = "What each explains of what the surrogate sees (95 % interval), and what its worst value costs."


def draw_importance(
    importance: ImportanceSummary | None, cautions: Sequence[CautionSummary]
) -> Iterator[RenderableType]:
    """Yield what to beware of, what each dimension explains, a line each, and how far that is to be believed."""
    for caution in cautions:
        yield Text(caution["sentence"], style="yellow")
    if importance is None:
        return
    if cautions:
        yield Text()
    if importance["reason"]:
        yield Text(importance["reason"])
    if importance["dimensions"]:
        yield Text(_KEY, style="dim")
        yield draw_rows((effect["name"], effect["sentence"]) for effect in importance["dimensions"])
    if importance["untold"]:
        yield Text(importance["untold"])
    if importance["irrelevant"]:
        yield Text(importance["irrelevant"]["sentence"])
    if importance["skill"]:
        yield Text(importance["skill"]["sentence"])
