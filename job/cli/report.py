"""`hpo-job report`."""

import os
import sys

from job.cli.output import show_json, show_report
from job.cli.status import JsonOption, read_study
from job.report.summary import summarize
from job.settings import DEFAULT_STATE, StateOption
from job.store import StateDirectory


def report(state: StateOption = DEFAULT_STATE, as_json: JsonOption = False) -> None:
    """Rebuild the report from the state, and print it."""
    from job.report.files import render_files

    store = StateDirectory(state)
    study = read_study(store)
    if os.access(store.root, os.W_OK):
        store.write_report(render_files(study, model_path=str(store.best_model)))
    else:  # whoever may read the state sees the report
        sys.stderr.write(f"hpo-job: {store.root} may not be written to: the files of the report stay as they are\n")
    if as_json:
        show_json(summarize(study))
    else:
        show_report(study, state)
