"""The problem `varied`, its learning rate such that each epoch is worse than the first."""

from typing import Any

import keras

from job.core.space import Params
from job.data import Data
from tests.fake_problems import varied

SPACE = varied.SPACE
DEFAULT = varied.DEFAULT
EPOCHS = varied.EPOCHS
BATCH_SIZE = varied.BATCH_SIZE
load_data = varied.load_data


def build_model(params: Params, data: Data) -> keras.Model:
    model = varied.build_model({"way": "augmentation"}, data)
    model.optimizer.learning_rate = 0.05
    return model


def callbacks(params: Params) -> list[keras.callbacks.Callback]:
    def worsen(epoch: int, rate: float) -> float:
        return rate * 20.0**epoch

    found: list[Any] = [keras.callbacks.LearningRateScheduler(worsen)]
    return found
