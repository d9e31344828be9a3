"""A validation in the middle of an epoch: whatever it touches is as it was before."""

import random
from typing import Any

import keras
import numpy as np
import pytest
from keras.src.backend.common import global_state

from job.training.validation import Validation
from job.training.variables import values_of

pytestmark = pytest.mark.slow

X, Y = np.ones((8, 3), np.float32), np.ones((8, 1), np.float32)


class Restless(keras.layers.Layer):  # type: ignore[misc]
    """Counts its calls and draws from every generator, in a validation too."""

    def __init__(self) -> None:
        super().__init__()
        self.own = keras.random.SeedGenerator(1)

    def build(self, shape: Any) -> None:
        self.calls = self.add_weight(shape=(), initializer="zeros", trainable=False)

    def call(self, x: Any) -> Any:
        self.calls.assign_add(1)
        drawn = random.random() + np.random.random()  # noqa: NPY002
        return x + keras.random.normal((3,), seed=self.own) + keras.random.normal((3,)) + drawn


def restless_model() -> keras.Model:
    model = keras.Sequential([keras.Input((3,)), Restless(), keras.layers.Dense(1)])
    model.compile("adam", "mse", metrics=["mae"], run_eagerly=True)
    return model


def everything(model: keras.Model) -> list[object]:
    shared = global_state.get_global_attribute("global_seed_generator").state
    of_numpy = np.random.get_state(legacy=False)  # noqa: NPY002
    values = values_of([*model.variables, *model.metrics_variables, *model.optimizer.variables, shared])
    return [*(value.tobytes() for value in values), random.getstate(), repr(of_numpy)]


def test_a_validation_within_an_epoch_changes_nothing() -> None:
    model = restless_model()
    validation = Validation(model, (X, Y))
    validation.begin()
    model.train_on_batch(X, Y)
    before = everything(model)

    logs = validation.logs()

    assert set(logs) == {"val_loss", "val_mae"} and validation.gives("val_mae") and not validation.gives("mae")
    assert everything(model) == before
    model.evaluate(validation.batches, verbose=0)
    changed = [one != other for one, other in zip(everything(model), before, strict=True)]
    assert sum(changed) >= 7, "this shows less than it says"


def test_a_model_that_a_callback_has_compiled_is_traced_when_it_would_be_without() -> None:
    model = restless_model()
    validation = Validation(model, (X, Y))
    validation.begin()
    model.compile("adam", "mse", metrics=["mae"])
    validation.logs()
    assert model.test_function is None
