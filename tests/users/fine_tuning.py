"""A network of keras.applications on small colour pictures: first its head alone is trained, then its last layers too.

Without a network its weights cannot be fetched, so it starts from random ones here; elsewhere: weights="imagenet".
"""

import keras
import numpy as np
from keras import layers

from job import Data, Integer, Real

SPACE = [
    Real("learning_rate", 1e-4, 1e-2, "log-uniform"),
    Real("fine_learning_rate", 1e-6, 1e-4, "log-uniform"),
    Integer("layers_to_tune", 2, 20),
]
EPOCHS = 3
BATCH_SIZE = 16
HEAD_EPOCHS = 1


def load_data():
    random = np.random.default_rng(5)

    def pictures(n):
        labels = random.integers(0, 2, n)
        images = random.integers(0, 200, (n, 32, 32, 3)) + 50 * labels[:, None, None, None] * np.array([1, 0, 0])
        return images.astype("uint8"), labels

    return Data(train=pictures(96), validation=pictures(32), test=pictures(32), class_names=["leaf", "flower"])


def build_model(params, data):
    base = keras.applications.MobileNetV2((32, 32, 3), alpha=0.35, include_top=False, weights=None, pooling="avg")
    base.trainable = False
    image = keras.Input((32, 32, 3))
    x = base(layers.Rescaling(1 / 127.5, offset=-1)(image), training=False)
    model = keras.Model(image, layers.Dense(2, activation="softmax")(x))
    model.compile(
        keras.optimizers.Adam(params["learning_rate"]), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    return model


class TwoPhases(keras.callbacks.Callback):
    """After the first epochs of the head, the last layers of the base learn too, slowly."""

    def __init__(self, layers_to_tune, learning_rate):
        super().__init__()
        self.layers_to_tune, self.learning_rate = layers_to_tune, learning_rate

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == HEAD_EPOCHS:
            base = next(layer for layer in self.model.layers if isinstance(layer, keras.Model))
            base.trainable = True
            for layer in base.layers[: -self.layers_to_tune]:
                layer.trainable = False
            self.model.compile(
                keras.optimizers.Adam(self.learning_rate), "sparse_categorical_crossentropy", metrics=["accuracy"]
            )
            self.model.make_train_function()


def callbacks(params):
    return [TwoPhases(params["layers_to_tune"], params["fine_learning_rate"])]
