"""A search for the network that tells best, from the numbers in a row of a table, to which class it belongs.

    hpo-job check table.py                # within seconds: does all of it work?
    hpo-job search --problem table.py     # may be stopped or killed at any instant; run it again, and it goes on

It runs as it stands, on data that come with scikit-learn. Make it yours from top to bottom.
"""

import keras
from keras import layers
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

from job import Categorical, Data, Integer, Real

# What is searched. A dimension with `when` is there only beside these values of others.
SPACE = [
    Real("learning_rate", 1e-4, 1e-1, "log-uniform"),
    Integer("hidden_layers", 1, 3),
    Integer("units", 4, 128, "log-uniform"),
    Categorical("optimizer", ["adam", "sgd"]),
    Real("momentum", 0.0, 0.99, when={"optimizer": ["sgd"]}),
]
# Tried first. Leave it out where you have no idea yet.
DEFAULT = {"learning_rate": 1e-3, "hidden_layers": 1, "units": 16, "optimizer": "adam"}
EPOCHS = 10
BATCH_SIZE = 32
OBJECTIVE = "val_accuracy:max"


def load_data(folder):
    """Return what is trained on; `folder` is what --data names, or None.

    Here: 569 tumours, 30 numbers of each.
    """
    x, y = load_breast_cancer(return_X_y=True)
    x, x_test, y, y_test = train_test_split(x, y, test_size=0.2, stratify=y, random_state=0)
    # Trials are scored on a fifth of the rest. The best model alone sees the test set, once.
    return Data(train=(x, y), validation=0.2, test=(x_test, y_test), class_names=["malignant", "benign"])


def build_model(params, data):
    """Return the compiled model of a point: `params` has the values of its dimensions by their names."""
    x, _ = data.train
    normalization = layers.Normalization()
    normalization.adapt(x)  # to mean 0 and variance 1, as the training set says
    model = keras.Sequential([keras.Input(x.shape[1:]), normalization])
    for _ in range(params["hidden_layers"]):
        model.add(layers.Dense(params["units"], activation="relu"))
    model.add(layers.Dense(len(data.class_names), activation="softmax"))
    if params["optimizer"] == "sgd":
        optimizer = keras.optimizers.SGD(params["learning_rate"], momentum=params["momentum"])
    else:
        optimizer = keras.optimizers.Adam(params["learning_rate"])
    model.compile(optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
