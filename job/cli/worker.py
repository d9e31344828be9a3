"""`hpo-job worker`."""

import os
import sys
import time
from typing import Annotated

import typer

from job.run.stopping import StopFlag
from job.settings import GraceOption, Settings
from job.settings.addresses import parse_scheduler
from job.settings.durations import parse_duration
from job.settings.option import option

_PANEL = "The worker"
_WAIT_SECONDS = 600.0

AddressArgument = Annotated[
    str,
    typer.Argument(
        metavar="ADDRESS", help="Where the search listens, such as tcp://HOST:8786.", parser=parse_scheduler
    ),
]
WaitOption = Annotated[
    float | None,
    option(
        "--wait-for-search",
        _PANEL,
        "How long to wait where there is no search, such as 30m or 1h, before it ends with 75; also for the next run "
        "of one that was killed. Without it 10m.",
        parser=parse_duration,
        metavar="DURATION",
    ),
]
GpusOption = Annotated[
    str | None,
    option(
        "--gpus",
        _PANEL,
        "The GPUs to train on, such as 0,1, as CUDA_VISIBLE_DEVICES takes them; without it, all.",
        metavar="LIST",
    ),
]


def worker(
    context: typer.Context,
    address: AddressArgument,
    wait_for_search: WaitOption = None,
    gpus: GpusOption = None,
    grace_seconds: GraceOption = Settings.grace_seconds,
) -> None:
    """Train for a search that listens: hpo-job search --listen tcp://0.0.0.0:8786.

    It takes as many trials at a time as there is room for: one a GPU, or as the search's threads go into the cores.
    Asked to stop, it hands back what it is at, and another worker goes on with that.
    It ends with 0 once the search has finished.
    """
    from job.executors.room import VISIBLE
    from job.run.worker import work

    stop: StopFlag = context.obj
    stop.limit(grace_seconds=grace_seconds, run_seconds=None)
    if gpus is not None:
        os.environ[VISIBLE] = gpus
    wait_seconds = _WAIT_SECONDS if wait_for_search is None else wait_for_search
    work(address, wait_seconds=wait_seconds, grace_seconds=grace_seconds, stop=stop, say=_say)


def _say(message: str) -> None:
    sys.stderr.write(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {message}\n")
