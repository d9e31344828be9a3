"""Prices of houses from a table in which some values are missing."""

import keras
import numpy as np
from keras import layers
from sklearn.impute import SimpleImputer
from sklearn.model_selection import train_test_split

from job import Categorical, Data, Integer, Real

SPACE = [
    Real("learning_rate", 1e-4, 1e-1, "log-uniform"),
    Integer("units", 4, 64, "log-uniform"),
    Categorical("loss", ["mse", "mae", "huber"]),
    Real("dropout", 0.0, 0.5, step=0.1),
]
EPOCHS = 3
BATCH_SIZE = 64
OBJECTIVE = "val_mean_absolute_error:min"


def load_data():
    random = np.random.default_rng(1)
    table = random.normal(size=(600, 5)).astype("float32")
    prices = 300 + 40 * table[:, 0] - 25 * table[:, 1] * (table[:, 2] > 0) + random.normal(scale=5, size=600)
    table[random.random(table.shape) < 0.1] = np.nan
    x, x_test, y, y_test = train_test_split(table, prices.astype("float32"), test_size=100)
    imputer = SimpleImputer(add_indicator=True).fit(x)
    return Data(train=(imputer.transform(x), y), validation=0.2, test=(imputer.transform(x_test), y_test))


def build_model(params, data):
    x, y = data.train
    normalize = layers.Normalization()
    normalize.adapt(x)
    model = keras.Sequential(
        [
            keras.Input(x.shape[1:]),
            normalize,
            layers.Dense(params["units"], activation="relu"),
            layers.Dropout(params["dropout"]),
            layers.Dense(1),
            layers.Rescaling(float(np.std(y)), float(np.mean(y))),
        ]
    )
    optimizer = keras.optimizers.Adam(params["learning_rate"])
    model.compile(optimizer, params["loss"], metrics=["mean_absolute_error"])
    return model
