"""A share of the training examples, set apart to validate on."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from job.data import Data, Images, Part
from job.data.arrays import Array, Nested, holds_texts, is_nested, mapped, n_examples, unpacked
from job.errors import SettingsError


def split_off_validation(data: Data, *, seed: int) -> Data:
    """Return `data` with its share for validation, if it is one, taken from the training examples by `seed`.

    Where these have classes, each is as common in both parts as it can be. All keep their order.
    """
    if not isinstance(data.validation, float):
        return data
    from sklearn.model_selection import train_test_split

    places, share = np.arange(n_examples(data.train)), data.validation
    n_validation = int(np.ceil(share * len(places)))
    if n_validation == len(places):
        raise SettingsError(f"validation: expected a share that leaves examples to train on, found {share:g}")
    classes = _classes(unpacked(data.train)[1])
    if classes is not None and not _can_be_in_both(classes, min(n_validation, len(places) - n_validation)):
        classes = None
    train, validation = train_test_split(places, test_size=n_validation, stratify=classes, random_state=seed)
    return replace(data, train=_picked(data.train, np.sort(train)), validation=_picked(data.train, np.sort(validation)))


def _picked(part: Part, places: NDArray[np.int64]) -> Part:
    if isinstance(part, Images):
        return replace(part, images=part.images[places], labels=part.labels[places])
    return mapped(lambda array, _: array[places], part)


def _classes(y: Nested) -> Array | None:
    """Return a number for the class of each example; None where the targets name none."""
    if is_nested(y):
        return None
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim == 2 and _are_one_hot(y):
        y = y.argmax(axis=1)
    if y.ndim > 1 or not (holds_texts(y) or y.dtype.kind in "biu" or np.isin(y, (0, 1)).all()):
        return None
    return np.unique(y.astype(str) if y.dtype.kind == "O" else y, return_inverse=True)[1]


def _are_one_hot(y: Array) -> bool:
    return not holds_texts(y) and bool(np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all())


def _can_be_in_both(classes: Array, n_smaller: int) -> bool:
    """Tell whether each class may be in both parts, of which the smaller one has so many examples."""
    counts = np.bincount(classes)
    return counts.min() >= 2 and len(counts) <= n_smaller
