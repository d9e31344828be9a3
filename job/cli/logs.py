"""`hpo-job logs`."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from job.cli.output import show_file
from job.cli.status import read_study
from job.core.study import Study
from job.core.trial import Status
from job.errors import SettingsError
from job.run.stopping import StopFlag
from job.settings import DEFAULT_STATE, StateOption
from job.state import durable
from job.state.directory import StateDirectory

_TICK_SECONDS = 0.5
_CHUNK_BYTES = 1 << 16

TrialArgument = Annotated[int, typer.Argument(metavar="TRIAL", help="Number of the trial.", min=1)]
FollowOption = Annotated[bool, typer.Option("--follow", "-f", help="Go on as the trial prints, until it has ended.")]


def logs(
    context: typer.Context, trial: TrialArgument, state: StateOption = DEFAULT_STATE, follow: FollowOption = False
) -> None:
    """Print what a trial has printed; and on standard error what has happened to it, start by start."""
    stop: StopFlag = context.obj
    store = StateDirectory(state)
    study = read_study(store)
    if trial > len(study.trials):
        raise SettingsError(
            f"expected the number of a trial from 1 to {len(study.trials)}, found {trial}",
            hint="see hpo-job report for the trials",
        )
    _show_history(study, trial)
    log = store.trial_files(trial).log
    if not log.exists() and not follow:
        if _is_planned(study, trial):
            raise SettingsError(f"trial {trial} has no log yet", hint="it is planned, and waits for a worker")
        raise SettingsError(f"trial {trial} has left no log", hint="with --in-process a trial prints to the terminal")
    for chunk in _following(store, trial, stop) if follow else _chunks(log, 0):
        show_file(chunk)


def _show_history(study: Study, number: int) -> None:
    from job.report.progress import describe_stop
    from job.report.sentences import attempt_rows, status_label
    from job.report.summary import summarize

    trial = next(each for each in summarize(study)["trials"] if each["number"] == number)
    what = "planned" if _is_planned(study, number) else status_label(trial["status"])
    if trial["status"] == Status.STOPPED:
        what = f"stopped {describe_stop(study, number)}"
    reason = f": {trial['reason']}" if trial["reason"] else ""
    lines = [f"trial {number}, {trial['origin']}: {what}{reason}"]
    lines += [f"  {when}: {fate}" for when, fate in attempt_rows(trial)]
    sys.stderr.write("\n".join(lines) + "\n")
    sys.stderr.flush()


def _is_planned(study: Study, number: int) -> bool:
    """Tell whether a trial waits for a worker to begin with it."""
    trial = study.trial(number)
    return trial in study.in_hand and trial not in study.begun


def _following(store: StateDirectory, number: int, stop: StopFlag) -> Iterator[bytes]:
    """Yield what a trial prints until it has ended, or no run is at work that could go on with it."""
    log, read = store.trial_files(number).log, 0
    while True:
        is_last = store.holder() is None or _has_ended(store, number)  # before the rest is read, lest some be missed
        for chunk in _chunks(log, read):
            read += len(chunk)
            yield chunk
        sys.stdout.flush()
        if is_last:
            return
        stop.check()
        time.sleep(_TICK_SECONDS)


def _has_ended(store: StateDirectory, number: int) -> bool:
    study = store.read().study
    return study is None or number > len(study.trials) or study.trial(number).status is not Status.RUNNING


def _chunks(log: Path, start: int) -> Iterator[bytes]:
    """Yield what stands in a log from byte `start` on; nothing where there is none."""
    if not log.exists():
        return
    with durable.state_errors(log), log.open("rb") as file:
        file.seek(start)
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk
