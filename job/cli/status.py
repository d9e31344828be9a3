"""`hpo-job status`."""

import sys
import time
from typing import Annotated

import typer

from job.cli.output import show_json
from job.errors import SettingsError
from job.settings import DEFAULT_STATE, StateOption
from job.store import StateDirectory
from job.study import Study

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def status(state: StateOption = DEFAULT_STATE, as_json: JsonOption = False) -> None:
    """Show how far the search has come; at any time, and without disturbing it."""
    from job.report.status import describe_status, render_status

    store = StateDirectory(state)
    described = describe_status(read_study(store), holder=store.holder(), now=time.time())
    if as_json:
        show_json(described)
    else:
        sys.stdout.write(render_status(described) + "\n")


def read_study(store: StateDirectory) -> Study:
    """Return the study in the state directory, with a warning for what is damaged; raise SettingsError without one."""
    loaded = store.read()
    for reason in loaded.reasons:
        sys.stderr.write(f"hpo-job: {reason}; the generation before serves\n")
    if loaded.study is None:
        raise SettingsError(
            f"there is no search in {store.root}",
            hint="begin one with hpo-job search, or name its directory with --state",
        )
    return loaded.study
