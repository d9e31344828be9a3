"""The problem `tiny` with a model that ends in logits, which are no probabilities."""

import keras

from job.core.space import Params
from job.data import Data
from tests.fake_problems import tiny

SPACE = tiny.SPACE
DEFAULT = tiny.DEFAULT
EPOCHS = tiny.EPOCHS
BATCH_SIZE = tiny.BATCH_SIZE
load_data = tiny.load_data
callbacks = tiny.callbacks


def build_model(params: Params, data: Data) -> keras.Model:
    model = keras.Sequential(
        [keras.Input(data.train.images.shape[1:]), keras.layers.Flatten(), keras.layers.Dense(tiny.N_CLASSES)]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    optimizer = keras.optimizers.Adam(params["learning_rate"])
    model.compile(optimizer, loss, metrics=["accuracy"], jit_compile=False)
    return model
