"""Digits, read and distorted by a pipeline of tf.data, anew in each epoch."""

import keras
import tensorflow as tf
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from job import Data, Integer, Real

SPACE = [Real("learning_rate", 1e-4, 1e-1, "log-uniform"), Integer("filters", 4, 16)]
EPOCHS = 3
BATCH = 32


def load_data():
    digits = load_digits()
    images = digits.images[..., None].astype("float32") / 16
    x, x_test, y, y_test = train_test_split(images, digits.target, test_size=500, random_state=0)

    def distorted(image, label):
        image = tf.image.random_brightness(image, 0.2)
        return tf.image.random_crop(tf.pad(image, [[1, 1], [1, 1], [0, 0]]), (8, 8, 1)), label

    def epoch(number):
        pictures = tf.data.Dataset.from_tensor_slices((x[:900], y[:900]))
        return pictures.shuffle(900).map(distorted).batch(BATCH).prefetch(1)

    def plain(*arrays):
        return tf.data.Dataset.from_tensor_slices(arrays).batch(100)

    return Data(train=epoch, validation=plain(x[900:], y[900:]), test=plain(x_test, y_test))


def build_model(learning_rate, filters):
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(filters, 3, activation="relu"),
            layers.BatchNormalization(),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(learning_rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
