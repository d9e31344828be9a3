"""`hpo-job copy`."""

import sys
from typing import Annotated

import typer

from job.address import StatePlace
from job.cli.output import waiting_shown
from job.paths import parse_state
from job.state.places import state_at
from job.words import count, format_size

SourceArgument = Annotated[
    StatePlace, typer.Argument(metavar="STATE", show_default=False, parser=parse_state, help="Where the search is.")
]
TargetArgument = Annotated[
    StatePlace,
    typer.Argument(metavar="OTHER", show_default=False, parser=parse_state, help="Where no search is yet."),
]


def copy(state: SourceArgument, other: TargetArgument) -> None:
    """Copy a search to another directory, or to or from an object store, and compare each file by its digest.

    No run may be at work on it. It goes on from there as it would have here; what was trained again under
    retrained-... is a search of its own, to be copied by itself.
    """
    from job.state.copying import copy_state

    with waiting_shown(f"Copying {state} to {other} ..."):
        copied = copy_state(state_at(state), state_at(other))
    trials, files = count(len(copied.study.trials), "trial"), count(copied.files, "file")
    sys.stdout.write(
        f"copied {trials}, {files} of {format_size(copied.n_bytes)}, to {other}: all digests are the same\n"
    )
    for name in copied.left_out:
        sys.stderr.write(f"hpo-job: {name} is left out: copy it by hpo-job copy {state}/{name} {other}/{name}\n")
