"""Data in batches, or from a function of the epoch: what can be told of them before they are read."""

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from job.data import Data, Images
from job.data.checks import checked_data
from job.errors import SettingsError
from job.problems.functions import call_for_epoch, with_held_out

pytestmark = pytest.mark.slow  # it imports TensorFlow

ARRAYS = (np.zeros((4, 3)), np.zeros(4))
DATASET = tf.data.Dataset.from_tensor_slices(ARRAYS).batch(2)


class Endless(keras.utils.PyDataset):  # type: ignore[misc]
    num_batches = None

    def __getitem__(self, batch: int) -> Any:
        return ARRAYS


class Empty(Endless):
    num_batches = 0  # type: ignore[assignment]


def refusal(train: Any, **parts: Any) -> str:
    with pytest.raises(SettingsError) as caught:
        checked_data(Data(train=train, **{"validation": ARRAYS, **parts}))
    return f"{caught.value}\n{caught.value.hint}"


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (DATASET.repeat(), "train: expected a tf.data.Dataset with an end, found one without"),
        (DATASET.map(lambda x, y: x), "train: expected batches (x, y) or (x, y, sample_weight), found TensorSpec"),
        (Endless(), "train: expected a PyDataset with an end, found one without"),
        (Empty(), "train: expected one or more batches, found none"),
        (lambda: ARRAYS, "train: expected a function of the epoch, as f(epoch), found that"),
    ],
    ids=range(5),
)
def test_what_cannot_be_an_epoch_is_refused(part: Any, said: str) -> None:
    assert said in refusal(part)


def test_the_way_out_of_what_has_no_end_is_told() -> None:
    assert "as take(n) does, or give a function of the epoch" in refusal(DATASET.repeat())


@pytest.mark.parametrize("train", [DATASET, lambda epoch: ARRAYS], ids=range(2))
def test_a_share_is_taken_of_arrays_alone(train: Any) -> None:
    assert "validation: expected examples, since those to train on are not in arrays" in refusal(train, validation=0.1)


def test_forms_are_mixed_where_they_can_be() -> None:
    found = checked_data(Data(train=DATASET, validation=ARRAYS, test=lambda epoch: ARRAYS))
    assert found.train is DATASET
    images = Images(np.zeros((4, 4, 4, 1), np.uint8), np.arange(4))
    assert len(checked_data(Data(train=images, validation=images, test=DATASET)).class_names) == 4


def test_what_is_held_out_by_a_function_is_that_of_its_first_epoch_and_drawn_by_the_seed() -> None:
    def held_out(epoch: int) -> Any:
        return np.full((4, 3), epoch + np.random.random()), np.zeros(4)  # noqa: NPY002

    first, again, other = (
        with_held_out(Data(train=ARRAYS, validation=held_out), seed=seed).validation[0][0, 0] for seed in (1, 1, 2)
    )
    assert first == again != other and first < 1


def test_a_function_of_the_epoch_returns_examples_and_leaves_the_generators_as_they_were() -> None:
    np.random.seed(5)  # noqa: NPY002
    expected = np.random.random(2)[1]  # noqa: NPY002
    np.random.seed(5)  # noqa: NPY002
    np.random.random()  # noqa: NPY002
    call_for_epoch(lambda epoch: (np.random.random((2, 2)), np.zeros(2)), 3, seed=9)  # noqa: NPY002
    assert np.random.random() == expected  # noqa: NPY002
    with pytest.raises(SettingsError, match="train: the function of the epoch: expected examples, found a function"):
        call_for_epoch(lambda epoch: lambda: None, 0, seed=9)
    with pytest.raises(SettingsError, match="train: the function of the epoch: expected Images, a tuple"):
        call_for_epoch(lambda epoch: None, 0, seed=9)
