"""Training examples of any form, epoch by epoch: each can begin at any batch as if those before it had been trained."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from job.core.randomness import Purpose, Seeds
from job.data import Part
from job.data.arrays import Nested
from job.data.batched import is_dataset, is_function, is_py_dataset
from job.errors import SettingsError
from job.problems.functions import call_for_epoch
from job.problems.generators import drawn_by
from job.training.batches import TrainingBatches
from job.training.items import Items
from job.training.untuned import untuned

if TYPE_CHECKING:
    import tensorflow as tf

_UNKNOWN = -2  # as TensorFlow has it, as tf.data.UNKNOWN_CARDINALITY


class Batches(Protocol):
    """What a trial is trained on."""

    def __len__(self) -> int:
        """How many batches an epoch has."""

    def epoch(self, epoch: int, *, first: int = 0) -> "tf.data.Dataset":
        """Return the batches of `epoch` (from 0), from batch `first` on; each epoch is asked for after those before."""

    @property
    def error(self) -> Exception | None:
        """What the problem's code has raised while a batch was made, which TensorFlow tells in other words."""


def batches_of(
    part: Part, batch_size: int, seeds: Seeds, *, weights: Nested | None = None, n_batches: int | None = None
) -> Batches:
    """Return the batches of a training set; `batch_size` and `weights` are for one that is not in batches.

    `n_batches` are those of an epoch, where that is known.
    """
    if is_function(part):
        return FunctionBatches(part, batch_size, seeds, n_batches=n_batches)
    if is_dataset(part):
        return DatasetBatches(part, n_batches=n_batches)
    if is_py_dataset(part):
        return PyDatasetBatches(part, seeds)
    return TrainingBatches(part, batch_size, seeds, weights=weights)


def n_batches_of(dataset: "tf.data.Dataset") -> int:
    """Return how many elements a data set has: those that it gives, where it does not know."""
    known = int(dataset.cardinality())
    return sum(1 for _ in dataset) if known == _UNKNOWN else known


class DatasetBatches:
    """A `tf.data.Dataset`, of which the first batches are passed over."""

    error: Exception | None = None

    def __init__(self, dataset: "tf.data.Dataset", *, n_batches: int | None = None) -> None:
        self._dataset = dataset
        knows = int(dataset.cardinality()) != _UNKNOWN
        self._n_batches = n_batches_of(dataset) if knows or n_batches is None else n_batches

    def __len__(self) -> int:
        return self._n_batches

    def epoch(self, epoch: int, *, first: int = 0) -> "tf.data.Dataset":
        del epoch
        return untuned(self._dataset.skip(first) if first else self._dataset)


class PyDatasetBatches:
    """A `keras.utils.PyDataset`, whose batches come in an order that depends on the epoch alone.

    Keras's `fit` shuffles them too. Each is made under random numbers of its own, and so are the hooks of the epoch.
    """

    def __init__(self, dataset: Any, seeds: Seeds) -> None:
        self._dataset, self._seeds = dataset, seeds
        self._items: Items | None = None
        self._n_begun = 0  # epochs

    def __len__(self) -> int:
        return int(self._dataset.num_batches)

    @property
    def error(self) -> Exception | None:
        return self._items.error if self._items else None

    def epoch(self, epoch: int, *, first: int = 0) -> "tf.data.Dataset":
        self._begin(epoch)
        seed = self._seeds.at(epoch, Purpose.ORDER_OF_IMAGES)
        order = np.random.default_rng(seed).permutation(len(self))[first:]
        self._items = Items(self._dataset, lambda batch: self._seeds.at(epoch, Purpose.BATCH, batch))
        return self._items.dataset(order)

    def _begin(self, epoch: int) -> None:
        """Call the hooks of all epochs up to `epoch`, as often as in a training from the beginning."""
        while self._n_begun <= epoch:
            if self._n_begun:
                with drawn_by(self._seeds.at(self._n_begun - 1, Purpose.END_OF_EPOCH)):
                    self._dataset.on_epoch_end()
            with drawn_by(self._seeds.at(self._n_begun, Purpose.BEGINNING_OF_EPOCH)):
                self._dataset.on_epoch_begin()
            self._n_begun += 1


class FunctionBatches:
    """What a function of the epoch returns, called under random numbers of the trial and the epoch."""

    def __init__(
        self, function: Callable[[int], Part], batch_size: int, seeds: Seeds, *, n_batches: int | None = None
    ) -> None:
        self._function, self._batch_size, self._seeds = function, batch_size, seeds
        self._now: Batches | None = None
        self._epoch = -1
        self._n_batches = n_batches  # None: those of the first epoch, which are not known yet

    def __len__(self) -> int:
        if self._n_batches is None:
            self._n_batches = len(self._of(0))
        return self._n_batches

    @property
    def error(self) -> Exception | None:
        return self._now.error if self._now else None

    def epoch(self, epoch: int, *, first: int = 0) -> "tf.data.Dataset":
        batches = self._of(epoch)
        if len(batches) != len(self):
            raise SettingsError(
                f"train: expected as many batches in each epoch, which are {len(self):,} in the first, "
                f"found {len(batches):,} in epoch {epoch + 1}",
                hint="let the function of the epoch return as many each time",
            )
        return batches.epoch(0, first=first)

    def _of(self, epoch: int) -> Batches:
        if self._now is None or epoch != self._epoch:
            self._now, self._epoch = self._called(epoch), epoch
        return self._now

    def _called(self, epoch: int) -> Batches:
        part = call_for_epoch(self._function, epoch, seed=self._seeds.at(epoch, Purpose.EPOCH_OF_FUNCTION))
        seeds = replace(self._seeds, seed=self._seeds.at(epoch, Purpose.ORDER_OF_IMAGES))
        return batches_of(part, self._batch_size, seeds, n_batches=self._n_batches)
