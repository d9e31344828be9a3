"""`hpo-job enqueue`, `hpo-job drop` and `hpo-job retry`: what a user asks of a search, at work or not.

They check it against the saved study and leave it in the inbox; the run that holds the state takes it in.
"""

import sys
from typing import Annotated

import typer

from job.cli.logs import TrialArgument
from job.cli.status import read_study
from job.core.journal import Dropped, Enqueued, Request, Retried
from job.core.requests import check_request, describe_values, parse_values
from job.core.study import Study
from job.settings import DEFAULT_STATE, StateOption
from job.state.directory import StateDirectory
from job.state.places import state_at

SetOption = Annotated[
    list[str],
    typer.Option("--set", metavar="NAME=VALUE", help="Value of this dimension; may be repeated.", show_default=False),
]


def enqueue(values: SetOption, state: StateOption = DEFAULT_STATE) -> None:
    """Try a point next: a whole one, or some of its values with proposals for the others.

    It comes before whatever the search would do by itself, also where the
    budgets are spent. A run that is at work takes it in; where none is, the
    next hpo-job search does.
    """
    store = state_at(state)
    study = read_study(store)
    params = parse_values(study.fingerprint.space, values)
    is_whole = len(params) == len(study.fingerprint.space.active(params))
    others = "" if is_whole else ", with proposals for the other values"
    _ask(store, study, Enqueued(params), f"{describe_values(params)} will be tried next{others}")


def drop(trial: TrialArgument, state: StateOption = DEFAULT_STATE) -> None:
    """Set a trial aside: it is kept and shown, and counts for nothing, neither for proposals nor for the best.

    If it is in training, that ends. A run that is at work takes it in; where
    none is, the next hpo-job search does.
    """
    store = state_at(state)
    study = read_study(store)
    ends = any(each.number == trial for each in study.begun)
    _ask(store, study, Dropped(trial), f"trial {trial} will be set aside{', and its training ends' if ends else ''}")


def retry(trial: TrialArgument, state: StateOption = DEFAULT_STATE) -> None:
    """Train a failed trial again from its start, with the same random numbers, since what it failed of is mended.

    It comes before whatever the search would do by itself, also where the
    budgets are spent. A run that is at work takes it in; where none is, the
    next hpo-job search does.
    """
    store = state_at(state)
    _ask(store, read_study(store), Retried(trial), f"trial {trial} will be trained again from its start")


def _ask(store: StateDirectory, study: Study, request: Request, what: str) -> None:
    """Leave a request that can be taken in, and tell `what` will come of it, and when."""
    check_request(study, request)
    store.inbox.write(request)
    holder = store.holder()
    when = "no run is at work: the next hpo-job search takes it in"
    if holder is not None and holder.silent_since is None:
        when = f"the run at work takes it in within seconds: {holder.name}"
    elif holder is not None:
        when = f"the next run takes it in, or the one that holds the state and may have been killed: {holder.name}"
    sys.stdout.write(f"{what}\n{when}\n")
