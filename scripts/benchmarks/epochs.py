"""Train MNIST's network in one of the ways that `throughput.py` compares, and print when each epoch ended.

Usage: epochs.py VARIANT FOLDER EPOCHS. The last line is a list in JSON of seconds on a clock of this process.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

import numpy as np

from job.core.events import EpochEnded, Event
from job.core.objective import Objective
from job.core.space import Params
from job.data import Data, DataSource, Images
from job.problems import mnist
from job.state.directory import TrialFiles
from job.training import Setup, advance

ARCHIVE = "images.npz"
_BATCH_SIZE = 128
_PARAMS: Params = {"learning_rate": 1e-3, "num_dense_layers": 2, "num_dense_nodes": 256, "activation": "relu"}


class Variant(StrEnum):
    """A way to train."""

    JOB = "job"
    PLAIN = "plain fit"
    DETERMINISTIC = "deterministic job"


# With these, this module is a problem: MNIST's, on the images that `images.py` has left in a folder.
SPACE, DEFAULT, EPOCHS, BATCH_SIZE = mnist.SPACE, mnist.DEFAULT, mnist.EPOCHS, mnist.BATCH_SIZE
build_model = mnist.build_model


def load_data(source: DataSource, tell: Callable[[Event], None]) -> Data:
    """Return the images in the source's folder."""
    del tell
    assert source.path is not None, "this problem finds no data by itself"
    with np.load(source.path / ARCHIVE) as arrays:
        train = Images(arrays["train_images"], arrays["train_labels"])
        validation = Images(arrays["validation_images"], arrays["validation_labels"])
    return Data(train=train, validation=validation, test=validation, class_names=tuple("0123456789"))


def main() -> None:
    variant, folder, epochs = Variant(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    if variant is Variant.PLAIN:
        ends = _train_plainly(folder, epochs)
    else:
        ends = _train_by_job(folder, epochs, deterministic=variant is Variant.DETERMINISTIC)
    print(json.dumps(ends))


class _Control:
    """Notes when epochs end."""

    must_stop = False

    def __init__(self) -> None:
        self.ends: list[float] = []

    def tell(self, event: Event) -> None:
        if isinstance(event, EpochEnded):
            self.ends.append(time.perf_counter())


def _train_by_job(folder: Path, epochs: int, *, deterministic: bool) -> list[float]:
    setup = Setup(
        module=Path(__file__).stem,
        data=DataSource(folder),
        seed=0,
        epochs=epochs,
        batch_size=_BATCH_SIZE,
        objective=Objective("val_accuracy", "max"),
        deterministic=deterministic,
        checkpoint_seconds=60.0,  # as by default
    )
    control = _Control()
    with tempfile.TemporaryDirectory(dir=folder) as directory:
        advance(setup, 1, _PARAMS, epochs, (), TrialFiles(Path(directory)), control)
    return control.ends


def _train_plainly(folder: Path, epochs: int) -> list[float]:
    import keras

    from job.training.batches import EVALUATION_BATCH_SIZE

    data = load_data(DataSource(folder), lambda _: None)
    ends: list[float] = []
    model = mnist.build_model(_PARAMS, data)
    model.fit(
        *_floats(data.train),
        validation_data=_floats(data.validation),
        validation_batch_size=EVALUATION_BATCH_SIZE,
        batch_size=_BATCH_SIZE,
        epochs=epochs,
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: ends.append(time.perf_counter()))],
        verbose=0,
    )
    return ends


def _floats(split: Images) -> tuple[np.ndarray, np.ndarray]:
    return split.images.astype(np.float32) / 255, split.labels


if __name__ == "__main__":
    main()
