"""`hpo-job report`."""

import os
import sys
from enum import StrEnum
from typing import Annotated

import typer

from job.cli.output import show_json, show_report
from job.cli.status import JsonOption, read_study
from job.report.summary import summarize
from job.settings import DEFAULT_STATE, StateOption
from job.store import StateDirectory


class ReportFormat(StrEnum):
    """In which form a report is printed."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"


FormatOption = Annotated[ReportFormat, typer.Option("--format", help="What to print.")]


def report(
    state: StateOption = DEFAULT_STATE, as_format: FormatOption = ReportFormat.TEXT, as_json: JsonOption = False
) -> None:
    """Rebuild the report from the state, and print it."""
    from job.report.files import render_files

    store = StateDirectory(state)
    study = read_study(store)
    files = render_files(study, model_path=str(store.best_model))
    if os.access(store.root, os.W_OK):
        store.write_report(files)
    else:  # whoever may read the state sees the report
        sys.stderr.write(f"hpo-job: {store.root} may not be written to: the files of the report stay as they are\n")
    match ReportFormat.JSON if as_json else as_format:
        case ReportFormat.JSON:
            show_json(summarize(study))
        case ReportFormat.CSV:
            sys.stdout.write(files["trials.csv"])
        case ReportFormat.TEXT:
            show_report(study, state)
