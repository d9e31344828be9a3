"""What a run shows while it works: a live display in a terminal, a line an event elsewhere, or JSON lines."""

import os
import sys
from contextlib import AbstractContextManager
from typing import TextIO

from job.core.events import Listener
from job.errors import SettingsError


def open_display(log_format: str = "auto", *, stream: TextIO | None = None) -> AbstractContextManager[Listener]:
    """Return the display of a log format, or `quiet`; `auto` is `live` in a terminal, and `lines` elsewhere.

    It writes to `stream`, by default standard error, or standard output for JSON lines, which are for programs. Should
    that break, it falls silent, and the run goes on. Raises SettingsError for a format that there is not.
    """
    stream = stream or (sys.stdout if log_format == "json" else sys.stderr)
    match _chosen(log_format, stream):
        case "live":
            from job.display.live import LiveDisplay

            return LiveDisplay(stream)
        case "lines":
            from job.display.lines import LineDisplay

            return LineDisplay(stream)
        case "json":
            from job.display.jsonl import JsonDisplay

            return JsonDisplay(stream)
        case "quiet":
            from job.display.quiet import QuietDisplay

            return QuietDisplay(stream)
    raise SettingsError(f"--log-format: expected auto, live, lines or json, found {log_format!r}")


def _chosen(log_format: str, stream: TextIO) -> str:
    if log_format != "auto":
        return log_format
    return "live" if stream.isatty() and os.environ.get("TERM") != "dumb" else "lines"
