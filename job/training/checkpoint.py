"""The checkpoint of a trial: one file that holds all that training needs to go on with the very bits.

The file is the SHA-256 of the rest in 32 bytes, then a NumPy archive: its arrays by number, and a header in JSON that
says which array is what.
"""

import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from job.core.trial import EpochLogs
from job.state import durable
from job.training.packing import Array, Packer, Unpacker

Arrays = tuple[Array, ...]
# What a callback remembers, by attribute: what `job.training.packing` packs.
Memory = dict[str, Any]

_FORMAT = 2  # in format 1 each epoch was a `fit` of its own
_DIGEST_BYTES = hashlib.sha256().digest_size


class CheckpointDamagedError(Exception):
    """The file is not what was written, or is from a version that trained otherwise."""


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """A trial between two batches."""

    history: tuple[EpochLogs, ...]  # of the epochs that are through
    batch: int  # batches of the next epoch that are through
    seconds: float  # of training so far
    ended: bool  # a callback has ended the training early
    logs: EpochLogs  # of the last epoch, as Keras gives them to the callbacks; empty before its end
    model: Arrays  # model.variables: weights and the state of the layers' random numbers
    optimizer: Arrays  # optimizer.variables: iterations, learning rate, moments
    metrics: Arrays  # model.metrics_variables: the running means of the epoch in hand
    callbacks: tuple[Memory, ...]
    random: Any  # the state of Python's and of NumPy's global random numbers
    validated: str  # the digest of the weights that were validated last
    best: Arrays  # the weights of the best epoch, where those are kept
    recompiled: Any = None  # what callbacks have changed of the model itself, as `job.training.recompiled` has it
    rungs: tuple[dict[str, Any], ...] = ()  # each a `RungScore` by its fields


def write(path: Path, checkpoint: Checkpoint) -> None:
    """Replace the file at `path` durably."""
    packer = Packer()
    header = {name: packer.pack(value) for name, value in vars(checkpoint).items()} | {"format": _FORMAT}
    arrays = {_name(index): array for index, array in enumerate(packer.arrays)}
    buffer = io.BytesIO()
    np.savez(buffer, header=np.frombuffer(json.dumps(header).encode(), np.uint8), **arrays)  # type: ignore[arg-type]
    content = buffer.getvalue()
    durable.write(path, hashlib.sha256(content).digest() + content)


def read(path: Path) -> Checkpoint | None:
    """Return what `write` has written, or None where there is no file; raise CheckpointDamagedError for all else."""
    with durable.state_errors(path):
        if not path.exists():
            return None
        data = path.read_bytes()
    digest, content = data[:_DIGEST_BYTES], data[_DIGEST_BYTES:]
    if hashlib.sha256(content).digest() != digest:
        raise CheckpointDamagedError(f"{path}: its digest does not match its content")
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        header = json.loads(archive["header"].tobytes())
        if header.pop("format", 1) != _FORMAT:
            raise CheckpointDamagedError(f"{path}: another version of hpo-job has written it")
        unpacker = Unpacker({index: archive[_name(index)] for index in range(len(archive.files) - 1)})
        return Checkpoint(**{name: unpacker.unpack(value) for name, value in header.items()})


def read_or_set_aside(path: Path, warn: Callable[[str], None]) -> Checkpoint | None:
    """Return what `read` does; one that is damaged is none, and gets another name, of which `warn` is told."""
    try:
        return read(path)
    except CheckpointDamagedError as error:
        warn(f"{error}; it is now {durable.set_aside(path).name}, and the trial starts again")
        return None


def write_memories(path: Path, memories: tuple[Memory, ...]) -> None:
    """Replace what callbacks remember at the end of training, by attribute, and leave all else as it was."""
    saved = read(path)
    assert saved is not None, "each epoch ends with a checkpoint"
    callbacks = tuple({**before, **now} for before, now in zip(saved.callbacks, memories, strict=True))
    write(path, replace(saved, callbacks=callbacks))


def _name(index: int) -> str:
    return f"array_{index}"
