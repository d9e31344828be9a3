"""The checkpoint of a trial: one file that holds all that training needs to go on with the very bits.

The file is the SHA-256 of the rest in 32 bytes, then a NumPy archive: its arrays by number, and a header in JSON that
says which array is what.
"""

import hashlib
import importlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from job.core.trial import EpochLogs
from job.state import durable

Array = NDArray[Any]
Arrays = tuple[Array, ...]
# What a callback remembers: plain values, arrays, functions by their names, and lists of these.
Memory = dict[str, Any]

_DIGEST_BYTES = hashlib.sha256().digest_size


class CheckpointDamagedError(Exception):
    """The file is not what was written."""


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """A trial between two batches."""

    history: tuple[EpochLogs, ...]  # of the epochs that are through
    batch: int  # batches of the next epoch that are through
    seconds: float  # of training so far
    ended: bool  # a callback has ended the training early
    model: Arrays  # model.variables: weights and the state of the layers' random numbers
    optimizer: Arrays  # optimizer.variables: iterations, learning rate, moments
    metrics: Arrays  # model.metrics_variables: the running means of the epoch in hand
    callbacks: tuple[Memory, ...]


def write(path: Path, checkpoint: Checkpoint) -> None:
    """Replace the file at `path` durably."""
    arrays: list[Array] = []
    header = {name: _pack(value, arrays) for name, value in vars(checkpoint).items()}
    buffer = io.BytesIO()
    np.savez(buffer, header=np.frombuffer(json.dumps(header).encode(), np.uint8), **_named(arrays))  # type: ignore[arg-type]
    content = buffer.getvalue()
    durable.write(path, hashlib.sha256(content).digest() + content)


def read(path: Path) -> Checkpoint | None:
    """Return what `write` has written, or None where there is no file; raise CheckpointDamagedError for other bits."""
    with durable.state_errors(path):
        if not path.exists():
            return None
        data = path.read_bytes()
    digest, content = data[:_DIGEST_BYTES], data[_DIGEST_BYTES:]
    if hashlib.sha256(content).digest() != digest:
        raise CheckpointDamagedError(f"{path}: its digest does not match its content")
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        header = json.loads(archive["header"].tobytes())
        return Checkpoint(**{name: _unpack(value, archive) for name, value in header.items()})


def remember(thing: object) -> Memory:
    """Return the attributes of a callback that hold plain values, arrays, importable functions, or lists of them."""
    return {name: value for name, value in vars(thing).items() if name not in _NOT_STATE and _can_pack(value)}


_NOT_STATE = {"_model", "model", "params", "validation_data"}


def _can_pack(value: object) -> bool:
    match value:
        case None | bool() | int() | float() | str():
            return True
        case np.generic() | np.ndarray():
            return not value.dtype.hasobject
        case FunctionType():  # how a callback compares, say; found again by its name
            return "<" not in value.__qualname__
        case list() | tuple() if type(value) in (list, tuple):
            return all(_can_pack(each) for each in value)
        case dict() if type(value) is dict:
            return all(isinstance(key, str) and _can_pack(each) for key, each in value.items())
        case _:
            return False


def _pack(value: Any, arrays: list[Array]) -> object:
    """Return `value` as JSON data, its arrays replaced by their index in `arrays`, to which they are added."""
    match value:
        case np.generic() | np.ndarray():
            array = np.asarray(value)
            # NumPy's archive keeps no types of others, such as bfloat16: their bits go as plain integers.
            arrays.append(array.view(f"u{array.itemsize}") if array.dtype.kind == "V" else array)
            return {"array": len(arrays) - 1, "scalar": isinstance(value, np.generic), "type": array.dtype.name}
        case FunctionType():
            return {"function": value.__qualname__, "module": value.__module__}
        case list() | tuple():
            return {type(value).__name__: [_pack(each, arrays) for each in value]}
        case dict():
            return {"dict": {key: _pack(each, arrays) for key, each in value.items()}}
        case _:
            return value


def _unpack(value: Any, archive: Any) -> Any:
    match value:
        case {"array": index, "scalar": scalar, "type": name}:
            array = archive[_name(index)]
            array = array if array.dtype.name == name else array.view(name)
            return array[()] if scalar else array
        case {"function": name, "module": module}:
            return attrgetter(name)(importlib.import_module(module))
        case {"list": items}:
            return [_unpack(each, archive) for each in items]
        case {"tuple": items}:
            return tuple(_unpack(each, archive) for each in items)
        case {"dict": items}:
            return {key: _unpack(each, archive) for key, each in items.items()}
        case _:
            return value


def _named(arrays: Sequence[Array]) -> dict[str, Array]:
    return {_name(index): array for index, array in enumerate(arrays)}


def _name(index: int) -> str:
    return f"array_{index}"
