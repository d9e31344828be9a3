"""`hpo-job report`."""

import os
import sys
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated

import typer

from job.cli.output import show_file, show_json, show_report
from job.cli.status import JsonOption, read_study
from job.core.study import Study
from job.errors import StateLockedError, StatePermissionError
from job.settings import DEFAULT_STATE, StateOption
from job.settings.choices import choice
from job.state.directory import StateDirectory
from job.state.places import state_at


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
    """Rebuild the report from the state, and print it; bring result.joblib up to date too."""
    store = state_at(state)
    study = read_study(store)
    if open_page or as_format is ReportFormat.HTML:
        _show_page(store, study, open_page=open_page)
    else:
        _show_text(store, study, ReportFormat.JSON if as_json else as_format)
    _write_result(store, study)


def _show_text(store: StateDirectory, study: Study, as_format: ReportFormat) -> None:
    """Print what needs no drawing."""
    from job.report import files as report_files
    from job.report.publication import Publication

    publication = Publication(store)
    _write(store, lambda: publication.tell(study))
    summary = report_files.known_summary(study, store.report_file(report_files.JSON))
    match as_format:
        case ReportFormat.JSON:
            show_json(summary)
        case ReportFormat.CSV:
            show_file(report_files.render_files(summary, model_path=publication.model_path)[report_files.CSV])
        case _:
            show_report(summary, store)


def _drawn(store: StateDirectory, study: Study) -> dict[str, bytes | None]:
    """Return all files of the report."""
    import time

    from job.report.files import render_all_files
    from job.report.status import describe_status

    holder = store.holder()
    status = describe_status(study, holder=holder, now=time.time()) if holder else None
    predictions = store.predictions_of(study)
    return render_all_files(study, model_path=store.told(store.best_model), predictions=predictions, status=status)


def _show_page(store: StateDirectory, study: Study, *, open_page: bool) -> None:
    """Print the page, or in a terminal where it is, and open it if asked to."""
    from job.cli.browser import open_in_browser
    from job.report.files import PAGE
    from job.report.publication import Publication

    files, path = _drawn(store, study), store.report_directory / PAGE
    written = _write(store, lambda: Publication(store).replace(study, files))
    if open_page and written:
        open_in_browser(path)
    if sys.stdout.isatty() or open_page:
        sys.stdout.write(f"{path}\n" if written else "")
    else:
        show_file(files[PAGE] or b"")


def _write_result(store: StateDirectory, study: Study) -> None:
    """Write the result with its model where it is not there; a run that is at work does so itself."""
    if not os.access(store.root, os.W_OK) or store.holder() or store.has_whole_result(study):
        return
    from job.proposals.result import dump_result

    sys.stdout.flush()  # the report, which need not wait for the model to be fitted
    data = dump_result(study, with_model=True)
    if not data:
        return
    try:
        with store.lock():
            if store.read().study == study:  # no run has come and gone meanwhile
                store.write_result(data)
    except StateLockedError:
        return
    except StatePermissionError as error:
        sys.stderr.write(f"hpo-job: {error}: {store.result_file} stays as it is\n")


def _write(store: StateDirectory, write: Callable[[], bool]) -> bool:
    """Write files of the report, and return whether they are there, or later ones; who may only read still sees it."""
    stay = "the files of the report stay as they are"
    if not os.access(store.root, os.W_OK):
        sys.stderr.write(f"hpo-job: {store.place} may not be written to: {stay}\n")
        return False
    try:
        if not write():
            sys.stderr.write(f"hpo-job: a later report has been written since: {stay}\n")
        return True
    except StateLockedError:
        sys.stderr.write(f"hpo-job: somebody else is writing the report: {stay}\n")
    except StatePermissionError as error:
        sys.stderr.write(f"hpo-job: {error}: {stay}\n")
    return False
