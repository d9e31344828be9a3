"""What the best model says of the test set, kept with the state so that every report can show it without the data."""

import io
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

# Pictures to show, in three rows of three.
_N_SHOWN = 9
# Numbers to show: as many dots as are told apart.
_MOST_NUMBERS = 1000
_NO_IMAGES = np.zeros((0, 0, 0, 1), np.uint8)


@dataclass(frozen=True, kw_only=True)
class Predictions:
    """The model of trial `number` on n test examples of k classes.

    `top_classes` and `top_probabilities` have shape (n, 2): the most probable class and the runner-up. `first_images`,
    of shape (up to 9, height, width, channels) and type uint8, are the first test images; `wrong_images` are those of
    `wrong_indices`, the up to nine mis-classified examples of which the model was surest, the surest first. Both are
    empty where the examples are no pictures.
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
        """How many examples of each class (rows) the model takes for which (columns); shape (k, k)."""
        counts = np.zeros((len(self.class_names),) * 2, np.int64)
        np.add.at(counts, (self.labels, self.top_classes[:, 0]), 1)
        return counts


@dataclass(frozen=True, kw_only=True)
class NumberPredictions:
    """The k numbers that the model of trial `number` gives for up to 1,000 of `examples` test examples, evenly chosen.

    `true` and `predicted` have shape (n, k).
    """

    number: int
    names: tuple[str, ...]
    examples: int
    true: NDArray[np.float32]
    predicted: NDArray[np.float32]


AnyPredictions = Predictions | NumberPredictions


def top_two(probabilities: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the most probable class and the runner-up of each row, and their probabilities, both of shape (n, 2)."""
    classes = np.argsort(-probabilities, axis=1, kind="stable")[:, :2]
    return classes, np.take_along_axis(probabilities, classes, axis=1)


def predictions_of(
    number: int,
    class_names: tuple[str, ...],
    *,
    images: NDArray[np.uint8] | None,
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
        first_images=_NO_IMAGES if images is None else images[:_N_SHOWN],
        wrong_indices=surest,
        wrong_images=_NO_IMAGES if images is None else images[surest],
    )


def number_predictions_of(
    number: int, names: tuple[str, ...], *, true: NDArray[np.float64], predicted: NDArray[np.float32]
) -> NumberPredictions:
    """Return what is kept of the numbers, of shape (n, k), that the model of trial `number` gives."""
    chosen = np.linspace(0, len(true) - 1, min(len(true), _MOST_NUMBERS)).round().astype(int)
    return NumberPredictions(
        number=number,
        names=names,
        examples=len(true),
        true=true[chosen].astype(np.float32),
        predicted=predicted[chosen].astype(np.float32),
    )


def dump(predictions: AnyPredictions) -> bytes:
    """Return the predictions as a NumPy archive; the same ones give the same bytes."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **vars(predictions))
    return buffer.getvalue()


def load(data: bytes) -> AnyPredictions:
    """Read what `dump` has written; the study tells the digest of it, so that nothing else comes here."""
    with np.load(io.BytesIO(data), allow_pickle=False) as archive:
        kind = NumberPredictions if "predicted" in archive.files else Predictions
        arrays = {field.name: archive[field.name] for field in fields(kind)}
    number = int(arrays.pop("number"))
    if kind is NumberPredictions:
        names, examples = tuple(map(str, arrays.pop("names"))), int(arrays.pop("examples"))
        return NumberPredictions(number=number, names=names, examples=examples, **arrays)
    names = tuple(map(str, arrays.pop("class_names")))
    return Predictions(number=number, class_names=names, **arrays)
