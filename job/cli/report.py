"""`hpo-job report`."""

from job.cli.output import show_json, show_report
from job.cli.status import JsonOption, read_study
from job.report.summary import summarize
from job.settings import DEFAULT_STATE, StateOption
from job.store import StateDirectory


def report(state: StateOption = DEFAULT_STATE, as_json: JsonOption = False) -> None:
    """Rebuild the report from the state, and print it."""
    from job.run import write_report

    store = StateDirectory(state)
    study = read_study(store)
    write_report(store, study)
    if as_json:
        show_json(summarize(study))
    else:
        show_report(study, state)
