"""Images to train MNIST's network on: its own, or random ones of their shape; `epochs.py` loads them as a problem."""

from pathlib import Path

import numpy as np
from epochs import ARCHIVE
from figures import CannotMeasureError

from job.data import DataSource, Images
from job.problems import mnist

# Images to train on for each one to validate with, as in MNIST.
_TRAINING_SHARE = 11


def write_images(folder: Path, images: int, data_path: Path | None) -> None:
    """Leave so many images to train on, and as many to validate with as MNIST has for them, in `folder`."""
    n_validation = max(images // _TRAINING_SHARE, 1)
    if data_path is None:
        train, validation = _random_split(images), _random_split(n_validation)
    else:
        data = mnist.load_data(DataSource(data_path), lambda _: None)
        train, validation = data.train, data.validation
    if len(train) < images:
        raise CannotMeasureError(f"expected {images} images in {data_path}, found {len(train)}")
    np.savez(
        folder / ARCHIVE,
        train_images=train.images[:images],
        train_labels=train.labels[:images],
        validation_images=validation.images[:n_validation],
        validation_labels=validation.labels[:n_validation],
    )


def _random_split(images: int) -> Images:
    generator = np.random.default_rng(0)
    return Images(generator.integers(0, 256, (images, 28, 28, 1), np.uint8), generator.integers(0, 10, images))
