"""A problem whose trials fail in the way that their parameter `fate` names; those of fate `none` complete.

Each leaves a temporary file behind, whose path is in its log. Once the file that HPO_JOB_TEST_MENDED names is there,
those of fate `raise` complete too.
"""

import os
import signal
import tempfile
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np

from job.core.space import Categorical, Integer, Params, Space
from job.data import Data
from tests.fake_problems import tiny

SPACE = Space((Categorical("fate", ("none", "raise", "diverge", "die", "hang", "odd metric")), Integer("width", 2, 64)))
DEFAULT: Params = {"fate": os.environ.get("HPO_JOB_TEST_FATE", "none"), "width": 8}
EPOCHS = 2
BATCH_SIZE = 16
load_data = tiny.load_data


def build_model(params: Params, data: Data) -> keras.Model:
    print(f"fate: {params['fate']}, temporary file: {tempfile.mkstemp()[1]}")
    match params["fate"]:
        case "raise" if not Path(os.environ.get("HPO_JOB_TEST_MENDED", "not mended")).exists():
            raise ValueError("no such layer")
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "hang":
            time.sleep(3600)
    model = tiny.build_model({**params, "learning_rate": 1e-2}, data)
    if params["fate"] == "odd metric":
        model.compile(model.optimizer, model.loss, metrics=["accuracy", not_a_number], jit_compile=False)
    if params["fate"] == "diverge":
        model.layers[-1].bias.assign(np.full(tiny.N_CLASSES, np.nan))
    return model


def callbacks(params: Params) -> list[keras.callbacks.Callback]:
    return []


def not_a_number(labels: Any, predictions: Any) -> Any:
    return keras.ops.mean(predictions) * float("nan")
