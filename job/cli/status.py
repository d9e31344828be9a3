"""`hpo-job status`."""

import sys
import time
from typing import Annotated

import typer

from job.cli.output import show_json
from job.core.study import Study
from job.settings import DEFAULT_STATE, StateOption
from job.state import directory
from job.state.directory import StateDirectory
from job.state.places import state_at

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def status(state: StateOption = DEFAULT_STATE, as_json: JsonOption = False) -> None:
    """Show how far the search has come; at any time, and without disturbing it."""
    from job.report.status import describe_status, render_status

    store = state_at(state)
    study, waiting = read_study(store), len(store.inbox.names())
    described = describe_status(study, holder=store.holder(), now=time.time(), waiting=waiting)
    if as_json:
        show_json(described)
    else:
        sys.stdout.write(render_status(described) + "\n")


def read_study(store: StateDirectory) -> Study:
    """Return the study in the state directory, with a warning for what is damaged; raise SettingsError without one."""
    return directory.read_study(store, warn=warn)


def warn(reason: str) -> None:
    """Say on standard error what is damaged."""
    sys.stderr.write(f"hpo-job: {reason}\n")
