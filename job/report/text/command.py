"""A command in the lines of a terminal, to copy from there."""

import shlex
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.text import Text

# Columns; longer lines are hard to read, however wide the terminal.
_WIDTH = 100
_BREAK = " \\\n  "
_AROUND = len(_BREAK) - 1  # columns that it takes of a line with one before and one after it


@dataclass(frozen=True)
class CommandLines:
    """A command in lines that a shell takes for one: they end between two words, never within quotes."""

    command: str

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Text(self._in_lines(min(options.max_width, _WIDTH)), overflow="fold")

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(1, max(map(len, self._in_lines(_WIDTH).split(_BREAK))) + _AROUND)

    def _in_lines(self, width: int) -> str:
        lines, room = [""], width - _AROUND
        for word in map(shlex.quote, shlex.split(self.command)):
            if lines[-1] and len(lines[-1]) + 1 + len(word) > room:
                lines.append(word)
            else:
                lines[-1] = f"{lines[-1]} {word}".lstrip()
        return _BREAK.join(lines)
