"""A problem whose space has all that a space can have: conditions, steps, an order and a fixed value."""

import keras

from job.core.space import Categorical, Integer, Ordinal, Params, Real, Space
from job.data import Data
from tests.fake_problems import tiny
from tests.fake_problems.tiny import load_data as load_data  # noqa: PLC0414

SPACE = Space(
    (
        Real("momentum", 0.0, 0.9, step=0.1, when={"optimizer": ["sgd"]}),
        Categorical("nesterov", (True, False), when={"optimizer": ["sgd"]}),
        Categorical("optimizer", ("adam", "sgd")),
        Real("learning_rate", 1e-4, 1e-1, "log-uniform"),
        Ordinal("width", (4, 8, 16)),
        Integer("depth", 1, 2),
        Categorical("activation", ("relu",)),
    )
)
DEFAULT: Params = {"optimizer": "adam", "learning_rate": 1e-2, "width": 8, "depth": 1, "activation": "relu"}
EPOCHS = 2
BATCH_SIZE = 16


def build_model(params: Params, data: Data) -> keras.Model:
    hidden = [keras.layers.Dense(params["width"], params["activation"]) for _ in range(int(params["depth"]))]
    last = keras.layers.Dense(tiny.N_CLASSES, activation="softmax")
    model = keras.Sequential([keras.Input(data.train.images.shape[1:]), keras.layers.Flatten(), *hidden, last])
    if params["optimizer"] == "sgd":
        momentum, nesterov = float(params["momentum"]), bool(params["nesterov"])
        optimizer = keras.optimizers.SGD(params["learning_rate"], momentum=momentum, nesterov=nesterov)
    else:
        assert not {"momentum", "nesterov"} & set(params)
        optimizer = keras.optimizers.Adam(params["learning_rate"])
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"], jit_compile=False)
    return model


def callbacks(params: Params) -> list[keras.callbacks.Callback]:
    return []
