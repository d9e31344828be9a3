"""A search for the convolutional network that tells best what a picture shows.

    hpo-job check images.py                # within seconds: does all of it work?
    hpo-job search --problem images.py     # may be stopped or killed at any instant; run it again, and it goes on

It runs as it stands, on data that come with scikit-learn. Make it yours from top to bottom.
"""

import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from job import Data, Images, Integer, Real

# What is searched.
SPACE = [
    Real("learning_rate", 1e-4, 1e-1, "log-uniform"),
    Integer("filters", 4, 32, step=4),
    Integer("units", 8, 128, "log-uniform"),
    Real("dropout", 0.0, 0.5),
]
# Tried first. Leave it out where you have no idea yet.
DEFAULT = {"learning_rate": 1e-3, "filters": 8, "units": 32, "dropout": 0.0}
EPOCHS = 5
BATCH_SIZE = 32
OBJECTIVE = "val_accuracy:max"


def load_data(folder):
    """Return what is trained on; `folder` is what --data names, or None.

    Here: 1,797 handwritten digits of 8 x 8 pixels. Images are uint8 of shape (n, height, width, 1 or 3), and reach the
    model as numbers from 0 to 1.
    """
    pixels, labels = load_digits(return_X_y=True)
    images = np.rint(pixels * (255 / 16)).astype(np.uint8).reshape(-1, 8, 8, 1)
    x, x_test, y, y_test = train_test_split(images, labels, test_size=0.2, stratify=labels, random_state=0)
    # Trials are scored on a fifth of the rest. The best model alone sees the test set, once.
    return Data(train=Images(x, y), validation=0.2, test=Images(x_test, y_test), class_names=[*"0123456789"])


def build_model(params, data):
    """Return the compiled model of a point: `params` has the values of its dimensions by their names."""
    model = keras.Sequential([keras.Input(data.train.images.shape[1:])])
    for factor in (1, 2):
        model.add(layers.Conv2D(factor * params["filters"], 3, padding="same", activation="relu"))
        model.add(layers.MaxPooling2D())
    model.add(layers.Flatten())
    model.add(layers.Dense(params["units"], activation="relu"))
    model.add(layers.Dropout(params["dropout"]))
    model.add(layers.Dense(len(data.class_names), activation="softmax"))
    model.compile(
        keras.optimizers.Adam(params["learning_rate"]), loss="sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    return model
