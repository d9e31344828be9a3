"""Images with labels, in the three splits of a search."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Split:
    """Images and their labels.

    `images` has shape (n_images, height, width, channels) and type uint8; `labels` has shape (n_images,) and holds
    the indices of the classes as int64.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class DataSource:
    """Where a problem may take its data from."""

    path: Path | None = None  # of the user's file or folder; None is wherever the problem itself looks
    download: bool = True  # whether what is missing there may be fetched from the network


@dataclass(frozen=True)
class Data:
    """What trials are trained on, scored on, and what the best model is tested on once."""

    train: Split
    validation: Split
    test: Split
    class_names: tuple[str, ...] = ()  # empty where labels have no other names than their numbers

    def digest(self) -> str:
        """Return the SHA-256 of all arrays and their shapes, in hexadecimal."""
        digest = hashlib.sha256()
        for split in (self.train, self.validation, self.test):
            for array in (split.images, split.labels):
                digest.update(f"{array.dtype}{array.shape}".encode())
                digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()
