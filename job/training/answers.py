"""What a model answers: classes, labels or numbers. Its outputs tell that, with the true values and the loss."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# By how much the probabilities of an example may miss a sum of 1: in half precision they do by some thousandths.
_ROUNDING = 0.01
# The most labels, and the most numbers, that a table tells of.
_MOST_LABELS, _MOST_NUMBERS = 100, 20
_NO_PROBABILITIES = "the model gives no class probabilities"
_BINARY = ("binary_crossentropy", "binary_focal_crossentropy")
_CROSSENTROPIES = (
    *_BINARY,
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "sparse_categorical_crossentropy",
)
_SHARES = (*_CROSSENTROPIES, "kl_divergence")
# With these a model that gives a number for 0 and 1 means the number.
_OF_NUMBERS = (
    "huber",
    "log_cosh",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "poisson",
)

Array = NDArray[Any]


@dataclass(frozen=True)
class Loss:
    """The loss of an output: the name of Keras's function, empty for one of the user's, and whether it takes logits."""

    name: str = ""
    from_logits: bool = False


@dataclass(frozen=True)
class Classes:
    """One of k classes for each example: probabilities of shape (n, k), and the true classes, of shape (n,)."""

    names: tuple[str, ...]
    probabilities: NDArray[np.float32]
    true: NDArray[np.int64]


@dataclass(frozen=True)
class Labels:
    """Any of k labels for each example: the probability of each and whether it is true, both of shape (n, k)."""

    names: tuple[str, ...]
    probabilities: NDArray[np.float32]
    true: NDArray[np.bool_]


@dataclass(frozen=True)
class Numbers:
    """k numbers for each example, and the true ones, both of shape (n, k)."""

    names: tuple[str, ...]
    predicted: NDArray[np.float32]
    true: NDArray[np.float64]


@dataclass(frozen=True)
class Untold:
    """Something else; `reason` goes on from `There is no table of the answers: `.

    `are_classes` tells whether there is one true class for each example all the same, and so an accuracy counts them.
    """

    reason: str
    are_classes: bool = False


Answers = Classes | Labels | Numbers | Untold


def answers_of(output: Array, target: Array, loss: Loss = Loss(), class_names: tuple[str, ...] = ()) -> Answers:
    """Return what the `output` of a model for n examples says, where `target` has the true answers.

    `class_names` are those of the data, empty where none are known. Names of what the data do not name are numbers:
    those of classes and labels from 0, as they are in the data, and those of numbers from 1.
    """
    if any(array.dtype.kind not in "fiub" for array in (output, target)):
        return Untold("the model's answers or the true ones are no numbers")
    output, target = _columns(output), _columns(target)
    if output.ndim != 2 or not len(output):
        return Untold(f"the model gives an array of shape {output.shape[1:]} for each example")
    if not np.isfinite(output).all():
        return Untold("some of the model's answers are not finite numbers")
    if output.shape[1] > 1 and target.shape == (len(output), 1) and _are_whole(target):
        return _sparse(output, target[:, 0], loss, class_names)
    if target.shape != output.shape:
        return Untold(f"the model gives {output.shape[1:]} for each example, and the data {target.shape[1:]}")
    return _alike(output, target, loss, class_names)


def class_probabilities(output: Array, loss: Loss) -> NDArray[np.float32]:
    """Return the probability of each class, from an output for classes: two for one that has that of the second."""
    found = _activated(_columns(output), loss)
    return np.concatenate([1 - found, found], axis=1) if found.shape[1] == 1 else found


def label_probabilities(output: Array, loss: Loss) -> NDArray[np.float32]:
    """Return the probability of each label, from an output for labels."""
    return _activated(output, loss)


def _columns(array: Array) -> Array:
    """Return one number for each example as a column."""
    return array[:, np.newaxis] if array.ndim == 1 else array


def _alike(output: Array, target: Array, loss: Loss, class_names: tuple[str, ...]) -> Answers:
    """Return what an output of the shape of `target` is."""
    if not _are_zeros_and_ones(target):
        return Untold("the true answers are shares of classes") if loss.name in _SHARES else _numbers(output, target)
    as_classes = _binary if output.shape[1] == 1 else _hot
    return as_classes(output, target, loss, class_names) or _numbers(output, target)


def _sparse(output: Array, target: Array, loss: Loss, class_names: tuple[str, ...]) -> Answers:
    """Return the classes, where `target` has the index of each."""
    k = output.shape[1]
    probabilities = _activated(output, loss)
    if not _sum_to_one(probabilities):
        return Untold(_NO_PROBABILITIES, are_classes=True)
    if class_names and len(class_names) != k:
        return Untold(f"the model tells {k} classes apart, and the data have {len(class_names)}", are_classes=True)
    if target.min() < 0 or target.max() >= k:
        return Untold(f"the model tells {k} classes apart, and the data have others", are_classes=True)
    return Classes(_named(class_names, k), probabilities, target.astype(np.int64))


def _binary(output: Array, target: Array, loss: Loss, class_names: tuple[str, ...]) -> Answers | None:
    """Return the two classes that one probability is of, that of the second; None where the output is a number."""
    if len(class_names) != 2 and loss.name in _OF_NUMBERS:
        return None
    if not _are_shares(_activated(output, loss)):
        is_told = loss.name not in _CROSSENTROPIES and not class_names
        return None if is_told else Untold(_NO_PROBABILITIES, are_classes=True)
    return Classes(_named(class_names, 2), class_probabilities(output, loss), target[:, 0].astype(np.int64))


def _hot(output: Array, target: Array, loss: Loss, class_names: tuple[str, ...]) -> Answers | None:
    """Return the class, or the labels, that are 1 in `target`; None where the output are numbers."""
    if loss.name in _OF_NUMBERS and not class_names:
        return None
    probabilities, k = _activated(output, loss), output.shape[1]
    are_classes = bool((target.sum(axis=1) == 1).all())
    if are_classes and _sum_to_one(probabilities):
        return Classes(_named(class_names, k), probabilities, target.argmax(axis=1).astype(np.int64))
    if not _are_shares(probabilities) or (loss.name in _CROSSENTROPIES and loss.name not in _BINARY):
        return Untold(_NO_PROBABILITIES, are_classes=are_classes) if loss.name in _CROSSENTROPIES else None
    if k > _MOST_LABELS:
        return Untold(f"the model gives {k} labels")
    return Labels(_named(class_names, k), probabilities, target.astype(bool))


def _numbers(output: Array, target: Array) -> Answers:
    k = output.shape[1]
    if k > _MOST_NUMBERS:
        return Untold(f"the model gives {k} numbers for each example")
    if not np.isfinite(target).all():
        return Untold("some of the true answers are not finite numbers")
    names = tuple(str(place + 1) for place in range(k))
    return Numbers(names, output.astype(np.float32), target.astype(np.float64))


def _named(class_names: tuple[str, ...], k: int) -> tuple[str, ...]:
    return class_names if len(class_names) == k else tuple(map(str, range(k)))


def _activated(output: Array, loss: Loss) -> NDArray[np.float32]:
    """Return the probabilities that the loss makes of logits, and any other output as it is."""
    if not loss.from_logits:
        return output.astype(np.float32, copy=False)
    values = output.astype(np.float64)
    if loss.name in _BINARY:
        return np.asarray(1 / (1 + np.exp(-np.clip(values, -500, 500))), np.float32)
    powers = np.exp(values - values.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def _sum_to_one(output: Array) -> bool:
    return bool((output >= 0).all() and (abs(output.sum(axis=1, dtype=np.float64) - 1) <= _ROUNDING).all())


def _are_shares(output: Array) -> bool:
    return bool(((output >= 0) & (output <= 1)).all())


def _are_whole(target: Array) -> bool:
    return target.dtype.kind in "iub" or bool((np.isfinite(target) & (target == np.rint(target))).all())


def _are_zeros_and_ones(target: Array) -> bool:
    return bool(np.isin(target, (0, 1)).all())
