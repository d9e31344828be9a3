"""One list of callbacks for `fit`, which see one training from its first batch to its last however it is cut up."""

import random
from collections.abc import Sequence
from typing import Any, Protocol

import keras
import numpy as np

from job.core.trial import EpochLogs
from job.training.callbacks import carry
from job.training.callbacks.carrier import Warn
from job.training.checkpoint import Checkpoint, Memory
from job.training.steps import Steps
from job.training.variables import assign

_BATCH_HOOKS = ("on_batch_begin", "on_batch_end", "on_train_batch_begin", "on_train_batch_end")


class Attempt(Protocol):
    """What goes on in one attempt at a trial."""

    @property
    def model(self) -> keras.Model: ...
    def begin(self) -> None:
        """The callbacks have been told that training begins; the model is as it is to be trained on."""

    def end_batch(self, batch: int, logs: Any) -> None:
        """`batch` batches of the epoch are through, with Keras's logs, which are not waited for; may raise."""

    def end_validation(self) -> None:
        """The weights have been validated, and no callback has touched them since."""

    def end_epoch(self, logs: EpochLogs, own: EpochLogs) -> None:
        """An epoch is through: `logs` with what callbacks have added, `own` without; may raise."""


class ContinuedCallbacks(keras.callbacks.CallbackList):  # type: ignore[misc]
    """The problem's callbacks, those of Keras's own, and the attempt, which listens last."""

    def __init__(
        self,
        callbacks: Sequence[keras.callbacks.Callback],
        *,
        attempt: Attempt,
        saved: Checkpoint | None,
        steps: Steps,
        params: dict[str, Any],
        warn: Warn,
    ) -> None:
        listed = [*callbacks]
        if not any(isinstance(callback, keras.callbacks.History) for callback in listed):
            listed.append(keras.callbacks.History())
        self._carriers = carry(listed)
        self._first = _First(attempt)
        super().__init__([self._first, *listed, _Last(attempt, self._first)], model=attempt.model, **params)
        self._attempt, self._saved, self._steps, self._warn = attempt, saved, steps, warn
        self._listens = any(map(_listens_to_batches, callbacks))

    @property
    def has_files(self) -> bool:
        """Whether a callback writes files that the next attempt has to know from the first batch on."""
        return any(carrier.has_files for carrier in self._carriers)

    def remember(self) -> tuple[Memory, ...]:
        """Return what each callback remembers; raise SettingsError for one that cannot be carried over."""
        return tuple(carrier.remember() for carrier in self._carriers)

    def leave(self) -> None:
        """Let go of what callbacks have open."""
        for carrier in self._carriers:
            carrier.leave()

    def finish(self) -> tuple[Memory, ...] | None:
        """Put files in order after the end of training; return what has to be saved of them, None if nothing."""
        changed = [carrier.finish() for carrier in self._carriers]
        if not any(changed):
            return None
        return tuple(carrier.files() for carrier in self._carriers)

    def discard(self) -> None:
        """Remove files that are known not to be needed by what has been saved."""
        for carrier in self._carriers:
            carrier.discard()

    def on_train_begin(self, logs: Any = None) -> None:
        model, saved = self._attempt.model, self._saved
        memories = saved.callbacks if saved else (None,) * len(self._carriers)
        for carrier, memory in zip(self._carriers, memories, strict=True):
            carrier.prepare(memory, self._warn)
        super().on_train_begin(logs)
        if saved:
            assign(model.variables, saved.model)
            assign(model.optimizer.variables, saved.optimizer)
        for carrier, memory in zip(self._carriers, memories, strict=True):
            carrier.take_up(memory)
        if saved:
            of_python, of_numpy = saved.random
            random.setstate(of_python)
            np.random.set_state(of_numpy)  # noqa: NPY002  (callbacks may draw from it)
        self._take_steps()
        self._attempt.begin()

    def on_train_end(self, logs: Any = None) -> None:
        super().on_train_end(self._saved.logs if logs is None and self._saved else logs)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        saved = self._saved
        if saved and saved.batch and epoch == len(saved.history):
            assign(self._attempt.model.metrics_variables, saved.metrics)
            self._steps.open(epoch, first=saved.batch)
            return
        super().on_epoch_begin(epoch, logs)
        self._steps.open(epoch, first=0)

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        if self._listens and not self._steps.is_through(batch):
            super().on_train_batch_begin(batch, logs)
        self._take_steps()
        self._steps.announce(batch)

    def _take_steps(self) -> None:
        """Have `fit` call the steps instead of Keras's train function, of which a callback may have made a new one."""
        model = self._attempt.model
        if model.train_function is not self._steps:
            model.train_function = self._steps.wrap(model.make_train_function())

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if self._steps.is_through(batch):
            return
        if self._listens:  # without callbacks there is no reason to wait for the logs of the batch
            super().on_train_batch_end(batch, logs)
        self._attempt.end_batch(batch + 1, logs)


class _First(keras.callbacks.Callback):  # type: ignore[misc]
    """Sees what no other callback has changed yet."""

    def __init__(self, attempt: Attempt) -> None:
        super().__init__()
        self._attempt = attempt
        self.logs: EpochLogs = {}

    def on_test_end(self, logs: Any = None) -> None:  # noqa: ARG002  (the names are Keras's)
        self._attempt.end_validation()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002
        self.logs = dict(logs)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Be here: where no callback listens to batches, Keras calls all of them from other threads."""


class _Last(keras.callbacks.Callback):  # type: ignore[misc]
    """Sees what the others have added to the logs of an epoch."""

    def __init__(self, attempt: Attempt, first: _First) -> None:
        super().__init__()
        self._attempt, self._first = attempt, first

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002
        self._attempt.end_epoch(logs, self._first.logs)


def _listens_to_batches(callback: keras.callbacks.Callback) -> bool:
    return any(
        hook in vars(callback) or getattr(type(callback), hook) is not getattr(keras.callbacks.Callback, hook)
        for hook in _BATCH_HOOKS
    )
