"""Keras's `fit`, once for a trial, such that it can go on after a kill as if nothing had been."""

import hashlib
import math
import random
import time
from dataclasses import replace
from typing import Any

import numpy as np

from job.core.events import BatchesDone, CheckpointLeft, EpochEnded, Level, Notice, TrainingBegan
from job.core.trial import EpochLogs
from job.state import durable
from job.state.directory import TrialFiles
from job.training import Advanced, Completed, Control, Diverged, Paused, Setup, Stopped, checkpoint
from job.training.batches import evaluation_batches
from job.training.callbacks.continued import ContinuedCallbacks
from job.training.feeding import batches_of
from job.training.kept import KeptWeights
from job.training.recompiled import Recompiled
from job.training.reported import check_objective, unknown_objective
from job.training.steps import Steps
from job.training.variables import values_of, weights_digest
from job.training.workpiece import Workpiece

# How often progress within an epoch is told.
_PROGRESS_SECONDS = 0.25


class Training:
    """One attempt at a trial: a model that trains on from its last checkpoint."""

    def __init__(self, setup: Setup, number: int, files: TrialFiles, control: Control, workpiece: Workpiece) -> None:
        self._setup, self._number, self._files, self._control = setup, number, files, control
        self.model, self._own_callbacks = workpiece.model, workpiece.callbacks
        self._batches = batches_of(
            workpiece.data.train,
            workpiece.batch_size,
            seed=setup.seed,
            trial=setup.trial_of_seeds(number),
            weights=workpiece.weights,
            n_batches=setup.described.batches if setup.described else None,
        )
        self._goes_on_within_epochs = setup.described is None or setup.described.repeats
        self._validation = evaluation_batches(workpiece.data.validation)
        self._validation_freq = workpiece.validation_freq
        self._kept = KeptWeights(self.model, setup.objective, setup.keep)
        self._history: tuple[EpochLogs, ...] = ()
        self._logs: EpochLogs = {}
        self._batch = 0  # of the epoch in hand: how many are through
        self._ended = False
        self._to_epoch = setup.epochs
        self._seconds_before, self._started_at = 0.0, time.monotonic()
        self._saved_at, self._told_at = self._started_at, 0.0

    def run(self, to_epoch: int) -> Advanced:
        """Train up to `to_epoch`, and leave the model if that is the end."""
        self._to_epoch = to_epoch
        durable.make_directory(self._files.directory)
        saved = self._read()
        self._build()
        self._take_up(saved)
        check_objective(self._setup.objective.metric, self.model, self._own_callbacks)
        self._callbacks = self._continue_callbacks(saved)
        self._control.tell(TrainingBegan(self._number, len(self._batches)))
        try:
            self._fit()
            return self._complete()
        except _EpochReached:
            return Paused(self._history, self.seconds)
        except _StopRequested:
            return Stopped()
        except _LossNotFinite as error:
            return Diverged(str(error))

    @property
    def seconds(self) -> float:
        """How long the trial has been trained, over all attempts, less what kills have undone."""
        return self._seconds_before + time.monotonic() - self._started_at

    def begin(self) -> None:
        """Begin the training, or go on with it; SettingsError tells what could not be gone on with later."""
        self._callbacks.remember()
        if self._callbacks.has_files:
            self._write_checkpoint()  # without a word: the trial has not got on
            self._callbacks.discard()
        if not self._is_through and len(self._history) >= self._to_epoch:
            raise _EpochReached

    def end_batch(self, batch: int, logs: Any) -> None:
        """Save or stop in the middle of an epoch, if it is time to; where it cannot be gone on with, stop alone."""
        self._batch = batch
        self._tell_progress(logs)
        if batch >= len(self._batches) or self.model.stop_training:  # then the end of the epoch is next
            return
        stopping = self._control.must_stop
        is_time = stopping or time.monotonic() - self._saved_at >= self._setup.checkpoint_seconds
        if is_time and self._goes_on_within_epochs:
            self._save()
        if stopping:
            raise _StopRequested

    def end_validation(self) -> None:
        self._kept.end_validation()

    def end_epoch(self, logs: EpochLogs, own: EpochLogs) -> None:
        """Take the logs of the epoch into the history, and save."""
        metric, epoch = self._setup.objective.metric, len(self._history) + 1
        if metric not in logs and epoch % self._validation_freq == 0:
            raise unknown_objective(metric, tuple(logs))
        self._check_finite(logs, f"after epoch {epoch}")
        self._history, self._logs, self._batch = (*self._history, finite(logs)), own, 0
        self._ended = bool(self.model.stop_training)
        self._kept.end_epoch(self._history)
        self._save()
        self._control.tell(EpochEnded(self._number, len(self._history), self._history[-1]))
        if self._control.must_stop:
            raise _StopRequested
        if not self._is_through and len(self._history) >= self._to_epoch:
            raise _EpochReached

    @property
    def _is_through(self) -> bool:
        """Whether no epoch is left to train."""
        return self._ended or len(self._history) == self._setup.epochs

    def _continue_callbacks(self, saved: checkpoint.Checkpoint | None) -> ContinuedCallbacks:
        self._steps = Steps(self._batches)
        return ContinuedCallbacks(
            self._own_callbacks,
            attempt=self,
            saved=saved,
            steps=self._steps,
            params={"verbose": 0, "epochs": self._setup.epochs, "steps": len(self._batches)},
            warn=lambda message: self._control.tell(Notice(message, level=Level.WARNING)),
        )

    def _fit(self) -> None:
        try:
            self.model.fit(
                self._steps.counted_by,
                validation_data=self._validation,
                validation_freq=self._validation_freq,
                initial_epoch=self._setup.epochs if self._is_through else len(self._history),
                epochs=self._setup.epochs,
                callbacks=self._callbacks,
                shuffle=False,  # each epoch is in its order already
                verbose=0,
            )
        except BaseException:
            self._callbacks.leave()
            raise
        if (memories := self._callbacks.finish()) is not None:
            self._save_files(memories)
            self._callbacks.discard()

    def _complete(self) -> Completed:
        """Leave the model with the weights that are kept."""
        logs = self._kept.settle(self._history, self._validate)
        if self._setup.objective.metric not in logs:
            raise unknown_objective(self._setup.objective.metric, tuple(logs))
        self._check_finite(logs, "with the weights that are kept")
        kept = None if logs == self._history[-1] else finite(logs)
        n_weights, digest = self.model.count_params(), weights_digest(self.model)
        return Completed(self._history, self.seconds, self._save_model(), n_weights, kept, digest)

    def _validate(self) -> EpochLogs:
        logs = self.model.evaluate(self._validation, verbose=0, return_dict=True)
        return {f"val_{name}": value for name, value in logs.items()}

    def _check_finite(self, logs: EpochLogs, when: str) -> None:
        for name in ("loss", "val_loss", self._setup.objective.metric):
            if not math.isfinite(logs.get(name, 0.0)):
                raise _LossNotFinite(f"diverged: {name} is {logs[name]} {when}")

    def _tell_progress(self, logs: Any) -> None:
        now = time.monotonic()
        if now - self._told_at < _PROGRESS_SECONDS:
            return
        self._told_at, batches = now, len(self._batches)
        loss = finite({name: value for name, value in (logs or {}).items() if name == "loss"}).get("loss")
        batch = min(self._batch, batches)
        self._control.tell(BatchesDone(self._number, len(self._history) + 1, batch, batches, loss))

    def _save(self) -> None:
        """Save where the trial stands, and tell of it."""
        seconds = self._write_checkpoint()
        self._saved_at = time.monotonic()
        self._tell_checkpoint(seconds)

    def _tell_checkpoint(self, seconds: float) -> None:
        self._control.tell(CheckpointLeft(self._number, self._history, seconds, self._batch, len(self._batches)))

    def _write_checkpoint(self) -> float:
        """Save where the trial stands, and return for how long it has been trained by then."""
        state = checkpoint.Checkpoint(
            history=self._history,
            batch=self._batch,
            seconds=self.seconds,
            ended=self._ended,
            logs=self._logs,
            model=values_of(self.model.variables),
            optimizer=values_of(self.model.optimizer.variables),
            metrics=values_of(self.model.metrics_variables),
            callbacks=self._callbacks.remember(),
            random=(random.getstate(), np.random.get_state(legacy=False)),  # noqa: NPY002  (callbacks may draw from it)
            validated=self._kept.digest,
            best=self._kept.best,
            recompiled=self._recompiled.take(),
        )
        checkpoint.write(self._files.checkpoint, state)
        return state.seconds

    def _save_files(self, memories: tuple[checkpoint.Memory, ...]) -> None:
        """Save where the callbacks' files stand now, and all else as at the end of the last epoch."""
        saved = checkpoint.read(self._files.checkpoint)
        assert saved is not None, "each epoch ends with a checkpoint"
        callbacks = tuple({**before, **now} for before, now in zip(saved.callbacks, memories, strict=True))
        checkpoint.write(self._files.checkpoint, replace(saved, callbacks=callbacks))

    def _read(self) -> checkpoint.Checkpoint | None:
        try:
            return checkpoint.read(self._files.checkpoint)
        except checkpoint.CheckpointDamagedError as error:
            aside = durable.set_aside(self._files.checkpoint)
            message = f"{error}; it is now {aside.name}, and trial {self._number} starts again"
            self._control.tell(Notice(message, level=Level.WARNING))
            return None

    def _build(self) -> None:
        """Make every variable that training makes: Keras builds optimizer and metrics when they are first used.

        Layers may make theirs, and further layers, then too.
        """
        self.model.evaluate(self._validation.take(1), verbose=0)
        self.model.optimizer.build(self.model.trainable_variables)

    def _take_up(self, saved: checkpoint.Checkpoint | None) -> None:
        self._recompiled = Recompiled(self.model)
        if saved is None:
            return
        if saved.recompiled is not None:
            self._recompiled.put(saved.recompiled)
            self._build()
        self._history, self._logs, self._batch, self._ended = saved.history, saved.logs, saved.batch, saved.ended
        self._kept.take_up(digest=saved.validated, best=saved.best)
        self._seconds_before = saved.seconds
        self._tell_checkpoint(saved.seconds)  # the search may have been killed before it heard of it

    def _save_model(self) -> str:
        with durable.replacing(self._files.model) as temporary:
            self.model.save(temporary)
            return hashlib.sha256(temporary.read_bytes()).hexdigest()


class _StopRequested(Exception):
    """The search has asked this trial to stop; a checkpoint is saved."""


class _EpochReached(Exception):
    """The trial has come as far as it was asked to, short of its end, and a checkpoint is saved."""


class _LossNotFinite(Exception):
    """Training on would change nothing for the better."""


def finite(logs: EpochLogs) -> EpochLogs:
    """Return the logs without metrics that are no finite number, which the study cannot hold."""
    return {name: float(value) for name, value in logs.items() if np.ndim(value) == 0 and math.isfinite(value)}
