"""What commands print: the one place that writes to standard output."""

import json
import sys
from pathlib import Path

from job.report.summary import summarize
from job.store import StateDirectory
from job.study import Study


def show_report(study: Study, state: Path) -> None:
    """Print the report: with colours in a terminal, and as wide as it needs to be elsewhere."""
    from job.report.text import draw_report, render_text

    summary, model = summarize(study), str(StateDirectory(state).best_model)
    if not sys.stdout.isatty():
        sys.stdout.write(render_text(summary, model_path=model))
        return
    from rich.console import Console

    Console().print(draw_report(summary, model_path=model))


def show_json(value: object) -> None:
    """Print a value as indented JSON."""
    sys.stdout.write(json.dumps(value, indent=2, allow_nan=False) + "\n")
