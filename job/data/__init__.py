"""What trials are trained on, scored on, and what the best model is tested on once."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

# One of three sets of examples: `Images`; or a tuple (x, y) or (x, y, sample_weight) of what Keras's `fit` takes by
# these names: arrays, or dictionaries, lists and tuples of arrays, of numbers, booleans or texts; or batches of such
# tuples in a `tf.data.Dataset` or a `keras.utils.PyDataset`; or a function of the epoch, from 0, that returns any of
# these.
Part = Any


@dataclass(frozen=True)
class Images:
    """Pictures and the indices of their classes; a model gets the pictures as float32 in [0, 1].

    `images` has shape (n_images, height, width, channels) and type uint8; `labels` has shape (n_images,) and holds
    the indices of the classes as int64. `are_cut` says that they are the middle of larger pictures, scaled, and so what
    is to be done with others; without it, that is found out from the images.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    are_cut: bool = False

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class DataSource:
    """Where a problem may take its data from."""

    path: Path | None = None  # of the user's file or folder; None is wherever the problem itself looks
    download: bool = True  # whether what is missing there may be fetched from the network
    image_size: int | None = None  # pixels of each side; None is what the problem makes of the pictures
    label_column: str | None = None  # of a table: the column that is to be told
    strict: bool = False  # whether what cannot be read is refused rather than left out


@dataclass(frozen=True, kw_only=True)
class Data:
    """The data of a problem, in three parts; without `test` the best model is not tested.

    `validation` may be a share of the training examples, such as 0.1: they are drawn by the search's seed, the same for
    all its trials, with each class as common as in the training.
    """

    train: Part
    validation: Part  # or a share
    test: Part = None
    class_names: Sequence[str] = ()  # where labels are indices of classes; empty where they have no names
