"""A problem of two inputs, one of them texts, and two targets, with weights of the examples and without a test set."""

import keras
import numpy as np

from job.core.space import Params, Real, Space
from job.data import Data, Part

SPACE = Space((Real("learning_rate", 1e-4, 1e-1, "log-uniform"),))
DEFAULT: Params = {"learning_rate": 1e-2}
EPOCHS = 2
BATCH_SIZE = 16
N = 56  # four batches in an epoch, the last of them half full
WORDS = ("bad", "fair", "good")


def load_data() -> Data:
    random = np.random.default_rng(0)

    def part(n: int) -> Part:
        amounts, words = random.normal(size=(n, 3)), random.integers(0, len(WORDS), n)
        x = {"word": np.array(WORDS, object)[words], "amounts": amounts}
        y = {"sum": amounts.sum(axis=1) + words, "is_good": (words == 2).astype(np.int64)}
        return x, y, random.uniform(0.5, 2.0, n)

    return Data(train=part(N), validation=part(20))


def build_model(params: Params, data: Data) -> keras.Model:
    word, amounts = keras.Input((), dtype="string", name="word"), keras.Input((3,), name="amounts")
    encoded = keras.layers.StringLookup(vocabulary=WORDS, output_mode="one_hot")(word)
    hidden = keras.layers.Dropout(0.2)(keras.layers.Dense(6, "relu")(keras.layers.Concatenate()([encoded, amounts])))
    outputs = {
        "sum": keras.layers.Dense(1, name="sum")(hidden),
        "is_good": keras.layers.Dense(1, "sigmoid", name="is_good")(hidden),
    }
    model = keras.Model({"word": word, "amounts": amounts}, outputs)
    losses = {"sum": "mse", "is_good": "binary_crossentropy"}
    model.compile(keras.optimizers.Adam(params["learning_rate"]), losses, jit_compile=False)
    return model
