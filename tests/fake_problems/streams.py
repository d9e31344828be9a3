"""A problem whose data come in batches, in the form that `form` names."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from job.core.space import Params, Real, Space
from job.data import Data, Part

SPACE = Space((Real("learning_rate", 1e-4, 1e-1, "log-uniform"),))
DEFAULT: Params = {"learning_rate": 1e-2}
EPOCHS = 2
N, SIZE = 40, 8  # five batches in an epoch
X = np.random.default_rng(0).normal(size=(N, 3)).astype(np.float32)
Y = X.sum(axis=1)
form = "dataset"


class Augmented(keras.utils.PyDataset):  # type: ignore[misc]
    """Draws noise from NumPy's global generator, and mixes its rows after each epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.rows = np.arange(N)

    def __len__(self) -> int:
        return N // SIZE

    def __getitem__(self, batch: int) -> tuple[Any, Any]:
        rows = self.rows[batch * SIZE :][:SIZE]
        return X[rows] + np.random.normal(size=(SIZE, 3)).astype(np.float32), Y[rows]  # noqa: NPY002

    def on_epoch_end(self) -> None:
        np.random.shuffle(self.rows)  # noqa: NPY002


class Drifting(Augmented):
    """Draws from a generator of its own, which goes on from batch to batch."""

    def __init__(self) -> None:
        super().__init__()
        self.own = np.random.default_rng(0)

    def __getitem__(self, batch: int) -> tuple[Any, Any]:
        x, y = super().__getitem__(batch)
        return x + self.own.normal(size=x.shape).astype(np.float32), y


def batches() -> tf.data.Dataset:
    return tf.data.Dataset.from_tensor_slices((X, Y, np.ones(N, np.float32))).batch(SIZE)


def arrays_of(epoch: int) -> Part:
    rows = np.random.permutation(N)  # noqa: NPY002
    return X[rows] + np.float32(epoch), Y[rows]


def dataset_of(epoch: int) -> Part:
    return batches().unbatch().shuffle(N).batch(SIZE).map(lambda x, y, w: (x + tf.random.normal((3,)), y, w))


FORMS: dict[str, Callable[[], Part]] = {
    "dataset": batches,
    "filtered dataset": lambda: batches().filter(lambda x, y, w: True),
    "shuffled dataset": lambda: batches().shuffle(N),
    "py dataset": Augmented,
    "drifting py dataset": Drifting,
    "function to arrays": lambda: arrays_of,
    "function to a dataset": lambda: dataset_of,
}


def load_data() -> Data:
    return Data(train=FORMS[form](), validation=batches(), test=Augmented())


def build_model(params: Params, data: Data) -> keras.Model:
    layers = [keras.layers.Dense(4, "relu"), keras.layers.Dropout(0.2), keras.layers.Dense(1)]
    model = keras.Sequential([keras.Input((3,)), *layers])
    model.compile(keras.optimizers.Adam(params["learning_rate"]), "mse", jit_compile=False)
    return model
