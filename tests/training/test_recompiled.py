"""What callbacks change of a model itself is kept and made again, or refused with the way out."""

from typing import Any

import keras
import pytest

from job.errors import SettingsError
from job.training.recompiled import Recompiled

pytestmark = pytest.mark.slow


def build() -> keras.Model:
    inner = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2), keras.layers.Dense(1)])
    inner.trainable = False
    model = keras.Sequential([keras.Input((2,)), inner, keras.layers.Dense(1)])
    model.compile("adam", "mse", jit_compile=False)
    return model


def test_what_is_trained_and_how_it_is_compiled_is_made_again() -> None:
    changed, again = build(), build()
    recompiled = Recompiled(changed)
    assert recompiled.take() is None
    changed.layers[0].layers[1].trainable = True
    changed.compile(keras.optimizers.SGD(0.25), "mae", jit_compile=False)
    change = recompiled.take()
    assert change is not None
    Recompiled(again).put(change)
    assert [weight.shape for weight in again.trainable_weights] == [(2, 1), (1,), (1, 1), (1,)]
    assert isinstance(again.optimizer, keras.optimizers.SGD)
    assert (float(again.optimizer.learning_rate), again.loss) == (0.25, "mae")


def test_a_model_that_is_compiled_with_what_keras_cannot_make_again_is_refused() -> None:
    def own_loss(true: Any, predicted: Any) -> Any:
        return keras.ops.abs(true - predicted)

    model = build()
    recompiled = Recompiled(model)
    model.compile("sgd", own_loss, jit_compile=False)
    with pytest.raises(SettingsError, match="expected the model compiled with what Keras can save") as caught:
        recompiled.take()
    assert "register_keras_serializable" in caught.value.hint
