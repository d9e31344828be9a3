"""The settings of the problem `tiny` without its model, for a command that is to import no Keras."""

from job.core.space import Integer, Params, Real, Space
from job.data import Data

SPACE = Space((Real("learning_rate", 1e-4, 1e-1, "log-uniform"), Integer("width", 2, 64)))
DEFAULT: Params = {"learning_rate": 1e-2, "width": 8}
EPOCHS = 4
BATCH_SIZE = 16


def load_data(*_: object) -> Data:
    raise AssertionError("there is nothing to train, so no data is needed")


def build_model(*_: object) -> None:
    raise AssertionError("there is nothing to train")


def callbacks(*_: object) -> None:
    raise AssertionError("there is nothing to train")
