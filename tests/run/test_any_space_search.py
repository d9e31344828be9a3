"""A search in a space with conditions, steps, an order and a fixed value, from the command line to the report."""

import subprocess
import sys
from pathlib import Path

import pytest

from job.core.study import Study
from job.core.trial import Status
from job.state.directory import StateDirectory
from tests.fakes import ROOT_OF_SOURCES

pytestmark = pytest.mark.slow


def search(state: Path, *options: str) -> Study:
    command = [sys.executable, "-m", "tests.command", "search", f"--state={state}", "--in-process", "--no-tensorboard"]
    done = subprocess.run([*command, *options], cwd=ROOT_OF_SOURCES, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    study = StateDirectory(state).read().study
    assert study is not None
    return study


BEGIN = ("--problem=branching", "--initial-points=2", "--epochs=1", "--rungs=none")


def test_a_search_that_is_gone_on_with_is_the_one_that_was_never_stopped(tmp_path: Path) -> None:
    whole = search(tmp_path / "whole", *BEGIN, "--trials=4")
    search(tmp_path / "parts", *BEGIN, "--trials=2")
    parts = search(tmp_path / "parts", "--trials=4")

    assert [trial.status for trial in parts.trials] == [Status.COMPLETED] * 4
    assert [trial.params for trial in parts.trials] == [trial.params for trial in whole.trials]
    assert [trial.history for trial in parts.trials] == [trial.history for trial in whole.trials]
    assert len({tuple(parts.fingerprint.space.values(trial.params)) for trial in parts.trials}) == 4
