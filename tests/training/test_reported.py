"""An objective that no epoch will report is told before the first one."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import pytest

from job.errors import SettingsError
from job.training.reported import check_objective

pytestmark = pytest.mark.slow


class Adding(keras.callbacks.Callback):  # type: ignore[misc]
    """Adds to the logs what nobody can know before."""


class Stepping(keras.Model):  # type: ignore[misc]
    def test_step(self, data: Any) -> dict[str, Any]:
        return {"mine": 1.0, **super().test_step(data)}


def built(kind: type[keras.Model] = keras.Model, *, metrics: Sequence[Any] = ("accuracy",)) -> keras.Model:
    """Return a model that has been given a batch."""
    inputs = keras.Input((2,))
    model = kind(inputs, keras.layers.Dense(3, activation="softmax")(inputs))
    model.compile(loss="sparse_categorical_crossentropy", metrics=list(metrics), jit_compile=False)
    model.test_on_batch(np.zeros((4, 2), np.float32), np.zeros(4, np.int64))
    return model


@pytest.mark.parametrize("metric", ["loss", "accuracy", "val_loss", "val_accuracy"])
def test_what_the_model_reports_may_be_the_objective(metric: str) -> None:
    check_objective(metric, built(), [])
    check_objective(metric, built(), [keras.callbacks.EarlyStopping()])


def test_a_metric_by_a_name_of_its_own_may_be_the_objective() -> None:
    model = built(metrics=[keras.metrics.SparseTopKCategoricalAccuracy(k=2, name="top2")])
    check_objective("val_top2", model, [])
    with pytest.raises(SettingsError):
        check_objective("val_accuracy", model, [])


@pytest.mark.parametrize("metric", ["val_auc", "auc", "val_val_loss", "learning_rate"])
def test_what_it_does_not_report_is_told_with_what_it_does(metric: str) -> None:
    with pytest.raises(SettingsError, match=f"--objective: the model reports no '{metric}'") as refusal:
        check_objective(metric, built(), [])
    assert refusal.value.hint == "it reports accuracy, loss, val_accuracy, val_loss"


def test_what_callbacks_of_keras_add_may_be_the_objective_and_nothing_else() -> None:
    callbacks = [keras.callbacks.ReduceLROnPlateau()]
    check_objective("learning_rate", built(), callbacks)
    with pytest.raises(SettingsError):
        check_objective("val_auc", built(), callbacks)


def test_what_others_may_add_is_waited_for() -> None:
    for callback in (Adding(), keras.callbacks.LambdaCallback()):
        check_objective("val_auc", built(), [callback])
    check_objective("val_mine", built(Stepping), [])
