"""States of earlier releases: read, and gone on with as the release that wrote them would have.

`format_2/` holds what version 0.1.0 left of `search --problem steady --trials 6 --checkpoint-seconds 0`, with the
options that its runs tell, after SIGTERM in the middle of an epoch, and its study of the same search unbroken.
`format_3/` and `format_6/` hold the same of the program as it was when it wrote these formats.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import pytest

from job.core import confirmation
from job.core.problem import Declared
from job.core.study import Study
from job.core.trial import Status
from job.run.fingerprint import check_same
from job.run.in_force import asked_of
from job.settings import Settings
from job.state import study_json
from job.state.directory import StateDirectory
from job.versions import changed_arithmetic, changed_versions
from tests.fakes import ROOT_OF_SOURCES

# Elsewhere training differs in its last bits, and so do the proposals that follow from it.
DEVICE = (
    "CPU: Intel(R) Xeon(R) Processor (family 6 model 167 stepping 1, 2 cores, AVX-512, VNNI, BF16, FP16, AVX-VNNI, AMX)"
)
SEARCH = ("search", "--no-tensorboard")  # all else is in the state


@dataclass(frozen=True, kw_only=True)
class Earlier:
    """What a release left of a search, and how that is gone on with."""

    name: str
    device: str  # as that release told what it was made on
    number: int  # of the trial in hand
    epochs: int  # of this trial
    batch: int  # of its next epoch
    told: str  # of this trial, when it is gone on with
    epochs_to_go: int  # of all trials
    surrogate: tuple[str, int, str] = ("GP", 2, "random")  # with its initial points and their design

    @property
    def folder(self) -> Path:
        return Path(__file__).parent / self.name


FORMAT_2 = Earlier(
    name="format_2",
    device="CPU: Intel(R) Xeon(R) Processor (2 cores)",
    number=4,
    epochs=2,
    batch=0,  # its checkpoint alone knew
    told="another version of hpo-job has written it; it is now checkpoint.damaged-1, and the trial starts again",
    epochs_to_go=4 + 4 + 4,  # trial 4 from its start: an epoch was a `fit` of its own then
)
FORMAT_3 = Earlier(
    name="format_3",
    device=DEVICE,
    number=3,
    epochs=4,
    batch=2,
    told="trial 3 goes on at batch 3 of 8 of epoch 5",
    epochs_to_go=1 + 5 + 5 + 5,  # the weights of trial 3's best epoch, its third, are those in the checkpoint
)

FORMAT_6 = Earlier(
    name="format_6",
    device=DEVICE,
    number=4,
    epochs=2,
    batch=1,
    told="trial 4 goes on at batch 2 of 8 of epoch 3",
    epochs_to_go=3 + 5 + 5,
    surrogate=("additive-gp", 2, "sobol"),
)


@pytest.fixture(scope="module", params=[FORMAT_2, FORMAT_3, FORMAT_6], ids=lambda earlier: earlier.name)
def earlier(request: pytest.FixtureRequest) -> Earlier:
    assert isinstance(request.param, Earlier)
    return request.param


@pytest.fixture(scope="module")
def unbroken(earlier: Earlier) -> Study:
    return study_json.load((earlier.folder / "unbroken.json").read_bytes())


@pytest.fixture(scope="module")
def gone_on_with(earlier: Earlier, tmp_path_factory: pytest.TempPathFactory) -> Study:
    state = tmp_path_factory.mktemp("earlier") / "state"
    shutil.copytree(earlier.folder / "interrupted", state)
    command = [sys.executable, "-m", "tests.command", *SEARCH, f"--state={state}"]
    done = subprocess.run(
        command, cwd=ROOT_OF_SOURCES, env=os.environ, capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == 0, done.stderr
    assert earlier.told in done.stderr
    study = StateDirectory(state).read().study
    assert study is not None
    return study


def test_a_state_of_an_earlier_release_is_read(earlier: Earlier) -> None:
    study = study_json.load((earlier.folder / "interrupted" / "study.json").read_bytes())
    assert [trial.status for trial in study.trials] == [Status.COMPLETED] * (earlier.number - 1) + [Status.RUNNING]
    assert [(run.ended, run.device) for run in study.runs] == [("interrupted", earlier.device)]
    in_hand = study.trial(earlier.number)
    assert (in_hand.epochs, in_hand.batch) == (earlier.epochs, earlier.batch)


def test_a_bare_search_goes_on_with_the_surrogate_and_the_design_of_the_release_that_began_it(earlier: Earlier) -> None:
    study = study_json.load((earlier.folder / "interrupted" / "study.json").read_bytes())
    saved = study.fingerprint
    declared = Declared(
        space=saved.space, epochs=saved.epochs, batch_size=saved.batch_size, points=tuple(map(dict, saved.given))
    )
    fingerprint = asked_of(Settings(), study, lambda _: declared).fingerprint
    check_same(saved, replace(fingerprint, data=saved.data))
    assert (fingerprint.surrogate, fingerprint.initial_points, fingerprint.design) == earlier.surrogate
    assert (fingerprint.rungs, fingerprint.lookahead, fingerprint.gpu_memory) == ((), 1, None)


@pytest.mark.slow
def test_the_start_of_a_step_counts_as_in_the_release_that_began_the_search(gone_on_with: Study) -> None:
    assert (gone_on_with.fingerprint.start_batches, gone_on_with.fingerprint.start_share) == (1, 0.0)


def test_a_state_of_an_earlier_release_is_read_with_all_that_its_trials_gave(earlier: Earlier, unbroken: Study) -> None:
    written = json.loads((earlier.folder / "unbroken.json").read_text())["study"]
    for trial, expected in zip(unbroken.trials, written["trials"], strict=True):
        assert trial.params == expected["params"]
        assert trial.history == _epochs(expected["history"])
        assert trial.kept == expected.get("kept")
        assert (trial.model_sha256, trial.n_weights) == (expected["model_sha256"], expected["n_weights"])
        times = (trial.seconds, trial.started_at, trial.ended_at)
        assert times == (expected["seconds"], expected["started_at"], expected["ended_at"])
    assert _tested(unbroken) == (written["test"]["number"], written["test"]["metrics"])
    limits = written["budgets"] if "budgets" in written else written["journal"][0]["input"]
    assert {name: getattr(unbroken.limits, name) for name in limits} == limits


@pytest.mark.slow
def test_a_state_of_an_earlier_release_is_gone_on_with(earlier: Earlier, gone_on_with: Study) -> None:
    assert [run.ended for run in gone_on_with.runs] == ["interrupted", "finished"]
    begun_with, options = (run.options for run in gone_on_with.runs)
    then = ["--rungs", "none", "--confirm", "none"]  # the defaults then, which they are not any more
    if earlier.surrogate[0] == "GP":
        then += ["--surrogate", "GP"]
    assert set(zip(then[::2], then[1::2], strict=True)) <= set(pairwise(options))
    assert [each for each in options if each not in then] == list(begun_with)
    assert [trial.status for trial in gone_on_with.trials] == [Status.COMPLETED] * 6
    assert gone_on_with.runs[-1].epochs == earlier.epochs_to_go


@pytest.mark.slow
def test_a_state_of_an_earlier_release_ends_in_the_points_and_bits_of_the_release_that_began_it(
    earlier: Earlier, gone_on_with: Study, unbroken: Study
) -> None:
    alike = gone_on_with.device == DEVICE and _same_arithmetic(gone_on_with, unbroken)
    trials = 6 if alike else earlier.number
    for went_on, expected in zip(gone_on_with.trials[:trials], unbroken.trials[:trials], strict=True):
        assert went_on.params == expected.params
        if alike:
            assert (went_on.history, went_on.kept) == (expected.history, expected.kept)
        else:
            losses = [pytest.approx(_losses(logs), rel=1e-3) for logs in expected.history]
            assert [_losses(logs) for logs in went_on.history] == losses
    if alike:
        assert _tested(gone_on_with) == _tested(unbroken)


def _epochs(written: list[Mapping[str, float]] | Mapping[str, list[float]]) -> tuple[Mapping[str, float], ...]:
    """Return the logs of each epoch, which format 6 writes as the values of each metric."""
    if isinstance(written, list):
        return tuple(written)
    return tuple(dict(zip(written, values, strict=True)) for values in zip(*written.values(), strict=True))


def _losses(logs: Mapping[str, float]) -> list[float]:
    return [logs["loss"], logs["val_loss"], logs["learning_rate"]]


def _tested(study: Study) -> tuple[int, Mapping[str, float]]:
    test = confirmation.test_of_model(study)
    assert test is not None
    return test.number, test.metrics


def _same_arithmetic(one: Study, other: Study) -> bool:
    before, now = other.runs[-1], one.runs[-1]
    return not (
        changed_versions(before.versions, now.versions) or changed_arithmetic(before.arithmetic, now.arithmetic)
    )
