"""Searches with rungs and several workers end in the same bits, whoever carries them out, is killed or stopped."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from job.core.confirmation import model_of
from job.core.study import Study
from job.errors import ExitCode
from job.state.directory import StateDirectory
from tests.cli import here
from tests.fakes import ROOT_OF_SOURCES

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]  # seconds; seven starts, on a machine that may be busy

# Of its trials some stop at the first rung, once four have shown what is good.
SEARCH = (
    "search",
    "--problem=tiny",
    "--trials=7",
    "--initial-points=7",
    "--epochs=2",
    "--rungs=0.3,1",
    "--confirm=2x1",
)
OPTIONS = ("--lookahead=4", "--threads=1", "--no-tensorboard", "--checkpoint-seconds=0.05")


def study_in(state: Path) -> Study | None:
    return StateDirectory(state).read().study


def finish(state: Path, *, workers: int) -> Study:
    """Return the study of the search in `state`, begun or gone on with to its end."""
    done = here.tests_command(*SEARCH, *OPTIONS, f"--state={state}", f"--workers={workers}")
    assert done.returncode == ExitCode.OK, done.stderr
    study = study_in(state)
    assert study is not None
    return study


def end_when(condition: Callable[[Study], bool], number: signal.Signals, state: Path, *, after: float = 0.0) -> int:
    """Let two workers search in `state` until so many seconds after a condition holds; return how the signal ends it.

    The whole process group gets it.
    """
    command = [sys.executable, "-m", "tests.command", *SEARCH, *OPTIONS, f"--state={state}", "--workers=2"]
    with subprocess.Popen(
        command, cwd=ROOT_OF_SOURCES, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        try:
            while (study := study_in(state)) is None or not condition(study):
                assert process.poll() is None, "the search has ended before it could be broken"
                time.sleep(0.02)
            time.sleep(after)
            os.killpg(process.pid, number)
            return process.wait()
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def bits_of(study: Study) -> object:
    """Return all that a search has found and planned, but for what clocks, attempts and times of writing tell."""
    trials = [
        replace(each, seconds=0.0, started_at=None, ended_at=None, attempts=0, model_sha256="")
        for each in (*study.trials, *study.replicates)
    ]
    steps = [replace(each, seconds=0.0, attempts=()) for each in study.steps]
    model = model_of(study)
    assert model is not None and model.of is not None and model.weights_sha256
    assert study.test is not None and study.test.number == model.number
    return trials, steps, study.test.metrics, study.test.predictions_sha256


def has_come_to(tried: int, study: Study) -> bool:
    """Tell whether so many trials are tried, and another one has left a checkpoint in the last run."""
    return len(study.tried) >= tried and any(trial.batches_trained for trial in study.at_work)


def is_confirming(study: Study) -> bool:
    """Tell whether a trial is trained again, after those of the search."""
    return any(step.trial < 0 and step.attempts for step in study.pending)


def test_a_search_ends_in_the_same_bits_with_one_worker_and_with_two_that_are_killed_or_stopped(tmp_path: Path) -> None:
    unbroken, killed, stopped = tmp_path / "unbroken", tmp_path / "killed", tmp_path / "stopped"
    expected = finish(unbroken, workers=1)

    instants = random.Random(5)
    come_to = (partial(has_come_to, instants.randint(0, 2)), partial(has_come_to, instants.randint(3, 5)))
    conditions: tuple[Callable[[Study], bool], ...] = (*come_to, is_confirming)
    for condition in conditions:
        assert end_when(condition, signal.SIGKILL, killed, after=instants.uniform(0, 0.3)) == -signal.SIGKILL
    assert end_when(partial(has_come_to, 1), signal.SIGTERM, stopped) == ExitCode.TEMPORARY_FAILURE

    assert [step.stopped_at for step in expected.steps if step.stopped_at is not None]
    assert bits_of(finish(killed, workers=2)) == bits_of(expected)
    assert bits_of(finish(stopped, workers=1)) == bits_of(expected)
