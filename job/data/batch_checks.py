"""Data in batches as a problem returns them, checked as far as that can be done without reading them."""

import inspect
from collections.abc import Callable
from typing import Any

from job.data import Part
from job.data.arrays import Nested
from job.data.batched import is_dataset
from job.errors import SettingsError

_INFINITE = -1  # as TensorFlow has it, as tf.data.INFINITE_CARDINALITY
_SIZES = (2, 3)
_ELEMENTS = "batches (x, y) or (x, y, sample_weight)"
_FINITE = "end it after the batches of an epoch, as take(n) does, or give a function of the epoch"


def checked_batches(part: Part, name: str) -> Part:
    """Return a `tf.data.Dataset` or a `keras.utils.PyDataset`; raise SettingsError for one without an end."""
    if is_dataset(part):
        if int(part.cardinality()) == _INFINITE:
            raise SettingsError(f"{name}: expected a tf.data.Dataset with an end, found one without", hint=_FINITE)
        _check_element(part.element_spec, name)
        return part
    n_batches = part.num_batches
    if n_batches is None:
        raise SettingsError(f"{name}: expected a PyDataset with an end, found one without", hint=_FINITE)
    if n_batches < 1:
        raise SettingsError(f"{name}: expected one or more batches, found none")
    return part


def checked_batch(batch: object, name: str) -> tuple[Nested, ...]:
    """Return a batch as a tuple (x, y) or (x, y, sample_weight); raise SettingsError for anything else."""
    _check_element(batch, name)
    return tuple(batch)  # type: ignore[arg-type]


def checked_function(function: Callable[..., Any], name: str) -> Callable[[int], Part]:
    """Return a function of the epoch; raise SettingsError for one that cannot be called with a number."""
    try:
        inspect.signature(function).bind(0)
    except TypeError as error:
        raise SettingsError(f"{name}: expected a function of the epoch, as f(epoch), found that {error}") from error
    return function


def _check_element(element: object, name: str) -> None:
    if not isinstance(element, tuple | list) or len(element) not in _SIZES:
        found = f"{len(element)} of them" if isinstance(element, tuple | list) else type(element).__name__
        raise SettingsError(f"{name}: expected {_ELEMENTS}, found {found}")
