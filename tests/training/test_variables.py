"""The digest of weights, by which a trial that is trained again is compared with the model that it left before."""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from job.core.objective import Objective
from job.core.space import Params
from job.core.trial import Keep
from job.data import DataSource
from job.state.directory import TrialFiles
from job.training import Completed, Setup, advance, digest_of_model
from job.training.variables import digest_of, weights_digest
from tests.fake_problems import tiny, varied
from tests.training.control import FakeControl
from tests.training.test_fit import SETUP
from tests.training.test_one_fit import SETUP as VARIED

pytestmark = pytest.mark.slow


def trained(directory: Path, setup: Setup = SETUP, params: Params = tiny.DEFAULT) -> tuple[Path, str]:
    """Return the model of a trial, and what training tells of its weights."""
    files = TrialFiles(directory)
    outcome = advance(setup, 1, params, setup.epochs, (), files, FakeControl())
    assert isinstance(outcome, Completed)
    return files.model, outcome.weights_sha256


def model_of_tiny() -> keras.Model:
    model = tiny.build_model(tiny.DEFAULT, tiny.load_data(DataSource(), lambda _: None))
    model.optimizer.build(model.trainable_variables)  # as it is in the model of a trial
    return model


def digest_of_tiny(model_file: Path) -> str:
    return digest_of_model(SETUP, tiny.DEFAULT, model_file, FakeControl())


def test_a_model_that_is_left_has_the_weights_that_training_tells_of(tmp_path: Path) -> None:
    """Its layers draw random numbers, and it is built here after others."""
    model_file, digest = trained(tmp_path)
    assert digest_of_tiny(model_file) == digest


@pytest.mark.parametrize("way", ["early stopping", "swapped ema", "augmentation"])
@pytest.mark.parametrize("keep", Keep)
def test_weights_that_are_kept_and_not_the_last_ones_are_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str, keep: Keep
) -> None:
    monkeypatch.setattr(varied, "folder", tmp_path)
    setup = replace(VARIED, keep=keep, objective=Objective("val_loss", "min"))
    model_file, digest = trained(tmp_path, setup, {"way": way})
    assert digest_of_model(setup, {"way": way}, model_file, FakeControl()) == digest


def test_a_trial_that_is_trained_again_has_the_digest_and_another_seed_has_another(tmp_path: Path) -> None:
    _, digest = trained(tmp_path / "first")
    assert trained(tmp_path / "again")[1] == digest
    assert trained(tmp_path / "other", replace(SETUP, seed=4))[1] != digest


def test_two_saves_of_a_model_have_one_digest(tmp_path: Path) -> None:
    model, files = model_of_tiny(), (tmp_path / "one.keras", tmp_path / "two.keras")
    for file in files:
        model.save(file)
    assert [digest_of_tiny(file) for file in files] == [weights_digest(model)] * 2


def test_one_bit_of_one_weight_gives_another_digest(tmp_path: Path) -> None:
    model = model_of_tiny()
    model.save(tmp_path / "before.keras")
    bias = keras.ops.convert_to_numpy(model.weights[-1]).copy()
    bias.view(np.uint32)[0] ^= 1
    model.weights[-1].assign(bias)
    model.save(tmp_path / "after.keras")
    assert digest_of_tiny(tmp_path / "after.keras") == weights_digest(model)
    assert digest_of_tiny(tmp_path / "after.keras") != digest_of_tiny(tmp_path / "before.keras")


def test_the_same_bits_in_another_shape_type_or_order_have_another_digest() -> None:
    zeros, ones = np.zeros((2, 3), np.float32), np.ones((2, 3), np.float32)
    digests = {
        digest_of(values)
        for values in (
            (zeros, ones),
            (ones, zeros),
            (zeros.reshape(3, 2), ones),
            (zeros.view(np.int32), ones),
            (np.concatenate((zeros, ones)),),
        )
    }
    assert len(digests) == 5
