"""`hpo-job report`."""

import os
import sys
from enum import StrEnum
from typing import Annotated

import typer

from job.choices import choice
from job.cli.output import show_file, show_json, show_report
from job.cli.status import JsonOption, read_study
from job.core.study import Study
from job.settings import DEFAULT_STATE, StateOption
from job.state.directory import StateDirectory


class ReportFormat(StrEnum):
    """In which form a report is printed."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"
    HTML = "html"


FormatOption = Annotated[
    ReportFormat,
    typer.Option("--format", help="What to print; html draws the plots too.", **choice(ReportFormat)),
]
OpenOption = Annotated[bool, typer.Option("--open", help="Draw the page with its plots, and open it in a browser.")]


def report(
    state: StateOption = DEFAULT_STATE,
    as_format: FormatOption = ReportFormat.TEXT,
    as_json: JsonOption = False,
    open_page: OpenOption = False,
) -> None:
    """Rebuild the report from the state, and print it."""
    from job.report import files as report_files

    store = StateDirectory(state)
    study = read_study(store)
    if open_page or as_format is ReportFormat.HTML:
        _show_page(store, _drawn(store, study), open_page=open_page)
        return
    summary = report_files.known_summary(study, store.report_file(report_files.JSON))
    files = report_files.render_files(summary, model_path=str(store.best_model))
    _write(store, files)
    match ReportFormat.JSON if as_json else as_format:
        case ReportFormat.JSON:
            show_json(summary)
        case ReportFormat.CSV:
            show_file(files["trials.csv"])
        case _:
            show_report(summary, store)


def _drawn(store: StateDirectory, study: Study) -> dict[str, bytes]:
    """Return all files of the report."""
    import time

    from job.report.files import render_all_files
    from job.report.status import describe_status

    holder = store.holder()
    status = describe_status(study, holder=holder, now=time.time()) if holder else None
    predictions = store.predictions_of(study)
    return render_all_files(study, model_path=str(store.best_model), predictions=predictions, status=status)


def _show_page(store: StateDirectory, files: dict[str, bytes], *, open_page: bool) -> None:
    """Print the page, or in a terminal where it is, and open it if asked to."""
    from job.cli.browser import open_in_browser
    from job.report.files import PAGE

    written, path = _write(store, files), store.report_directory / PAGE
    if open_page and written:
        open_in_browser(path)
    if sys.stdout.isatty() or open_page:
        sys.stdout.write(f"{path}\n" if written else "")
    else:
        show_file(files[PAGE])


def _write(store: StateDirectory, files: dict[str, bytes]) -> bool:
    """Replace the files of the report, and return whether that may be done; who may only read still sees it."""
    if os.access(store.root, os.W_OK):
        store.write_report(files)
        return True
    sys.stderr.write(f"hpo-job: {store.root} may not be written to: the files of the report stay as they are\n")
    return False
