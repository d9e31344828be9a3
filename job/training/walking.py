"""Data that come in batches, read once from their beginning to their end, a batch at a time."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from job.core.fingerprint import ArrayDescription
from job.core.randomness import Purpose, seed_for
from job.data import Part
from job.data.arrays import Array, Nested, mapped, n_examples, unpacked
from job.data.batch_checks import checked_batch
from job.data.batched import is_dataset, is_function, is_in_memory
from job.data.description import describe_arrays
from job.data.digest import digest_of_part
from job.errors import SettingsError
from job.problems.functions import call_for_epoch
from job.problems.generators import drawn_by
from job.training.items import Items


@dataclass(frozen=True, kw_only=True)
class Walked:
    """What one walk through a part has found."""

    digest: str  # of all arrays of all batches
    examples: int
    batches: int | None  # None: they are made of arrays, by the batch size
    cardinality: int  # of a data set, before it is read
    inputs: tuple[ArrayDescription, ...]
    targets: tuple[ArrayDescription, ...]

    @property
    def form(self) -> str:
        """What is known without the examples."""
        return f"{self.cardinality} {self.inputs} {self.targets}"


def walk(part: Part, name: str, *, seed: int, again: bool = False) -> Walked:
    """Read a part of the search's `seed`; `again` does it after a beginning, and where it can be in another order.

    So what depends on what was read before, and not on its place alone, is another one then.
    """
    if is_function(part):
        if again:
            call_for_epoch(part, 1, seed=seed_for(seed, 0, 1, Purpose.EPOCH_OF_FUNCTION), name=name)
        found = call_for_epoch(part, 0, seed=seed_for(seed, 0, 0, Purpose.EPOCH_OF_FUNCTION), name=name)
        return _walk_once(found, name, seed=seed, backwards=again)
    if again and is_dataset(part):
        next(iter(part), None)  # one that is shuffled anew each time comes in another order now
    return _walk_once(part, name, seed=seed, backwards=again)


def _walk_once(part: Part, name: str, *, seed: int, backwards: bool) -> Walked:
    if is_in_memory(part):
        return _of_arrays(part)
    if is_dataset(part):
        return _of_batches(enumerate(part), name, cardinality=int(part.cardinality()))
    return _of_batches(_items(part, seed=seed, backwards=backwards), name, cardinality=int(part.num_batches))


def _of_arrays(part: Part) -> Walked:
    x, y, _ = unpacked(part)
    n = n_examples(part)
    return Walked(
        digest=digest_of_part(part),
        examples=n,
        batches=None,
        cardinality=n,
        inputs=describe_arrays(x, "x"),
        targets=describe_arrays(y, "y"),
    )


def _items(dataset: Any, *, seed: int, backwards: bool) -> Iterator[tuple[int, tuple[Nested, ...]]]:
    with drawn_by(seed_for(seed, 0, 0, Purpose.BEGINNING_OF_EPOCH)):
        dataset.on_epoch_begin()
    items = Items(dataset, lambda batch: seed_for(seed, 0, 0, Purpose.BATCH, batch))
    order = range(dataset.num_batches)
    for index in reversed(order) if backwards else order:
        yield index, items[index]


def _of_batches(batches: Iterator[tuple[int, tuple[Nested, ...]]], name: str, *, cardinality: int) -> Walked:
    digests, examples, first = dict[int, bytes](), 0, None
    for index, given in batches:
        batch = tuple(mapped(_as_array, each) for each in checked_batch(given, name))
        digests[index] = bytes.fromhex(digest_of_part(batch))
        examples += n_examples(batch)
        if index == 0:
            first = describe_arrays(batch[0], "x"), describe_arrays(batch[1], "y")
    if first is None:
        raise SettingsError(f"{name}: expected one or more batches, found none")
    return Walked(
        digest=hashlib.sha256(b"".join(digests[index] for index in sorted(digests))).hexdigest(),
        examples=examples,
        batches=len(digests),
        cardinality=cardinality,
        inputs=first[0],
        targets=first[1],
    )


def _as_array(given: Any, _: str) -> Array:
    """Return a tensor as an array; one of rows of several lengths, or with few values, with all of them filled."""
    import tensorflow as tf

    if isinstance(given, tf.RaggedTensor):
        given = given.to_tensor()
    elif isinstance(given, tf.SparseTensor):
        given = tf.sparse.to_dense(tf.sparse.reorder(given))
    return np.asarray(given)
