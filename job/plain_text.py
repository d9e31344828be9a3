"""What a rich console prints as plain text: without escape codes, and the same whatever the terminal."""

from io import StringIO

from rich.console import Console, RenderableType
from rich.measure import Measurement

# Columns where no terminal says how many it has.
WIDTH = 120
# More columns than anything takes.
_UNLIMITED = 10_000


def render_plain(drawing: RenderableType, *, width: int = WIDTH) -> str:
    """Return `drawing` in so many columns as lines without spaces at their ends; the last one ends with a newline."""
    console = _plain_console(width)
    with console.capture() as capture:
        console.print(drawing, highlight=False)
    return "\n".join(line.rstrip() for line in capture.get().splitlines()) + "\n"


def natural_width(drawing: RenderableType) -> int:
    """Return how many columns `drawing` takes where there is room for all of it."""
    console = _plain_console(_UNLIMITED)
    return Measurement.get(console, console.options, drawing).maximum


def _plain_console(width: int) -> Console:
    return Console(file=StringIO(), width=width, color_system=None, force_terminal=False, legacy_windows=False)
