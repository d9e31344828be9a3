"""What a search took, with what it was made, and how to make it again, as text."""

import textwrap
from collections.abc import Iterator

from rich.text import Text

from job.report.content import Summary
from job.report.units import count, format_duration

_PARTS = {
    "training": "training",
    "around training": "around it",
    "start": "starting",
    "proposals": "proposals",
    "saving": "saving",
    "test": "testing",
}
_COMMAND_WIDTH = 100  # columns


def time_rows(summary: Summary) -> Iterator[tuple[str, Text]]:
    """Yield what the time of all runs went on, with a label for each row."""
    time = summary["time"]
    spent = {part: seconds for part, seconds in time["seconds"].items() if seconds >= 0.05 or part == "training"}
    parts = (f"{_PARTS.get(part, part)} {format_duration(seconds)}" for part, seconds in spent.items())
    yield "Time", Text(", ".join(parts))
    again = time["epochs_again"]
    repeated = f", {again:,} of them again after interruptions" if again else ""
    yield "Epochs", Text(f"{count(time['epochs'], 'epoch')} trained{repeated}")


def environment_rows(summary: Summary) -> Iterator[tuple[str, Text]]:
    """Yield with what the last run was made, and the command that makes the search again."""
    environment = summary["environment"]
    for device in environment["devices"]:
        yield "Device", Text(device)
    if environment["versions"]:
        yield "Versions", Text(", ".join(f"{name} {number}" for name, number in environment["versions"].items()))
    command = textwrap.wrap(summary["command"], _COMMAND_WIDTH, break_long_words=False, break_on_hyphens=False)
    yield "Command", Text(" \\\n  ".join(command))
