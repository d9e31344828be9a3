"""Arrays nested in dictionaries, lists and tuples, as Keras takes them for several inputs or outputs."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from job.data import Images, Part
from job.data.batched import is_in_memory

Array = NDArray[Any]
Nested = Any  # an array, or a dictionary, list or tuple of them

_CHANNELS = (1, 3)  # grey, and colours
_TEXTS = "USO"  # NumPy's kinds of types that hold text


def leaves(nested: Nested, name: str) -> Iterator[tuple[str, Any]]:
    """Yield each array with its place below `name`, such as `x['age']` or `y[1]`; dictionaries by sorted keys."""
    if isinstance(nested, Mapping):
        for key in sorted(nested, key=str):
            yield from leaves(nested[key], f"{name}[{key!r}]")
    elif isinstance(nested, list | tuple):
        for index, each in enumerate(nested):
            yield from leaves(each, f"{name}[{index}]")
    else:
        yield name, nested


def mapped(function: Callable[[Any, str], Any], nested: Nested, name: str = "") -> Nested:
    """Return what `function` makes of each array and its place, nested in the same way; lists become tuples.

    TensorFlow takes a list for one array.
    """
    if isinstance(nested, Mapping):
        return {key: mapped(function, each, f"{name}[{key!r}]") for key, each in nested.items()}
    if isinstance(nested, list | tuple):
        return tuple(mapped(function, each, f"{name}[{index}]") for index, each in enumerate(nested))
    return function(nested, name)


def is_nested(nested: Nested) -> bool:
    """Tell several arrays from one."""
    return isinstance(nested, Mapping | list | tuple)


def unpacked(part: Part) -> tuple[Nested, Nested, Nested | None]:
    """Return x, y and the weights of a part, as arrays."""
    if isinstance(part, Images):
        return part.images, part.labels, None
    x, y, *weights = part
    return x, y, weights[0] if weights else None


def pictures_in(part: Part | None) -> NDArray[np.uint8] | None:
    """Return the pictures of a part, of shape (n, height, width, 1 or 3) and type uint8; None where it has others."""
    if not is_in_memory(part):
        return None
    x, _, _ = unpacked(part)
    is_array = isinstance(x, np.ndarray) and x.dtype == np.uint8 and x.ndim == 4
    return x if is_array and x.shape[-1] in _CHANNELS else None


def n_examples(part: Part) -> int:
    """Return how many examples there are in a part; 0 for None."""
    if part is None:
        return 0
    return next(len(array) for _, array in leaves(unpacked(part)[0], "x"))


def holds_texts(array: Array) -> bool:
    return array.dtype.kind in _TEXTS


def kind_of(array: Array) -> str:
    """Return the name of the type of what an array holds, such as `float32`; `text` whatever NumPy calls it."""
    return "text" if holds_texts(array) else str(np.dtype(array.dtype).name)
