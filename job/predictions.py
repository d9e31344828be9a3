"""What the best model says of the test set, kept with the state so that every report can show it without the data."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class Predictions:
    """The model of trial `number` on n test images of k classes.

    `top_classes` and `top_probabilities` have shape (n, 2): the most probable class and the runner-up. `first_images`,
    of shape (up to 9, height, width, channels) and type uint8, are the first test images; `wrong_images` are those of
    `wrong_indices`, the up to nine mis-classified ones of which the model was surest, the surest first.
    """

    number: int
    class_names: tuple[str, ...]
    labels: NDArray[np.int64]  # (n,)
    top_classes: NDArray[np.int64]
    top_probabilities: NDArray[np.float32]
    first_images: NDArray[np.uint8]
    wrong_indices: NDArray[np.int64]
    wrong_images: NDArray[np.uint8]

    @property
    def confusion(self) -> NDArray[np.int64]:
        """How many images of each class (rows) the model takes for which (columns); shape (k, k)."""
        counts = np.zeros((len(self.class_names),) * 2, np.int64)
        np.add.at(counts, (self.labels, self.top_classes[:, 0]), 1)
        return counts
