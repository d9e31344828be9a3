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


def weights_digest(model: keras.Model) -> str:
    """Return the digest of a model's weights: of all that training changes in it and that a saved model holds.

    The states of layers' random numbers are left out, since a saved model does not hold them, and names, since Keras
    counts them on from one model of a process to the next.
    """
    return digest_of(values_of(model.weights))


def digest_of(values: Sequence[Array]) -> str:
    """Return the SHA-256 of all values, in their order: of each its type, its shape and its bits."""
    digest = hashlib.sha256()
    for value in values:
        digest.update(f"{value.dtype.name}{value.shape}".encode())
        digest.update(value.tobytes())
    return digest.hexdigest()
