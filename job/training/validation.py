"""The validation of a model in training: at any instant, such that nothing else notices."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
from keras.src.backend.common import global_state

from job.core.trial import EpochLogs
from job.data import Part
from job.training.batches import evaluation_batches
from job.training.variables import assign, values_of


class Validation:
    """The validation set of a trial, for its model."""

    def __init__(self, model: keras.Model, part: Part) -> None:
        self._model = model
        self.batches = evaluation_batches(part)
        self._names: frozenset[str] = frozenset()

    def begin(self) -> None:
        """Give the model a batch: Keras makes the variables of metrics, and layers may make theirs, when first used."""
        logs = self._model.evaluate(self.batches.take(1), verbose=0, return_dict=True)
        self._names = frozenset(_of_validation(logs))

    def gives(self, metric: str) -> bool:
        """Tell whether the logs have `metric`; one that a callback adds at an epoch's end they do not have."""
        return metric in self._names

    def running(self, logs: Any) -> EpochLogs:
        """Return the metrics of the epoch in hand, where `logs` are Keras's of the last batch: what its end has."""
        metrics = self._model._get_metrics_result_or_logs(logs or {})
        return {name: float(value) for name, value in metrics.items() if np.ndim(value) == 0}

    def logs(self) -> EpochLogs:
        """Validate the weights as they are; return what that gives, named as in the logs of an epoch."""
        with _unchanged(self._model):
            return _of_validation(self._model.evaluate(self.batches, verbose=0, return_dict=True))


def _of_validation(logs: EpochLogs) -> EpochLogs:
    return {f"val_{name}": value for name, value in logs.items()}


@contextmanager
def _unchanged(model: keras.Model) -> Iterator[None]:
    """Put back all of a model that its evaluation changes: metrics, and what its layers and generators make of it."""
    shared = global_state.get_global_attribute("global_seed_generator")  # of layers without one of their own
    variables = [*model.variables, *model.metrics_variables, *([shared.state] if shared else ())]
    values, function = values_of(variables), model.test_function
    of_python, of_numpy = random.getstate(), np.random.get_state()  # noqa: NPY002  (code of the problem may draw from it)
    yield
    random.setstate(of_python)
    np.random.set_state(of_numpy)  # noqa: NPY002
    model.test_function = function  # None where a callback has compiled the model since the last validation
    assign(variables, values)
