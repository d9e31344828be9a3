"""The outputs of a model beside the true values and the losses that belong to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from job.data.arrays import Array, Nested
from job.training.answers import Loss


@dataclass(frozen=True)
class Output:
    """One output for n examples; `true` is None where what the data give does not fit it."""

    name: str
    given: Array
    true: Array | None
    loss: Loss


def outputs_of(model: keras.Model, given: Nested, true: Nested) -> tuple[Output, ...]:
    """Return each output that the model has given, with its true values."""
    named, targets = _by_name(model, given), {} if true is None else _by_name(model, true)
    losses = getattr(model, "loss", None)
    if len(named) == len(targets) == 1:
        (name, array), (target,) = next(iter(named.items())), targets.values()
        return (Output(name, array, target, loss_of(_pick(losses, name, 0))),)
    return tuple(
        Output(name, array, targets.get(name), loss_of(_pick(losses, name, place)))
        for place, (name, array) in enumerate(named.items())
    )


def loss_of(given: Any) -> Loss:
    """Return what a loss as it was given to `compile` is: a name, a function or an object."""
    found = keras.losses.get(given) if isinstance(given, str) else given
    function = getattr(found, "fn", found)
    is_of_keras = str(getattr(function, "__module__", "")).partition(".")[0] == "keras"
    name = str(getattr(function, "__name__", "")) if is_of_keras else ""
    return Loss(name, from_logits=bool(getattr(found, "from_logits", False)))


def as_array(tensor: Any, _: str = "") -> Array:
    """Return a tensor as an array: a ragged one of arrays of one example each, a sparse one in full."""
    if isinstance(tensor, tf.SparseTensor):
        tensor = tf.sparse.to_dense(tensor)
    return np.asarray(tensor.numpy() if isinstance(tensor, tf.RaggedTensor) else tensor)


def _by_name(model: keras.Model, nested: Nested) -> Mapping[str, Array]:
    """Return the arrays by the keys of a dictionary, or by the names of the model's outputs, or else by numbers."""
    if isinstance(nested, Mapping):
        return {str(key): as_array(each) for key, each in nested.items()}
    arrays = [as_array(each) for each in nested] if isinstance(nested, list | tuple) else [as_array(nested)]
    names: Sequence[str] = getattr(model, "output_names", None) or ()
    if len(names) != len(arrays):
        names = [f"output {place + 1}" for place in range(len(arrays))]
    return dict(zip(map(str, names), arrays, strict=True))


def _pick(losses: Any, name: str, place: int) -> Any:
    if isinstance(losses, Mapping):
        return losses.get(name)
    if isinstance(losses, list | tuple):
        return losses[place] if place < len(losses) else None
    return losses
