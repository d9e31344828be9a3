"""`hpo-job ask`."""

import sys
import time
from typing import Annotated

import typer

from job.cli.output import show_json, waiting_shown
from job.cli.status import JsonOption, read_study, warn
from job.core.journal import Enqueued
from job.core.requests import check_request, parse_values
from job.core.study import Study
from job.errors import SettingsError, StateUnreadableError
from job.settings import DEFAULT_STATE, StateOption
from job.state.directory import StateDirectory
from job.state.places import state_at

ValuesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="Ask for the best point with this value; may be repeated.",
        show_default=False,
    ),
]


def ask(state: StateOption = DEFAULT_STATE, values: ValuesOption = None, as_json: JsonOption = False) -> None:
    """Show which point would be tried next, and what is expected of it, without trying it.

    At any time, and without disturbing a run. A trial in hand counts as one
    whose score is not known yet.
    """
    store = state_at(state)
    study = _with_requests(read_study(store), store)
    asked = parse_values(study.fingerprint.space, values) if values else None
    if asked is not None:
        check_request(study, Enqueued(asked))
    with waiting_shown("asking the surrogate"):
        from job.report.next_trial import describe_next, render_next

        described = describe_next(study, asked)
    if as_json:
        show_json(described)
    else:
        sys.stdout.write(render_next(described) + "\n")


def _with_requests(study: Study, store: StateDirectory) -> Study:
    """Return the study as it will be when what waits in the inbox is taken in, of which nothing is touched."""
    taken = {entry.request for entry in study.journal}
    for name in store.inbox.names():
        if name in taken:
            continue
        try:
            request = store.inbox.read(name)
            check_request(study, request)
        except (StateUnreadableError, SettingsError) as error:
            warn(f"a request is left out: {error}")
            continue
        study = study.enter(request, now=time.time(), request=name)
    return study
