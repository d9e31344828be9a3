"""A model with a training step of its own: it learns from pictures that are mixed in pairs."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from sklearn.datasets import load_digits

from job import Data, Integer, Real

SPACE = [
    Real("learning_rate", 1e-4, 1e-1, "log-uniform"),
    Real("mixing", 0.0, 0.5),
    Integer("batch_size", 16, 64, step=16),
]
EPOCHS = 3


def load_data():
    digits = load_digits()
    x, y = (digits.data / 16).astype("float32"), np.eye(10, dtype="float32")[digits.target]
    return Data(train=(x[:1000], y[:1000]), validation=(x[1000:1400], y[1000:1400]), test=(x[1400:], y[1400:]))


class Hidden(layers.Layer):
    """Makes its parts when it first sees a batch."""

    def build(self, shape):
        self.dense = layers.Dense(32, activation="relu")
        self.dense.build(shape)

    def call(self, x):
        return self.dense(x)


class Mixing(keras.Model):
    def __init__(self, mixing, **options):
        super().__init__(**options)
        self.mixing = mixing
        self.hidden, self.out = Hidden(), layers.Dense(10, activation="softmax")
        self.random = keras.random.SeedGenerator(1)

    def call(self, x):
        return self.out(self.hidden(x))

    def get_config(self):
        return {**super().get_config(), "mixing": self.mixing}

    def train_step(self, data):
        x, y = data
        share = keras.random.uniform((tf.shape(x)[0], 1), 0, self.mixing + 1e-6, seed=self.random)
        x, y = (1 - share) * x + share * x[::-1], (1 - share) * y + share * y[::-1]
        with tf.GradientTape() as tape:
            answer = self(x, training=True)
            loss = self.compute_loss(y=y, y_pred=answer)
        self.optimizer.apply(tape.gradient(loss, self.trainable_weights), self.trainable_weights)
        for metric in self.metrics:
            metric.update_state(loss) if metric.name == "loss" else metric.update_state(y, answer)
        return {metric.name: metric.result() for metric in self.metrics}


def build_model(learning_rate, mixing):
    model = Mixing(mixing)
    model.compile(keras.optimizers.Adam(learning_rate), "categorical_crossentropy", metrics=["accuracy"])
    return model
