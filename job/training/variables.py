"""The values of Keras's variables, and putting them back."""

import hashlib
from collections.abc import Sequence

import keras

from job.training.packing import Array


def values_of(variables: Sequence[keras.Variable]) -> tuple[Array, ...]:
    """Return a copy of each variable's value."""
    return tuple(keras.ops.convert_to_numpy(variable) for variable in variables)


def assign(variables: Sequence[keras.Variable], values: Sequence[Array]) -> None:
    """Give each variable its value; raise ValueError where there are more or less of them."""
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def digest_of(values: Sequence[Array]) -> str:
    """Return the SHA-256 of the bits of all values."""
    digest = hashlib.sha256()
    for value in values:
        digest.update(value.tobytes())
    return digest.hexdigest()
