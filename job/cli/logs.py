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
from job.core.trial import Status, Trial
from job.errors import SettingsError
from job.run.stopping import StopFlag
from job.settings import DEFAULT_STATE, StateOption
from job.state import durable
from job.state.directory import StateDirectory
from job.state.places import state_at

_TICK_SECONDS = 0.5
_CHUNK_BYTES = 1 << 16

TrialArgument = Annotated[int, typer.Argument(metavar="TRIAL", help="Number of the trial.", min=1)]
SeedOption = Annotated[
    int | None,
    typer.Option(
        "--seed",
        metavar="N",
        help="Of the trial as the confirmation has trained it again on this seed, from 1.",
        min=1,
        show_default=False,
    ),
]
FollowOption = Annotated[bool, typer.Option("--follow", "-f", help="Go on as the trial prints, until it has ended.")]


def logs(
    context: typer.Context,
    trial: TrialArgument,
    state: StateOption = DEFAULT_STATE,
    seed: SeedOption = None,
    follow: FollowOption = False,
) -> None:
    """Print what a trial has printed; and on standard error what has happened to it, start by start."""
    stop: StopFlag = context.obj
    store = state_at(state)
    study = read_study(store)
    if trial > len(study.trials):
        raise SettingsError(
            f"expected the number of a trial from 1 to {len(study.trials)}, found {trial}",
            hint="see hpo-job report for the trials",
        )
    asked = study.trial(trial) if seed is None else _replicate(study, trial, seed)
    _show_history(study, asked)
    log = store.log_of(asked.number)
    if not log.exists() and not follow:
        if _is_planned(study, asked):
            raise SettingsError(f"{asked.title} has no log yet", hint="it is planned, and waits for a worker")
        raise SettingsError(f"{asked.title} has left no log", hint="with --in-process a trial prints to the terminal")
    for chunk in _following(store, asked.number, stop) if follow else _chunks(log, 0):
        show_file(chunk)


def _replicate(study: Study, of: int, seed: int) -> Trial:
    """Return a trial as the confirmation has trained it again on a seed."""
    seeds = {each.replicate: each for each in study.replicates if each.of == of}
    if seed not in seeds:
        known = ", ".join(map(str, sorted(seeds)))
        raise SettingsError(
            f"--seed: expected one on which trial {of} has been trained again, found {seed}",
            hint=f"those are {known}" if known else f"no confirmation has trained trial {of} again",
        )
    return seeds[seed]


def _show_history(study: Study, trial: Trial) -> None:
    from job.report.progress import describe_stop
    from job.report.sentences import attempt_rows, status_label
    from job.report.summary import summarize_starts

    what = "planned" if _is_planned(study, trial) else status_label(trial.status)
    if trial.status is Status.STOPPED:
        what = f"stopped {describe_stop(study, trial.number)}"
    origin = "" if trial.of is not None else f", {trial.origin}"
    reason = f": {trial.reason}" if trial.reason else ""
    lines = [f"{trial.title}{origin}: {what}{reason}"]
    lines += [f"  {when}: {fate}" for when, fate in attempt_rows(summarize_starts(study, trial.number))]
    sys.stderr.write("\n".join(lines) + "\n")
    sys.stderr.flush()


def _is_planned(study: Study, trial: Trial) -> bool:
    """Tell whether a trial waits for a worker to begin with it."""
    return trial in study.planned and trial not in study.begun


def _following(store: StateDirectory, number: int, stop: StopFlag) -> Iterator[bytes]:
    """Yield what a trial prints until it has ended, or no run is at work that could go on with it."""
    read = 0
    while True:
        is_last = not store.is_at_work() or _has_ended(store, number)  # before the rest is read, lest some be missed
        for chunk in _chunks(store.log_of(number), read):
            read += len(chunk)
            yield chunk
        sys.stdout.flush()
        if is_last:
            return
        stop.check()
        time.sleep(_TICK_SECONDS)


def _has_ended(store: StateDirectory, number: int) -> bool:
    study = store.read().study
    if study is None or number > len(study.trials) or -number > len(study.replicates):
        return True
    return study.trial(number).status is not Status.RUNNING


def _chunks(log: Path, start: int) -> Iterator[bytes]:
    """Yield what stands in a log from byte `start` on; nothing where there is none."""
    if not log.exists():
        return
    with durable.state_errors(log), log.open("rb") as file:
        file.seek(start)
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk
