"""How much each training example counts, by the data and by a problem's `fit_options`."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from job.core.values import is_number, plain, shown
from job.data import Part
from job.data.array_checks import nested_weights
from job.data.arrays import Array, Nested, holds_texts, is_nested, leaves, mapped, n_examples, unpacked
from job.data.batched import is_in_memory
from job.errors import SettingsError

_CLASS_WEIGHT, _SAMPLE_WEIGHT = "fit_options: class_weight", "fit_options: sample_weight"


def weights_of(options: Mapping[str, Any], part: Part) -> Nested | None:
    """Return the weights of the examples, nested as the targets are: the product of those in `part` and `options`.

    Those of classes are as Keras's `fit` makes them. None where all examples count the same.
    """
    if not is_in_memory(part):
        if options:
            raise SettingsError(
                f"fit_options: {next(iter(options))}: expected none where the training set is not in arrays, found one",
                hint="give the weights as third part of each batch, after x and y",
            )
        return None
    _, y, own = unpacked(part)
    found = [own] if own is not None else []
    if "class_weight" in options:
        found.append(_of_classes(options["class_weight"], y))
    if "sample_weight" in options:
        found.append(_of_examples(options["sample_weight"], y, n_examples(part)))
    if not found:
        return None
    product, *others = found
    for each in others:
        product = _multiplied(product, each)
    return product


def _multiplied(one: Nested, other: Nested) -> Nested:
    """Return the products of weights that are nested alike; the array of more dimensions decides the shape."""
    others = dict(leaves(other, ""))

    def multiply(array: Array, place: str) -> Array:
        factor = others[place]
        few, many = sorted((array, factor), key=lambda each: each.ndim)
        product: Array = many * few.reshape(*few.shape, *(1,) * (many.ndim - few.ndim))
        return product

    return mapped(multiply, one)


def _of_classes(given: Any, y: Nested) -> NDArray[np.float32]:
    """Return a weight for each example: 1 where `given` has none for its class, as in Keras."""
    expected = f"{_CLASS_WEIGHT}: expected a dictionary from the indices of classes to weights of 0 or more"
    if not isinstance(given, Mapping):
        raise SettingsError(f"{expected}, found {shown(given)}")
    classes = _classes(y)
    weights = {plain(label): plain(weight) for label, weight in given.items()}
    for label, weight in weights.items():
        is_label = isinstance(label, int) and label >= 0
        if not (is_label and is_number(weight) and weight >= 0):
            raise SettingsError(f"{expected}, found {shown({label: weight})}")
    known, places = np.unique(classes, return_inverse=True)
    if weights and not set(weights) & set(known.tolist()):
        raise SettingsError(f"{expected}, found {shown(weights)}, and examples of none of these classes")
    return np.array([weights.get(int(each), 1.0) for each in known], np.float32)[places]


def _classes(y: Nested) -> NDArray[np.int32]:
    """Return the class of each example, from indices of shape (n,) or (n, 1) or rows of shape (n, classes)."""
    if is_nested(y) or holds_texts(y) or y.ndim > 2:
        found = "several targets" if is_nested(y) else f"{y.dtype} in shape {y.shape}"
        raise SettingsError(
            f"{_CLASS_WEIGHT}: expected one target, of the index of a class or one-hot rows, found {found}",
            hint="give sample_weight, with a number for each example",
        )
    if y.ndim == 2:
        y = y[:, 0] if y.shape[1] == 1 else y.argmax(axis=1)
    return np.asarray(np.round(y), np.int32)


def _of_examples(given: Any, y: Nested, n: int) -> Nested:
    weights = given if is_nested(given) and is_nested(y) else np.asarray(given)
    for place, array in leaves(weights, _SAMPLE_WEIGHT):
        found = np.asarray(array)
        if found.dtype.kind not in "biuf" or found.shape[:1] != (n,):
            raise SettingsError(
                f"{place}: expected a number for each of {n:,} training examples, "
                f"found {found.dtype} in shape {found.shape}"
            )
    return nested_weights(mapped(lambda each, _: np.asarray(each), weights), y, _SAMPLE_WEIGHT)
