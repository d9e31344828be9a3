"""What commands print: the one place that writes to standard output."""

import json
import shlex
import sys
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from job.report.content import Summary
from job.settings import DEFAULT_STATE
from job.state.directory import StateDirectory

if TYPE_CHECKING:
    from rich.status import Status


def show_report(summary: Summary, store: StateDirectory) -> None:
    """Print the report: with colours in a terminal, and as wide as it needs to be elsewhere."""
    from job.report.text import draw_report, render_text

    model = store.told(store.best_model)
    if not sys.stdout.isatty():
        sys.stdout.write(render_text(summary, model_path=model))
        return
    from rich.console import Console

    Console().print(draw_report(summary, model_path=model))


def show_file(data: bytes) -> None:
    """Print what stands in a file of the report, in the file's own encoding."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)


def show_ending(summary: Summary, store: StateDirectory) -> None:
    """Print the best trial in ten lines, and where the report is."""
    from job.report.files import PAGE
    from job.report.text.ending import draw_ending, render_ending

    places = {
        "model_path": store.told(store.best_model),
        "page": store.told(store.report_directory / PAGE),
        "command": _report_command(store),
    }
    if not sys.stdout.isatty():
        sys.stdout.write(render_ending(summary, **places))
        return
    from rich.console import Console

    Console().print(draw_ending(summary, **places))


def _report_command(store: StateDirectory) -> str:
    command = "hpo-job report"
    return command if store.place == DEFAULT_STATE else f"{command} --state {shlex.quote(str(store.place))}"


def show_json(value: object) -> None:
    """Print a value as indented JSON."""
    sys.stdout.write(json_text(value))


def json_text(value: object) -> str:
    """Return a value as indented JSON that ends with a newline."""
    return json.dumps(value, indent=2, allow_nan=False) + "\n"


def waiting_shown(text: str) -> "AbstractContextManager[Status | None]":
    """Show `text` on standard error while the block lasts to whoever looks on in a terminal; None where nobody does."""
    if not sys.stderr.isatty():
        return nullcontext()
    from rich.console import Console

    console = Console(stderr=True)
    return console.status(text, spinner="dots" if console.encoding.startswith("utf") else "line")
