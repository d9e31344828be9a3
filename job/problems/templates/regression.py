"""A search for the network that foretells best one number of a row of a table from the others.

    hpo-job check regression.py                # within seconds: does all of it work?
    hpo-job search --problem regression.py     # may be stopped or killed at any instant; run it again, and it goes on

It runs as it stands, on data that come with scikit-learn. Make it yours from top to bottom.
"""

import keras
from keras import layers
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split

from job import Categorical, Data, Integer, Real

# What is searched.
SPACE = [
    Real("learning_rate", 1e-4, 1e-1, "log-uniform"),
    Integer("hidden_layers", 1, 3),
    Integer("units", 4, 128, "log-uniform"),
    Real("dropout", 0.0, 0.5),
    Categorical("loss", ["mean_squared_error", "huber"]),
]
# Tried first. Leave it out where you have no idea yet.
DEFAULT = {"learning_rate": 1e-2, "hidden_layers": 1, "units": 16, "dropout": 0.0, "loss": "mean_squared_error"}
EPOCHS = 20
BATCH_SIZE = 32
OBJECTIVE = "val_mae:min"


def load_data(folder):
    """Return what is trained on; `folder` is what --data names, or None.

    Here: 442 patients, 10 numbers of each, and how far their diabetes has come a year later.
    """
    x, y = load_diabetes(return_X_y=True)
    x, x_test, y, y_test = train_test_split(x, y, test_size=0.2, random_state=0)
    # Trials are scored on a fifth of the rest. The best model alone sees the test set, once.
    return Data(train=(x, y), validation=0.2, test=(x_test, y_test))


def build_model(params, data):
    """Return the compiled model of a point: `params` has the values of its dimensions by their names."""
    x, y = data.train
    normalization = layers.Normalization()
    normalization.adapt(x)  # to mean 0 and variance 1, as the training set says
    model = keras.Sequential([keras.Input(x.shape[1:]), normalization])
    for _ in range(params["hidden_layers"]):
        model.add(layers.Dense(params["units"], activation="relu"))
    model.add(layers.Dropout(params["dropout"]))
    model.add(layers.Dense(1))
    model.add(layers.Rescaling(scale=y.std(), offset=y.mean()))  # from around 0 to where the numbers lie
    model.compile(keras.optimizers.Adam(params["learning_rate"]), loss=params["loss"], metrics=["mae"])
    return model
