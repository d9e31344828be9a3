"""What `fit_options` say of how much images count, and what comes of it."""

from typing import Any

import numpy as np
import pytest

from job.core.randomness import Seeds
from job.data import DataSource, Images
from job.errors import SettingsError
from job.training.weights import weights_of

SPLIT = Images(np.zeros((3, 4, 4, 1), np.uint8), np.array([0, 2, 2]))


def test_weights_of_classes_and_of_images_are_multiplied() -> None:
    assert weights_of({}, SPLIT) is None
    by_class = weights_of({"class_weight": {2: np.float32(0.5)}}, SPLIT)
    by_both = weights_of({"class_weight": {2: 0.5}, "sample_weight": [1, 2, 4]}, SPLIT)
    assert by_class is not None and by_both is not None
    assert (by_class.tolist(), by_both.tolist()) == ([1.0, 0.5, 0.5], [1.0, 1.0, 2.0])
    assert by_both.dtype == np.float32


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            {"class_weight": [1, 2]},
            "expected a dictionary from the indices of classes to weights of 0 or more, found [1",
        ),
        ({"class_weight": {3: 1.0}}, "found {3: 1.0}, and examples of none of these classes"),
        ({"class_weight": {0: -1}}, "found {0: -1}"),
        ({"sample_weight": [1, 2]}, "sample_weight: expected a number for each of 3 training examples, found int64"),
        ({"sample_weight": [1, 2, np.nan]}, "sample_weight: expected finite numbers of 0 or more"),
    ],
)
def test_weights_that_cannot_be_are_told(options: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        weights_of(options, SPLIT)
    assert said in str(refusal.value)


def test_weights_of_the_data_and_of_classes_are_multiplied_whatever_their_shape() -> None:
    y, own = np.array([0, 2]), np.array([[1, 2], [3, 4]], np.float32)
    found = weights_of({"class_weight": {2: 10}}, (np.zeros((2, 2, 3)), y, own))
    assert found is not None and found.tolist() == [[1, 2], [30, 40]]


def test_weights_of_examples_count_for_each_of_several_targets() -> None:
    part = (np.zeros((2, 1)), {"a": np.zeros(2), "b": np.zeros(2)}, {"a": np.array([1, 2]), "b": np.array([3, 4])})
    found = weights_of({"sample_weight": np.array([2, 3])}, part)
    assert found is not None
    assert {name: each.tolist() for name, each in found.items()} == {"a": [2, 6], "b": [6, 12]}


@pytest.mark.parametrize("y", [(np.zeros(2), np.zeros(2)), np.array(["a", "b"]), np.zeros((2, 3, 4))], ids=range(3))
def test_weights_of_classes_need_one_class_an_example(y: Any) -> None:
    with pytest.raises(SettingsError, match="class_weight: expected one target, of the index of a class") as refusal:
        weights_of({"class_weight": {0: 1.0}}, (np.zeros((2, 1)), y))
    assert refusal.value.hint == "give sample_weight, with a number for each example"


@pytest.mark.slow
def test_a_training_counts_images_as_keras_does() -> None:
    import keras

    from job.training.batches import TrainingBatches
    from tests.fake_problems import tiny

    data = tiny.load_data(DataSource(), lambda _: None)
    class_weight = {0: 0.2, 1: 3.0, 2: 1.5}
    weights = weights_of({"class_weight": class_weight}, data.train)
    batches = TrainingBatches(data.train, 16, Seeds(seed=3, trial=1), weights=weights)
    trained = []
    for options in ({}, {"class_weight": class_weight}):
        keras.utils.set_random_seed(5)
        model = tiny.build_model(tiny.DEFAULT, data)
        epoch = batches.epoch(0)
        epoch = epoch.map(lambda images, labels, _: (images, labels)) if options else epoch
        model.fit(epoch, shuffle=False, verbose=0, **options)
        trained.append(model.get_weights())
    assert all(np.array_equal(one, other) for one, other in zip(*trained, strict=True))
