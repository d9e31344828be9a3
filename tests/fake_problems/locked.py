"""The problem `tiny` with a callback that cannot be carried over an interruption: it holds a lock."""

from threading import Lock

import keras

from job.core.space import Params
from tests.fake_problems import tiny

SPACE = tiny.SPACE
DEFAULT = tiny.DEFAULT
EPOCHS = tiny.EPOCHS
BATCH_SIZE = tiny.BATCH_SIZE
load_data = tiny.load_data
build_model = tiny.build_model


class Locked(keras.callbacks.Callback):  # type: ignore[misc]
    """Holds a lock."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = Lock()


def callbacks(params: Params) -> list[keras.callbacks.Callback]:
    return [Locked()]
