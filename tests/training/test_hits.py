"""Which validation examples a model gets right: those that its score counts, or else nothing."""

from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from job.core.fingerprint import DataDescription
from job.core.objective import Objective
from job.core.trial import Hits
from job.data import Data, DataSource
from job.training import Setup
from job.training.hits import MOST_EXAMPLES, hits_of

pytestmark = pytest.mark.slow

SETUP = Setup(
    module="",
    data=DataSource(),
    seed=3,
    epochs=1,
    batch_size=8,
    objective=Objective("val_accuracy", "max"),
    deterministic=True,
    checkpoint_seconds=3600,
)
# For the first class, the second, and both; of ten examples the model gets all but numbers 4 and 9 right.
X = np.array([[2, 1], [1, 2], [5, 0], [0, 1], [3, 2], [2, 3], [9, 1], [1, 0], [0, 4], [7, 8]], np.float32)
Y = np.array([0, 1, 0, 1, 1, 1, 0, 0, 1, 0])
RIGHT = Hits(examples=10, packed=bytes([0b11110111, 0b10000000]))


def answering(*layers: keras.layers.Layer, loss: Any = "sparse_categorical_crossentropy") -> keras.Model:
    """Return a model that gives its inputs on, through `layers`."""
    model = keras.Sequential([keras.Input((2,)), *layers])
    model.compile(loss=loss, metrics=["accuracy"])
    return model


def hits(model: keras.Model, part: Any, score: float = 0.8, setup: Setup = SETUP) -> Hits | None:
    return hits_of(model, Data(train=(X, Y), validation=part), setup, score, warn=pytest.fail)


def test_they_are_those_whose_class_is_the_most_probable_one_in_their_order() -> None:
    model = answering(keras.layers.Softmax())
    assert hits(model, (X, Y)) == RIGHT
    assert hits(model, (X, np.eye(2)[Y])) == RIGHT
    assert hits(answering(keras.layers.Lambda(lambda x: keras.ops.sigmoid(x[:, 1:] - x[:, :1]))), (X, Y)) == RIGHT


def test_they_are_not_told_where_the_score_counts_something_else() -> None:
    model = answering(keras.layers.Softmax())
    assert hits(model, (X, Y), 0.8 + 3e-8) == RIGHT  # of a score in single precision
    assert hits(model, (X, Y), 0.7) is None  # as with weights of the metric's
    assert hits(model, (X, Y), setup=replace(SETUP, objective=Objective("val_loss", "min"))) is None
    assert hits(answering(keras.layers.Identity(), loss="mse"), (X, X)) is None


def test_of_batches_they_are_told_where_these_come_again_in_the_same_order() -> None:
    model, batches = answering(keras.layers.Softmax()), tf.data.Dataset.from_tensor_slices((X, Y)).batch(3)
    described = DataDescription(train=10, validation=10, test=0, image_shape=(), class_names=())
    assert hits(model, batches, setup=replace(SETUP, described=described)) == RIGHT
    assert hits(model, batches, setup=replace(SETUP, described=replace(described, repeats=False))) is None
    too_many = replace(described, validation=MOST_EXAMPLES + 1)
    assert hits(model, batches, setup=replace(SETUP, described=too_many)) is None


def test_a_model_that_cannot_predict_is_told_of_and_nothing_else() -> None:
    model, said = answering(keras.layers.Softmax()), list[str]()
    model.predict_on_batch = lambda x: 1 / 0
    assert hits_of(model, Data(train=(X, Y), validation=(X, Y)), SETUP, 0.8, warn=said.append) is None
    assert "ZeroDivisionError" in said[0]
