"""Arrays as a problem returns them, checked before anything is trained on them."""

from typing import Any

import numpy as np

from job.core.values import plain, shown
from job.data import Part
from job.data.arrays import Array, Nested, is_nested, kind_of, leaves, mapped
from job.errors import SettingsError

_ROLES = ("x", "y", "sample_weight")
_NUMBERS = "biuf"  # NumPy's kinds of types that a model may be given, beside texts
_FORMS = (
    "Images, a tuple (x, y) or (x, y, sample_weight) of arrays, a tf.data.Dataset, a keras.utils.PyDataset, or a "
    "function of the epoch"
)


def checked_arrays(given: object, name: str) -> Part:
    """Return a tuple (x, y) or (x, y, sample_weight) of NumPy's arrays; weights are float32 and nested as y is.

    `name` is that of the part. Raise SettingsError for anything else.
    """
    if not isinstance(given, tuple) or len(given) not in (2, 3):
        found = f"{len(given)} of them" if isinstance(given, tuple) else shown(type(given).__name__)
        raise SettingsError(f"{name}: expected {_FORMS}, found {found}")
    parts = [mapped(_array, each, f"{name}: {role}") for role, each in zip(_ROLES, given, strict=False)]
    _check_lengths(parts, name)
    if len(parts) == 2:
        return tuple(parts)
    return (*parts[:2], nested_weights(parts[2], parts[1], f"{name}: sample_weight"))


def nested_weights(weights: Nested, y: Nested, where: str) -> Nested:
    """Return weights of examples as float32, nested as `y` is: one array counts for each of several targets."""
    weights = mapped(_weights, weights, where)
    if is_nested(y) and not is_nested(weights):
        return mapped(lambda *_: weights, y)
    if _places(weights) != _places(y):
        raise SettingsError(f"{where}: expected one array, or as many as y and named alike")
    return weights


def check_alike(part: Part, train: Part, name: str) -> None:
    """Raise SettingsError where x or y of a part are nested otherwise than those of `train`, or hold other things."""
    for role, own, other in zip(_ROLES[:2], part, train, strict=False):
        found, expected = dict(leaves(own, role)), dict(leaves(other, role))
        if found.keys() != expected.keys():
            raise SettingsError(f"{name}: expected {', '.join(expected)}, as in train, found {', '.join(found)}")
        for place, array in expected.items():
            if _form(found[place]) != _form(array):
                raise SettingsError(
                    f"{name}: {place}: expected {_form(array)}, as in train, found {_form(found[place])}",
                    hint="convert one of them with astype or reshape",
                )


def _form(array: Array) -> str:
    return f"{kind_of(array)} in {array.ndim} dimensions" if array.ndim > 1 else f"{kind_of(array)} in one dimension"


def _array(given: Any, where: str) -> Array:
    if not hasattr(given, "__array__"):
        raise SettingsError(
            f"{where}: expected a NumPy array, or a dictionary, list or tuple of them, found {_named(given)}",
            hint="make an array of it with numpy.array",
        )
    array = np.asarray(given)
    if array.ndim == 0:
        raise SettingsError(
            f"{where}: expected an array with one row an example, found the number {shown(plain(given))}"
        )
    if array.dtype.kind == "O":
        _check_texts(array, where)
    elif array.dtype.kind not in (*_NUMBERS, "U", "S"):
        raise SettingsError(f"{where}: expected numbers, booleans or texts, found {array.dtype}")
    return array


def _check_texts(array: Array, where: str) -> None:
    for index, each in np.ndenumerate(array):
        if not isinstance(each, str | bytes):
            raise SettingsError(
                f"{where}: expected an array of objects to hold texts alone, found {shown(each)} at index {index[0]}",
                hint="convert numbers with astype(numpy.float32), and replace what is missing",
            )


def _weights(array: Array, where: str) -> Array:
    if array.dtype.kind not in _NUMBERS or not (np.isfinite(array).all() and (array >= 0).all()):
        raise SettingsError(f"{where}: expected finite numbers of 0 or more, found {array.dtype}, or others among them")
    return array.astype(np.float32, copy=False)


def _check_lengths(parts: list[Nested], name: str) -> None:
    lengths = {
        place: len(array) for role, each in zip(_ROLES, parts, strict=False) for place, array in leaves(each, role)
    }
    for role, each in zip(_ROLES, parts, strict=False):
        if not any(leaves(each, role)):
            raise SettingsError(f"{name}: {role}: expected one or more arrays, found none")
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{length:,} in {place}" for place, length in lengths.items())
        raise SettingsError(f"{name}: expected as many examples in all arrays, found {told}")
    if not all(lengths.values()):
        raise SettingsError(f"{name}: expected one or more examples, found none")


def _places(nested: Nested) -> list[str]:
    return [place for place, _ in leaves(nested, "")]


def _named(given: object) -> str:
    return "None" if given is None else f"{shown(given)} of type {type(given).__name__}"
