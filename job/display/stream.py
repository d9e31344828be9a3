"""A text stream that falls silent when it breaks: the search matters more than who watches it."""

import os
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO


class SilentStream:
    """Writes to `stream` until that fails, as when the reader of a pipe has gone, and nowhere from then on."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._broken = False
        self.encoding: str = getattr(stream, "encoding", None) or "utf-8"

    def isatty(self) -> bool:
        return not self._broken and self._stream.isatty()

    def write(self, text: str) -> int:
        """Write `text`, with question marks for what the stream cannot encode."""
        self._try(self._stream.write, text.encode(self.encoding, "replace").decode(self.encoding))
        return len(text)

    def flush(self) -> None:
        self._try(self._stream.flush)

    def _try(self, operation: Callable[..., object], *arguments: str) -> None:
        if self._broken:
            return
        try:
            operation(*arguments)
        except (OSError, ValueError):  # ValueError is what a closed file raises
            self._broken = True
            self._discard()

    def _discard(self) -> None:
        # Others write to the same descriptor, and would fail too: an error's message, or Python's own flush at exit.
        with suppress(OSError, ValueError):
            descriptor = self._stream.fileno()
            devnull = os.open(os.devnull, os.O_WRONLY)
            os.dup2(devnull, descriptor)
            os.close(devnull)
