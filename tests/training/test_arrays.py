"""Arrays of any nesting and type: as Keras's `fit` takes them, and to the same bits after an interruption."""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from job.core.objective import Objective
from job.core.randomness import Purpose, Seeds, seed_for
from job.data import Data, DataSource
from job.errors import SettingsError
from job.problems import load
from job.state.directory import TrialFiles
from job.training import Advanced, Completed, Setup, advance, evaluate
from job.training.batches import EVALUATION_BATCH_SIZE, TrainingBatches, evaluation_batches
from job.training.weights import weights_of
from tests.fake_problems import nested
from tests.training.control import FakeControl, asks_at_every
from tests.training.test_fit import SETUP, weights

pytestmark = pytest.mark.slow

NESTED = replace(
    SETUP,
    module="tests.fake_problems.nested",
    epochs=nested.EPOCHS,
    batch_size=nested.BATCH_SIZE,
    objective=Objective("val_loss", "min"),
)


def data_of(setup: Setup) -> Data:
    return load(setup.module).load_data(DataSource(), lambda _: None, seed=setup.seed)


def train(directory: Path, control: FakeControl, setup: Setup = NESTED) -> Advanced:
    return advance(setup, 1, nested.DEFAULT, setup.epochs, (), TrialFiles(directory), control)


def test_several_inputs_and_targets_are_interrupted_anywhere_to_the_same_bits(tmp_path: Path) -> None:
    whole = train(tmp_path / "whole", FakeControl())
    pieces = 1
    while not isinstance(outcome := train(tmp_path / "pieces", FakeControl(asks_at_every(3))), Completed):
        pieces += 1
    assert isinstance(whole, Completed) and pieces == 3
    assert outcome.history == whole.history and "val_sum_loss" in whole.history[0]
    for one, other in zip(weights(tmp_path / "pieces"), weights(tmp_path / "whole"), strict=True):
        np.testing.assert_array_equal(one, other)
    with pytest.raises(SettingsError, match="expected a test set, found none"):
        evaluate(NESTED, 1, nested.DEFAULT, TrialFiles(tmp_path / "whole").model, FakeControl())


def test_batches_are_picked_from_all_arrays_in_the_order_of_the_epoch() -> None:
    x, y, weight = data_of(NESTED).train
    batches = TrainingBatches((x, y, weight), nested.BATCH_SIZE, Seeds(seed=3, trial=1))
    order = np.random.default_rng(seed_for(3, 1, 1, Purpose.ORDER_OF_IMAGES)).permutation(nested.N)
    chosen = order[2 * nested.BATCH_SIZE : 3 * nested.BATCH_SIZE]
    found_x, found_y, found_weight = next(iter(batches.epoch(1, first=2)))
    assert [each.decode() for each in found_x["word"].numpy()] == x["word"][chosen].tolist()
    assert found_x["amounts"].dtype == np.float32, "Keras gives a model numbers of its default type"
    np.testing.assert_array_equal(found_x["amounts"], x["amounts"][chosen].astype(np.float32))
    np.testing.assert_array_equal(found_y["is_good"], y["is_good"][chosen])
    np.testing.assert_array_equal(found_weight["sum"], weight["sum"][chosen])


def test_a_validation_of_weighted_arrays_is_that_of_keras() -> None:
    data = data_of(NESTED)
    keras.utils.set_random_seed(5)
    model = nested.build_model(nested.DEFAULT, data)
    x, y, weight = data.validation
    found = model.evaluate(evaluation_batches(data.validation), verbose=0, return_dict=True)
    assert found == model.evaluate(x, y, sample_weight=weight, batch_size=500, verbose=0, return_dict=True)


def test_large_examples_are_validated_in_small_batches() -> None:
    large = (np.zeros((3, 5_000_000), np.uint8), np.zeros(3))
    assert [len(x) for x, _ in evaluation_batches(large)] == [1, 1, 1]
    small = (np.zeros((EVALUATION_BATCH_SIZE + 1, 3)), np.zeros(EVALUATION_BATCH_SIZE + 1))
    assert [len(x) for x, _ in evaluation_batches(small)] == [EVALUATION_BATCH_SIZE, 1]


@pytest.mark.parametrize("form", ["indices", "column", "one-hot"])
def test_classes_count_as_keras_has_them_count(form: str) -> None:
    classes, class_weight = np.array([0, 2, 1, 2]), {0: 0.5, 2: 3.0}
    y = {"indices": classes, "column": classes[:, None].astype(float), "one-hot": np.eye(3)[classes]}[form]
    from keras.src.trainers.data_adapters.data_adapter_utils import class_weight_to_sample_weights

    found = weights_of({"class_weight": class_weight}, (np.zeros((4, 1)), y))
    np.testing.assert_array_equal(found, class_weight_to_sample_weights(y, class_weight))
