"""Whether targets are what a loss can be computed from: labels within the width of the output they are for."""

from collections.abc import Iterator, Mapping
from typing import Any

import keras
import numpy as np

from job.data import Data
from job.data.arrays import Array, leaves, unpacked
from job.training.check.data_checks import parts_of
from job.training.check.facts import Finding, Severity

_SPARSE = (keras.losses.SparseCategoricalCrossentropy, keras.losses.sparse_categorical_crossentropy)
_BINARY = (keras.losses.BinaryCrossentropy, keras.losses.binary_crossentropy)


def check_targets(data: Data, model: keras.Model, place: str) -> Iterator[Finding]:
    """Yield what of the targets is outside of what the losses of `model`, which is compiled, are defined for."""
    for name, part in parts_of(data).items():
        targets = [*leaves(unpacked(part)[1], "y")]
        for (where, array), (loss, width) in zip(targets, _losses(model, len(targets)), strict=False):
            if outside := _outside(array, loss, width):
                yield Finding(severity=Severity.ERROR, told=f"{name}: {where}: {outside}", place=place)


def _losses(model: keras.Model, n: int) -> list[tuple[Any, int | None]]:
    """Return the loss of each of `n` outputs, in Keras's order, and the width of the output; nothing where unknown."""
    losses, outputs = keras.tree.flatten(model.loss), getattr(model, "outputs", None) or []
    if isinstance(model.loss, Mapping):  # dictionaries are flattened in the order of their sorted keys
        outputs = []
    if len(losses) == 1:
        losses = losses * n
    widths = [each.shape[-1] if each.shape else None for each in outputs] or [None] * n
    return list(zip(losses, widths, strict=False)) if len(losses) == n == len(widths) else []


def _outside(array: Array, loss: Any, width: int | None) -> str:
    """Say what values of a target are wrong for its loss; empty where none are."""
    if array.dtype.kind not in "biuf":
        return f"expected numbers, which alone a loss can be computed from, found {array.dtype}"
    try:
        known = keras.losses.get(loss)
    except ValueError:
        return ""
    if _is(known, _SPARSE) and width is not None:
        low, high = array.min(), array.max()
        if low < 0 or high >= width:
            row = int(np.argmax(((array < 0) | (array >= width)).reshape(len(array), -1).any(axis=1)))
            return (
                f"expected labels from 0 to {width - 1}, as the output of the model is {width} wide, "
                f"found {low} to {high}, first in row {row}"
            )
    if _is(known, _BINARY) and (array.min() < 0 or array.max() > 1):
        return f"expected numbers from 0 to 1 for a binary cross-entropy, found {array.min()} to {array.max()}"
    return ""


def _is(loss: Any, kinds: tuple[Any, ...]) -> bool:
    kind, function = kinds
    return isinstance(loss, kind) or loss is function
