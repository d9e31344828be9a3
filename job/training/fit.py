"""Keras's `fit`, an epoch at a time, such that it can go on after a kill as if nothing had been."""

import hashlib
import math
import time
from typing import Any

import keras
import tensorflow as tf

from job import problems
from job.core.events import BatchesDone, CheckpointLeft, EpochEnded, Level, Notice
from job.core.randomness import Purpose, seed_for
from job.core.space import Params
from job.core.trial import EpochLogs
from job.errors import SettingsError
from job.state import durable
from job.state.directory import TrialFiles
from job.training import Advanced, Completed, Control, Diverged, Setup, Stopped, checkpoint
from job.training.batches import TrainingBatches, evaluation_batches
from job.training.devices import enable_memory_growth

# How often progress within an epoch is told.
_PROGRESS_SECONDS = 0.25


class Training:
    """One attempt at a trial: a model that trains on from its last checkpoint."""

    def __init__(self, setup: Setup, number: int, params: Params, files: TrialFiles, control: Control) -> None:
        self.setup, self.number, self.files, self.control = setup, number, files, control
        configure(deterministic=setup.deterministic)
        keras.utils.set_random_seed(seed_for(setup.seed, number, 0, Purpose.INITIAL_WEIGHTS))
        problem = problems.load(setup.module)
        self._data = problem.load_data(setup.data, control.tell)
        self.model = problem.build_model(params, self._data)
        self.batches = TrainingBatches(self._data.train, setup.batch_size, seed=setup.seed, trial=number)
        self._callbacks = _ContinuedCallbacks(problem.callbacks(params), self)
        self.history: tuple[EpochLogs, ...] = ()
        self.first_batch = 0  # of the epoch in hand, for this attempt
        self._ended = False
        self._seconds_before, self._started_at = 0.0, time.monotonic()
        self._saved_at = self._started_at

    def run(self, to_epoch: int) -> Advanced:
        """Train up to `to_epoch`, and leave the model."""
        durable.make_directory(self.files.directory)
        self._callbacks.begin()
        self._restore()
        validation = evaluation_batches(self._data.validation)
        try:
            while len(self.history) < to_epoch and not self._ended:
                self._fit_epoch(validation)
        except _StopRequested:
            return Stopped()
        except _LossNotFinite as error:
            return Diverged(str(error))
        self._callbacks.end(self.history[-1])
        return Completed(self.history, self.seconds, self._save_model(), self.model.count_params())

    @property
    def seconds(self) -> float:
        """How long the trial has been trained, over all attempts, less what kills have undone."""
        return self._seconds_before + time.monotonic() - self._started_at

    def end_batch(self, batch: int) -> None:
        """Save or stop in the middle of an epoch, if it is time to; `batch` batches of the epoch are through."""
        if batch == len(self.batches):
            return
        stopping = self.control.must_stop
        if stopping or time.monotonic() - self._saved_at >= self.setup.checkpoint_seconds:
            self._save(batch)
        if stopping:
            raise _StopRequested

    def end_epoch(self, logs: EpochLogs) -> None:
        """Take the logs of the epoch into the history, and save."""
        metric = self.setup.objective.metric
        if metric not in logs:
            raise SettingsError(
                f"--objective: the model reports no {metric!r}", hint=f"it reports {', '.join(sorted(logs))}"
            )
        for name in ("loss", "val_loss", metric):
            if not math.isfinite(logs.get(name, 0.0)):
                raise _LossNotFinite(f"diverged: {name} is {logs[name]} after epoch {len(self.history) + 1}")
        self.history = (*self.history, finite(logs))
        self._ended = bool(self.model.stop_training)
        self._save(batch=0)
        self.control.tell(EpochEnded(self.number, len(self.history), self.history[-1]))
        if self.control.must_stop:
            raise _StopRequested

    def _fit_epoch(self, validation: tf.data.Dataset) -> None:
        epoch = len(self.history)
        self.model.fit(
            self.batches.epoch(epoch, first=self.first_batch),
            validation_data=validation,
            initial_epoch=epoch,
            epochs=epoch + 1,
            callbacks=self._callbacks,
            shuffle=False,  # the data set is in its order already
            verbose=0,
        )
        self.first_batch = 0

    def _save(self, batch: int) -> None:
        state = checkpoint.Checkpoint(
            history=self.history,
            batch=batch,
            seconds=self.seconds,
            ended=self._ended,
            model=_values(self.model.variables),
            optimizer=_values(self.model.optimizer.variables),
            metrics=_values(self.model.metrics_variables),
            callbacks=self._callbacks.memories(),
        )
        checkpoint.write(self.files.checkpoint, state)
        self._saved_at = time.monotonic()
        batches = len(self.batches)
        self.control.tell(CheckpointLeft(self.number, self.history, state.seconds, batch, batches))

    def _restore(self) -> None:
        try:
            saved = checkpoint.read(self.files.checkpoint)
        except checkpoint.CheckpointDamagedError as error:
            aside = durable.set_aside(self.files.checkpoint)
            message = f"{error}; it is now {aside.name}, and trial {self.number} starts again"
            self.control.tell(Notice(message, level=Level.WARNING))
            return
        if saved is None:
            return
        self._build()
        _assign(self.model.variables, saved.model)
        _assign(self.model.optimizer.variables, saved.optimizer)
        self._callbacks.restore(saved.callbacks, saved.metrics if saved.batch else None)
        self.history, self.first_batch, self._ended = saved.history, saved.batch, saved.ended
        self._seconds_before = saved.seconds

    def _build(self) -> None:
        """Make every variable that training makes: Keras builds optimizer and metrics when they are first used."""
        self.model.test_on_batch(self._data.train.images[:1] / 255.0, self._data.train.labels[:1])
        self.model.optimizer.build(self.model.trainable_variables)

    def _save_model(self) -> str:
        with durable.replacing(self.files.model) as temporary:
            self.model.save(temporary)
            return hashlib.sha256(temporary.read_bytes()).hexdigest()


