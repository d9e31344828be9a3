"""The outputs of a model with the true values and the losses that belong to them."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from job.training.answers import Loss
from job.training.outputs import loss_of, outputs_of

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("mse", Loss("mean_squared_error")),
        ("BinaryCrossentropy", Loss("binary_crossentropy")),
        (keras.losses.Huber(), Loss("huber")),
        (
            keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            Loss("sparse_categorical_crossentropy", from_logits=True),
        ),
        (keras.losses.kl_divergence, Loss("kl_divergence")),
        (lambda true, given: given, Loss()),
        (None, Loss()),
    ],
)
def test_a_loss_is_known_in_whatever_way_it_was_given(given: object, expected: Loss) -> None:
    assert loss_of(given) == expected


def model(*names: str, loss: object = "mse") -> keras.Model:
    inputs = keras.Input((2,))
    outputs = [keras.layers.Dense(1, name=name)(inputs) for name in names]
    found = keras.Model(inputs, outputs if len(outputs) > 1 else outputs[0])
    found.compile(loss=loss)
    return found


ONE, OTHER = np.ones((3, 1)), np.zeros((3, 1))


@pytest.mark.parametrize("true", [(ONE, OTHER), {"b": OTHER, "a": ONE}])
@pytest.mark.parametrize("loss", [["mse", "mae"], {"b": "mae", "a": "mse"}])
def test_several_outputs_find_their_true_values_and_losses_by_place_or_name(true: object, loss: object) -> None:
    first, second = outputs_of(model("a", "b", loss=loss), [OTHER, ONE], true)
    assert (first.name, second.name) == ("a", "b")
    assert (first.true is ONE, second.true is OTHER) == (True, True)
    assert (first.loss.name, second.loss.name) == ("mean_squared_error", "mean_absolute_error")


def test_an_only_output_and_an_only_target_belong_together_whatever_their_names() -> None:
    (found,) = outputs_of(model("a"), ONE, {"y": OTHER})
    assert found.true is OTHER
    (alone,) = outputs_of(model("a"), ONE, None)
    assert alone.true is None


def test_a_ragged_output_is_an_array_of_arrays() -> None:
    (found,) = outputs_of(model("a"), tf.ragged.constant([[1.0], [2.0, 3.0]]), ONE)
    assert found.given.dtype.kind == "O" and found.given[1].tolist() == [2, 3]
