"""The bits of a trial depend on the number of TensorFlow's threads, and not on the number of cores that run them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from job.core.study import Study
from job.state.directory import StateDirectory
from job.threads import threads_to_begin_with
from tests.fakes import ROOT_OF_SOURCES

CORES = sorted(os.sched_getaffinity(0))
# The first trial is the default point, whose logs show no difference after a few epochs: it is too small, and slow.
BOUNDS = ("--bounds=learning_rate=1e-3:1e-2", "--bounds=num_dense_layers=2:5", "--bounds=num_dense_nodes=256:512")
SEARCH = ("search", "--problem=digits", *BOUNDS, "--epochs=3", "--no-tensorboard")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(len(CORES) < 2, reason="there is one core, and so no other number to compare it with"),
    pytest.mark.skipif(threads_to_begin_with() < 2, reason="a search that begins here takes one thread on any cores"),
]


def search(state: Path, *options: str, cores: int) -> tuple[Study, str]:
    """Search with so many cores; return the study, and what was told."""
    os.sched_setaffinity(0, CORES[:cores])  # which the search inherits
    try:
        command = [sys.executable, "-m", "job", *SEARCH, f"--state={state}", *options]
        done = subprocess.run(command, cwd=ROOT_OF_SOURCES, capture_output=True, text=True, check=False)
    finally:
        os.sched_setaffinity(0, CORES)
    assert done.returncode == 0, done.stderr
    return study_in(state), done.stderr


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state of a search of one trial, with the two threads that it takes by itself on two cores."""
    state = tmp_path_factory.mktemp("begun") / "state"
    search(state, "--trials=1", cores=2)
    return state


def study_in(state: Path) -> Study:
    study = StateDirectory(state).read().study
    assert study is not None
    return study


def test_a_search_that_moves_to_fewer_cores_ends_in_the_bits_of_one_that_was_there_all_along(
    begun: Path, tmp_path: Path
) -> None:
    shutil.copytree(begun, tmp_path / "moved")
    moved, told = search(tmp_path / "moved", "--trials=2", cores=1)
    unmoved, _ = search(tmp_path / "unmoved", "--trials=2", "--threads=2", cores=1)

    assert study_in(begun).fingerprint.threads == moved.fingerprint.threads == 2
    assert "before" not in told
    assert [trial.history for trial in moved.trials] == [trial.history for trial in unmoved.trials]


def test_other_threads_give_other_bits_on_the_same_cores(begun: Path, tmp_path: Path) -> None:
    one, _ = search(tmp_path / "one", "--trials=1", "--threads=1", cores=2)
    two = study_in(begun)

    assert one.trials[0].params == two.trials[0].params
    assert one.trials[0].history != two.trials[0].history, "the test above shows less than it says"
