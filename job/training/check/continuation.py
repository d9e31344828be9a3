"""Whether a trial goes on from its checkpoint with the very bits that it would have had without."""

import json
from collections.abc import Iterator, Sequence

import keras

from job.training.check.facts import Finding, Severity
from job.training.checkpoint import Arrays, Checkpoint, Memory
from job.training.packing import Packer
from job.training.workpiece import Workpiece

_MOST_NAMED = 4
_WEIGHTS = "the weights"


def check_continuation(
    unbroken: Checkpoint, continued: Checkpoint, workpiece: Workpiece, *, place: str, point: int
) -> Iterator[Finding]:
    """Yield what of two trainings is not the same after as many batches; `workpiece` is that of one of them."""
    if told := _difference(unbroken, continued, workpiece):
        of_weights = (
            "draw random numbers in layers from keras.random with a keras.random.SeedGenerator of the layer's own"
        )
        of_others = "change nothing in callbacks but their attributes and variables"
        cut_up = "a trial that is interrupted, or validated within an epoch,"
        yield Finding(
            severity=Severity.WARNING,
            told=f"{cut_up} does not go on with the same bits: {told}",
            place=place,
            hint=of_weights if told.startswith(_WEIGHTS) else of_others,
            point=point,
        )


def _difference(unbroken: Checkpoint, continued: Checkpoint, workpiece: Workpiece) -> str:
    """Say what is not the same; empty where all is. Where weights differ, so does the rest."""
    model = workpiece.model
    if weights := _named(model.variables, unbroken.model, continued.model):
        own = {type(layer).__name__ for layer in model._flatten_layers() if not _is_of_keras(layer)}
        suspects = f"; the layers that are not of Keras are {_list(sorted(own))}" if own else ""
        return f"{_WEIGHTS} {_list(weights)} differ after as many batches{suspects}"
    if optimizer := _named(model.optimizer.variables, unbroken.optimizer, continued.optimizer):
        return f"of the optimizer {_list(optimizer)} differ after as many batches"
    pairs = zip(workpiece.callbacks, unbroken.callbacks, continued.callbacks, strict=False)
    if own := {type(callback).__name__ for callback, one, other in pairs if _packed(one) != _packed(other)}:
        return f"what the callbacks {_list(sorted(own))} remember differs after as many batches"
    return ""


def _is_of_keras(layer: object) -> bool:
    return type(layer).__module__.partition(".")[0] == "keras"


def _named(variables: Sequence[keras.Variable], before: Arrays, now: Arrays) -> list[str]:
    triples = zip(variables, before, now, strict=False)
    return [variable.path for variable, one, other in triples if one.tobytes() != other.tobytes()]


def _packed(memory: Memory) -> tuple[str, list[bytes]]:
    packer = Packer()
    return json.dumps(packer.pack(memory)), [each.tobytes() for each in packer.arrays]


def _list(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
