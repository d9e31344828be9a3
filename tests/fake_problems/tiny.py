"""A problem that trains in milliseconds and has all that is hard to resume: dropout, batch statistics, callbacks."""

from collections.abc import Callable

import keras
import numpy as np

from job.core.events import Event
from job.core.space import Integer, Params, Real, Space
from job.data import Data, DataSource, Images

SPACE = Space((Real("learning_rate", 1e-4, 1e-1, "log-uniform"), Integer("width", 2, 64)))
DEFAULT: Params = {"learning_rate": 1e-2, "width": 8}
EPOCHS = 4
BATCH_SIZE = 16
N_CLASSES = 3


def load_data(source: DataSource, tell: Callable[[Event], None]) -> Data:
    random = np.random.default_rng(0)

    def split(n_images: int) -> Images:
        labels = random.integers(0, N_CLASSES, n_images)
        images = random.integers(0, 128, (n_images, 4, 4, 1)) + 40 * labels[:, None, None, None]
        return Images(images.astype(np.uint8), labels)

    return Data(train=split(100), validation=split(40), test=split(40), class_names=("a", "b", "c"))


def build_model(params: Params, data: Data) -> keras.Model:
    model = keras.Sequential(
        [
            keras.Input(data.train.images.shape[1:]),
            keras.layers.Flatten(),
            keras.layers.Dense(params["width"], activation="relu"),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.3),
            keras.layers.Dense(N_CLASSES, activation="softmax"),
        ]
    )
    optimizer = keras.optimizers.Adam(params["learning_rate"])
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"], jit_compile=False)
    return model


def callbacks(params: Params) -> list[keras.callbacks.Callback]:
    return [
        keras.callbacks.ReduceLROnPlateau(monitor="loss", factor=0.5, patience=0, min_delta=0.05),
        keras.callbacks.EarlyStopping(monitor="val_loss", patience=3, restore_best_weights=True),
    ]
