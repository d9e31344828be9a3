"""A model validated and trained on a batch or two without `fit`, and without a graph: in a fraction of the time."""

from collections.abc import Sequence
from itertools import islice
from typing import Any

import keras

from job.data import Data
from job.training import Setup
from job.training.batches import evaluation_batches
from job.training.check.attempt import NUMBER
from job.training.feeding import batches_of
from job.training.variables import weights_digest
from job.training.workpiece import Workpiece

Batch = tuple[Any, ...]  # (x, y), or (x, y, sample_weight)

_BATCHES = 2  # momentum and the like change nothing before the second one


class FirstBatches:
    """The first batches that a trial trains on, and the first one that it is validated on."""

    def __init__(self, data: Data, setup: Setup) -> None:
        self._data, self._setup = data, setup
        self._validation: list[Batch] = []

    def training(self, workpiece: Workpiece) -> list[Batch]:
        seeds = self._setup.seeds_of(NUMBER)
        batches = batches_of(self._data.train, workpiece.batch_size, seeds, weights=workpiece.weights)
        return list(islice(batches.epoch(0), _BATCHES))

    @property
    def validation(self) -> Batch:
        if not self._validation:
            self._validation = list(islice(evaluation_batches(self._data.validation), 1))
        return self._validation[0]

    def build(self, model: keras.Model) -> None:
        """Build a model of a class of the user's, which Keras builds when it is first given a batch."""
        if not model.built:
            model(self.validation[0])


def step(model: keras.Model, training: Sequence[Batch], validation: Batch) -> tuple[float, str]:
    """Return the loss of the validation batch before any training, and the digest of the weights after it."""
    loss = loss_of(model, validation)
    model.make_train_function(force=True)
    for batch in training:
        model.reset_metrics()
        model.train_function(iter((batch,)))
    return loss, weights_digest(model)


def loss_of(model: keras.Model, batch: Batch) -> float:
    """Return the loss of a batch.

    `test_on_batch` would add a sample weight of None to one without, which is more than a `train_step` or `test_step`
    of the problem's own is given by `fit` and unpacks.
    """
    model.run_eagerly = True
    model.make_test_function(force=True)
    model.reset_metrics()
    return float(model.test_function(iter((batch,)))["loss"])
