"""A problem of any kind: the name of the folder of the data tells which."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from job.core.space import Params, Real, Space
from job.data import Data, Part
from job.data.arrays import kind_of, leaves

SPACE = Space((Real("learning_rate", 1e-4, 1e-1, "log-uniform"),))
DEFAULT: Params = {"learning_rate": 1e-2}
EPOCHS = 1
BATCH_SIZE = 16

_RANDOM = np.random.default_rng(0)
_X = _RANDOM.normal(size=(40, 3)).astype(np.float32)
_IS_POSITIVE = (_X[:, 0] > 0).astype(int)
_TEXTS = np.where(_IS_POSITIVE, "so good", "so bad")
_IMAGES = _RANDOM.integers(0, 100, (40, 8, 8, 3)) + 100 * _IS_POSITIVE[:, None, None, None]


@dataclass(frozen=True)
class Kind:
    """What makes a problem: its data, the network between the inputs and the outputs, and the loss."""

    part: Part
    layers: tuple[keras.layers.Layer, ...]
    loss: Any
    metrics: Any = None
    class_names: tuple[str, ...] = ()


def _dense(units: int, activation: str | None = None, name: str | None = None) -> keras.layers.Layer:
    return keras.layers.Dense(units, activation, kernel_initializer=keras.initializers.RandomNormal(seed=1), name=name)


def _words() -> keras.layers.Layer:
    layer = keras.layers.TextVectorization(output_mode="multi_hot", vocabulary=["so", "good", "bad"])
    layer.trainable = False
    return layer


KINDS: Mapping[str, Kind] = {
    "numbers": Kind((_X, 2 * _X[:, 0] + 1), (_dense(1),), "mse", ["mae"]),
    "binary": Kind(
        (_X, _IS_POSITIVE),
        (_dense(1),),
        keras.losses.BinaryCrossentropy(from_logits=True),
        [keras.metrics.BinaryAccuracy(threshold=0.0, name="accuracy")],
        ("no", "yes"),
    ),
    "labels": Kind((_X, (_X > 0).astype(np.float32)), (_dense(3, "sigmoid"),), "binary_crossentropy"),
    "sequence": Kind(
        (_X[:, :, np.newaxis], (_X > 0).astype(int)), (_dense(2, "softmax"),), "sparse_categorical_crossentropy"
    ),
    "images": Kind(
        (_IMAGES.astype(np.uint8), np.eye(2)[_IS_POSITIVE]),
        (keras.layers.Rescaling(1 / 255), keras.layers.Flatten(), _dense(2, "softmax")),
        "categorical_crossentropy",
        ["accuracy"],
        ("dark", "light"),
    ),
    "texts": Kind((_TEXTS, _IS_POSITIVE), (_words(), _dense(2, "softmax")), "sparse_categorical_crossentropy"),
}
TWO = "two"  # inputs, of which one is a text, and outputs
_TWO: Part = (
    {"age": _X[:, :1], "town": _TEXTS},
    {"price": _X[:, :2] * 3, "sold": _IS_POSITIVE.astype(np.float32)},
)


def load_data(folder: Path) -> Data:
    if folder.name == TWO:
        return Data(train=_TWO, validation=_TWO, test=_TWO)
    kind = KINDS[folder.name]
    return Data(train=kind.part, validation=kind.part, test=kind.part, class_names=kind.class_names)


def build_model(params: Params, data: Data) -> keras.Model:
    optimizer = keras.optimizers.Adam(params["learning_rate"])
    kind = next((kind for kind in KINDS.values() if _form(kind.part) == _form(data.train)), None)
    if kind is None:
        model = _of_two()
        model.compile(optimizer, {"price": "mse", "sold": "binary_crossentropy"}, jit_compile=False)
        return model
    x = kind.part[0]
    inputs = keras.Input(x.shape[1:], dtype="string" if kind_of(x) == "text" else "float32")
    outputs = inputs
    for layer in kind.layers:
        outputs = type(layer).from_config(layer.get_config())(outputs)
    model = keras.Model(inputs, outputs)
    model.compile(optimizer, kind.loss, metrics=kind.metrics, jit_compile=False)
    return model


def _of_two() -> keras.Model:
    inputs = {"age": keras.Input((1,), name="age"), "town": keras.Input((), dtype="string", name="town")}
    joined = keras.layers.Concatenate()([inputs["age"], _words()(inputs["town"])])
    return keras.Model(
        inputs, {"price": _dense(2, name="price")(joined), "sold": _dense(1, "sigmoid", name="sold")(joined)}
    )


def _form(part: Part) -> list[tuple[str, tuple[int, ...], str]]:
    return [(place, array.shape, kind_of(array)) for each in part for place, array in leaves(each, "")]
