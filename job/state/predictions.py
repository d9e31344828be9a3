"""What the best model says of the test set, kept with the state so that every report can show it without the data."""

import io
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

# Pictures to show, in three rows of three.
_N_SHOWN = 9


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


def top_two(probabilities: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the most probable class and the runner-up of each row, and their probabilities, both of shape (n, 2)."""
    classes = np.argsort(-probabilities, axis=1, kind="stable")[:, :2]
    return classes, np.take_along_axis(probabilities, classes, axis=1)


def predictions_of(
    number: int,
    class_names: tuple[str, ...],
    *,
    images: NDArray[np.uint8],
    labels: NDArray[np.int64],
    probabilities: NDArray[np.float32],
) -> Predictions:
    """Return what is kept of the `probabilities`, of shape (n, k), that the model of trial `number` gives."""
    classes, top = top_two(probabilities)
    wrong = np.flatnonzero(classes[:, 0] != labels)
    surest = wrong[np.argsort(-top[wrong, 0], kind="stable")][:_N_SHOWN]
    return Predictions(
        number=number,
        class_names=class_names,
        labels=labels,
        top_classes=classes,
        top_probabilities=top,
        first_images=images[:_N_SHOWN],
        wrong_indices=surest,
        wrong_images=images[surest],
    )


def dump(predictions: Predictions) -> bytes:
    """Return the predictions as a NumPy archive; the same ones give the same bytes."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **vars(predictions))
    return buffer.getvalue()


def load(data: bytes) -> Predictions:
    """Read what `dump` has written; the study tells the digest of it, so that nothing else comes here."""
    with np.load(io.BytesIO(data), allow_pickle=False) as archive:
        arrays = {field.name: archive[field.name] for field in fields(Predictions)}
    number, names = int(arrays.pop("number")), tuple(map(str, arrays.pop("class_names")))
    return Predictions(number=number, class_names=names, **arrays)
