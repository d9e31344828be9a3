"""A picture of the sky and the readings of a station tell the rain to come, and how warm it will be."""

import keras
import numpy as np
from keras import layers

from job import Data, Integer, Real

SPACE = [
    Real("learning_rate", 1e-4, 1e-2, "log-uniform"),
    Integer("filters", 4, 16, step=4),
    Integer("units", 8, 32, step=8),
    Real("weight_of_rain", 0.1, 10, "log-uniform"),
]
EPOCHS = 2
OBJECTIVE = "val_rain_auc:max"


def load_data():
    random = np.random.default_rng(3)

    def days(n):
        clouds = random.random(n).astype("float32")
        sky = clouds[:, None, None, None] * random.random((n, 12, 12, 1), dtype="float32")
        readings = random.normal(size=(n, 3)).astype("float32")
        rain = (clouds + 0.2 * readings[:, 0] > 0.5).astype("float32")
        warmth = 20 - 10 * clouds + readings[:, 1]
        return {"sky": sky, "station": readings}, {"rain": rain, "warmth": warmth}

    return Data(train=days(300), validation=days(100), test=days(100))


def build_model(learning_rate, filters, units, weight_of_rain):
    sky, station = keras.Input((12, 12, 1), name="sky"), keras.Input((3,), name="station")
    x = layers.Flatten()(layers.MaxPooling2D(3)(layers.Conv2D(filters, 3, activation="relu")(sky)))
    x = layers.Dense(units, activation="relu")(layers.Concatenate()([x, station]))
    rain = layers.Dense(1, activation="sigmoid", name="rain")(x)
    warmth = layers.Dense(1, name="warmth")(x)
    model = keras.Model({"sky": sky, "station": station}, {"rain": rain, "warmth": warmth})
    model.compile(
        keras.optimizers.Adam(learning_rate),
        loss={"rain": "binary_crossentropy", "warmth": "mse"},
        loss_weights={"rain": weight_of_rain, "warmth": 1.0},
        metrics={"rain": ["accuracy", keras.metrics.AUC(name="auc")], "warmth": ["mae"]},
    )
    return model