class _ContinuedCallbacks(keras.callbacks.CallbackList):  # type: ignore[misc]
    """The problem's callbacks, which see one training from its first epoch to its last however it is cut up."""

    def __init__(self, callbacks: list[keras.callbacks.Callback], training: Training) -> None:
        listed = [*callbacks, _Ending(training)]
        super().__init__(listed, add_history=True, model=training.model, epochs=None, steps=len(training.batches))
        self._training = training
        self._own = tuple(callbacks)
        self._metrics: checkpoint.Arrays | None = None
        self._told_at = 0.0

    def begin(self) -> None:
        super().on_train_begin()

    def end(self, logs: EpochLogs) -> None:
        super().on_train_end(logs)

    def memories(self) -> tuple[checkpoint.Memory, ...]:
        """Return what each callback remembers."""
        return tuple(checkpoint.remember(callback) for callback in self._own)

    def restore(self, memories: tuple[checkpoint.Memory, ...], metrics: checkpoint.Arrays | None) -> None:
        """Give each callback its memory back; `metrics` are those of an epoch that goes on in its middle."""
        for callback, memory in zip(self._own, memories, strict=True):
            vars(callback).update(memory)
        self._metrics = metrics

    def on_train_begin(self, logs: Any = None) -> None:
        """Each epoch is a `fit` of its own, whose beginning and end the callbacks do not see."""

    def on_train_end(self, logs: Any = None) -> None:
        """See `on_train_begin`."""

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        if self._metrics is None:
            super().on_epoch_begin(epoch, logs)
            return
        _assign(self._training.model.metrics_variables, self._metrics)
        self._metrics = None

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        if self._own:
            super().on_train_batch_begin(self._training.first_batch + batch, logs)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        batch += self._training.first_batch
        if self._own:  # without callbacks there is no reason to wait for the logs of the batch
            super().on_train_batch_end(batch, logs)
        self._tell(batch + 1)
        self._training.end_batch(batch + 1)

    def _tell(self, batch: int) -> None:
        now = time.monotonic()
        if now - self._told_at < _PROGRESS_SECONDS:
            return
        self._told_at = now
        training = self._training
        training.control.tell(BatchesDone(training.number, len(training.history) + 1, batch, len(training.batches)))


class _Ending(keras.callbacks.Callback):  # type: ignore[misc]
    """The last of the callbacks, which sees what the others have added to the logs of an epoch."""

    def __init__(self, training: Training) -> None:
        super().__init__()
        self._training = training

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002  (the names are Keras's)
        self._training.end_epoch(logs)


class _StopRequested(Exception):
    """The search has asked this trial to stop; a checkpoint is saved."""


class _LossNotFinite(Exception):
    """Training on would change nothing for the better."""


def configure(*, deterministic: bool) -> None:
    """Set TensorFlow up in this process."""
    enable_memory_growth()
    if deterministic:
        tf.config.experimental.enable_op_determinism()


def finite(logs: EpochLogs) -> EpochLogs:
    """Return the logs without metrics that are no finite number, which the study cannot hold."""
    return {name: float(value) for name, value in logs.items() if math.isfinite(value)}


def _values(variables: list[keras.Variable]) -> checkpoint.Arrays:
    return tuple(keras.ops.convert_to_numpy(variable) for variable in variables)


def _assign(variables: list[keras.Variable], values: checkpoint.Arrays) -> None:
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
