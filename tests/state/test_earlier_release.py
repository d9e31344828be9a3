"""States of earlier releases: read, and gone on with as the release that wrote them would have.

`format_2/` holds what version 0.1.0 left of `search --problem steady --trials 6 --initial-points 2 --seed 3
--checkpoint-seconds 0` after SIGTERM in trial 4, before the last batch of its third epoch, and its study of the same
search unbroken.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from job.core.study import Study
from job.core.trial import Status
from job.state import study_json
from job.state.directory import StateDirectory
from job.versions import changed_versions
from tests.fakes import ROOT_OF_SOURCES

FORMAT_2 = Path(__file__).parent / "format_2"
DEVICE = "CPU: Intel(R) Xeon(R) Processor (2 cores)"  # as that version told what they were made on
# Elsewhere training differs in its last bits, and so do the proposals that follow from it.
DEVICE_IN_FULL = (
    "CPU: Intel(R) Xeon(R) Processor (family 6 model 167 stepping 1, 2 cores, AVX-512, VNNI, BF16, FP16, AVX-VNNI, AMX)"
)
SEARCH = ("search", "--problem=steady", "--trials=6", "--initial-points=2", "--seed=3", "--no-tensorboard")


@pytest.fixture(scope="module")
def unbroken() -> Study:
    return study_json.load((FORMAT_2 / "unbroken.json").read_bytes())


@pytest.fixture(scope="module")
def gone_on_with(tmp_path_factory: pytest.TempPathFactory) -> Study:
    state = tmp_path_factory.mktemp("earlier") / "state"
    shutil.copytree(FORMAT_2 / "interrupted", state)
    command = [sys.executable, "-m", "tests.command", *SEARCH, f"--state={state}"]
    done = subprocess.run(
        command, cwd=ROOT_OF_SOURCES, env=os.environ, capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "another version of hpo-job has written it; it is now checkpoint.damaged-1, and trial 4" in done.stderr
    study = StateDirectory(state).read().study
    assert study is not None
    return study


def test_a_state_of_format_2_is_read() -> None:
    study = study_json.load((FORMAT_2 / "interrupted" / "study.json").read_bytes())
    assert [trial.status for trial in study.trials] == [Status.COMPLETED] * 3 + [Status.RUNNING]
    assert [(run.ended, run.device) for run in study.runs] == [("interrupted", DEVICE)]
    assert study.trial(4).epochs == 2


@pytest.mark.slow
def test_a_state_of_format_2_is_gone_on_with(gone_on_with: Study) -> None:
    assert [run.ended for run in gone_on_with.runs] == ["interrupted", "finished"]
    assert [trial.status for trial in gone_on_with.trials] == [Status.COMPLETED] * 6
    assert gone_on_with.runs[-1].epochs == 4 + 4 + 4  # trial 4 from its start: an epoch was a `fit` of its own then


@pytest.mark.slow
def test_a_state_of_format_2_ends_in_the_points_and_bits_of_the_release_that_began_it(
    gone_on_with: Study, unbroken: Study
) -> None:
    alike = gone_on_with.device == DEVICE_IN_FULL and _same_libraries(gone_on_with, unbroken)
    trials = 6 if alike else 4
    for went_on, expected in zip(gone_on_with.trials[:trials], unbroken.trials[:trials], strict=True):
        assert went_on.params == expected.params
        if alike:
            assert went_on.history == expected.history
        else:
            losses = [pytest.approx(_losses(logs), rel=1e-3) for logs in expected.history]
            assert [_losses(logs) for logs in went_on.history] == losses


def _losses(logs: Mapping[str, float]) -> list[float]:
    return [logs["loss"], logs["val_loss"], logs["learning_rate"]]


def _same_libraries(one: Study, other: Study) -> bool:
    return not changed_versions(other.runs[-1].versions, one.runs[-1].versions)
