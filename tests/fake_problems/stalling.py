"""A problem that stalls where HPO_JOB_TEST_STALL says: while it is imported, or while it loads its data."""

import os
import time

import numpy as np

from job.core.space import Integer, Params, Space
from job.data import Data, Images

SPACE = Space((Integer("width", 2, 64),))
DEFAULT: Params = {"width": 8}
EPOCHS = 2
BATCH_SIZE = 16


def _stall(where: str) -> None:
    if os.environ["HPO_JOB_TEST_STALL"] == where:
        time.sleep(600)


_stall("import")


def load_data(*_: object) -> Data:
    _stall("load_data")
    split = Images(np.zeros((4, 4, 4, 1), np.uint8), np.arange(4))
    return Data(train=split, validation=split, test=split, class_names=tuple("abcd"))


def build_model(params: Params, data: Data) -> None:
    raise AssertionError("nothing is trained")


def callbacks(params: Params) -> list[object]:
    return []
