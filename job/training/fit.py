"""Keras's `fit`, once for a trial, such that it can go on after a kill as if nothing had been."""

import random
import time
from dataclasses import asdict
from typing import Any

import numpy as np

from job.core.events import CheckpointLeft, EpochEnded, Level, Notice, RungReached, TrainingBegan
from job.core.step import Threshold
from job.core.trial import EpochLogs, RungScore
from job.state import durable
from job.state.directory import TrialFiles
from job.training import Advanced, Completed, Control, Diverged, Paused, Setup, Stopped, checkpoint
from job.training.callbacks.continued import ContinuedCallbacks
from job.training.feeding import batches_of
from job.training.finite import NotFiniteError, check_finite, finite
from job.training.hits import hits_of
from job.training.kept import KeptWeights
from job.training.model_file import save_model
from job.training.progress import Progress
from job.training.recompiled import Recompiled
from job.training.reported import check_objective, unknown_objective
from job.training.rungs import Rungs
from job.training.steps import Steps
from job.training.validation import Validation
from job.training.variables import values_of, weights_digest
from job.training.workpiece import Workpiece


class Training:
    """One attempt at a trial: a model that trains on from its last checkpoint."""

    def __init__(self, setup: Setup, number: int, files: TrialFiles, control: Control, workpiece: Workpiece) -> None:
        self._setup, self._number, self._files, self._control = setup, number, files, control
        self.model, self._own_callbacks, self._data = workpiece.model, workpiece.callbacks, workpiece.data
        self._batches = batches_of(
            workpiece.data.train,
            workpiece.batch_size,
            setup.seeds_of(number),
            weights=workpiece.weights,
            n_batches=setup.described.batches if setup.described else None,
        )
        self._goes_on_within_epochs = setup.described is None or setup.described.repeats
        self._validation = Validation(self.model, workpiece.data.validation)
        self._validation_freq = workpiece.validation_freq
        self._kept = KeptWeights(self.model, setup.objective, setup.keep)
        self._history: tuple[EpochLogs, ...] = ()
        self._logs: EpochLogs = {}
        self._batch = 0  # of the epoch in hand: how many are through
        self._ended = False
        self._seconds_before, self._started_at = 0.0, time.monotonic()
        self._saved_at = self._started_at

    def run(self, to_epoch: int, thresholds: tuple[Threshold, ...] = ()) -> Advanced:
        """Train up to `to_epoch` or to a rung below its threshold, and leave the model if that is the end."""
        self._to_epoch = to_epoch
        durable.make_directory(self._files.directory)
        saved = checkpoint.read_or_set_aside(self._files.checkpoint, self._warn)
        self._build()
        self._rungs = Rungs(
            self._setup, thresholds, self._validation, len(self._batches), within_epochs=self._goes_on_within_epochs
        )
        self._take_up(saved)
        check_objective(self._setup.objective.metric, self.model, self._own_callbacks)
        self._callbacks = self._continue_callbacks(saved)
        self._progress = Progress(self._number, len(self._batches), self._control)
        self._control.tell(TrainingBegan(self._number, len(self._batches)))
        try:
            self._fit()
            return self._complete()
        except _FarEnough:
            rungs, stopped_at = self._rungs.scores, self._rungs.stopped_at
            return Paused(self._history, self.seconds, self._batch, len(self._batches), rungs, stopped_at)
        except _StopRequested:
            return Stopped()
        except NotFiniteError as error:
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
        self._pause_if_far_enough()

    def end_batch(self, batch: int, logs: Any) -> None:
        """Save or stop in the middle of an epoch, if it is time to; where it cannot be gone on with, stop alone."""
        self._batch = min(batch, len(self._batches))
        if batch >= len(self._batches) or self.model.stop_training:  # then the end of the epoch is next
            self._progress.tell(len(self._history) + 1, self._batch, logs)
            return
        stopping = self._control.must_stop
        reached = self._rungs.reach_within(len(self._history), self._batch, logs)
        is_time = stopping or reached or time.monotonic() - self._saved_at >= self._setup.checkpoint_seconds
        if is_time and self._goes_on_within_epochs:
            self._save()
        self._tell_rungs(reached)
        if stopping:
            raise _StopRequested
        self._pause_if_far_enough()
        # Not before it is certain that the trial goes on from here: what is planned meanwhile relies on that.
        self._progress.tell(len(self._history) + 1, self._batch, logs)

    def end_validation(self) -> None:
        self._kept.end_validation()

    def end_epoch(self, logs: EpochLogs, own: EpochLogs) -> None:
        """Take the logs of the epoch into the history, and save."""
        metric, epoch = self._setup.objective.metric, len(self._history) + 1
        if metric not in logs and epoch % self._validation_freq == 0:
            raise unknown_objective(metric, tuple(logs))
        check_finite(logs, metric, f"after epoch {epoch}")
        reached = self._rungs.reach_at_end(len(self._history), self._batch, logs)
        self._history, self._logs, self._batch = (*self._history, finite(logs)), own, 0
        self._ended = bool(self.model.stop_training)
        self._kept.end_epoch(self._history)
        self._save()
        self._control.tell(EpochEnded(self._number, len(self._history), self._history[-1]))
        self._tell_rungs(reached)
        if self._control.must_stop:
            raise _StopRequested
        self._pause_if_far_enough()

    def _tell_rungs(self, reached: tuple[RungScore, ...]) -> None:
        for each in reached:
            self._control.tell(RungReached(self._number, each.epochs, each.score))

    def _pause_if_far_enough(self) -> None:
        """Leave if the trial has come as far as was asked, or has stopped at a rung, short of its end."""
        is_there = len(self._history) >= self._to_epoch or self._rungs.stopped_at is not None
        if is_there and not self._is_through:
            raise _FarEnough

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
            warn=self._warn,
        )

    def _fit(self) -> None:
        try:
            self.model.fit(
                self._steps.counted_by,
                validation_data=self._validation.batches,
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
            checkpoint.write_memories(self._files.checkpoint, memories)
            self._callbacks.discard()

    def _complete(self) -> Completed:
        """Leave the model with the weights that are kept."""
        logs, metric = self._kept.settle(self._history, self._validation.logs), self._setup.objective.metric
        if metric not in logs:
            raise unknown_objective(metric, tuple(logs))
        check_finite(logs, metric, "with the weights that are kept")
        kept = None if logs == self._history[-1] else finite(logs)
        n_weights, digest = self.model.count_params(), weights_digest(self.model)
        model_sha256 = save_model(self.model, self._files.model)
        # Not before the model is left, lest this pass over the data change what it holds.
        hits = hits_of(self.model, self._data, self._setup, logs[metric], warn=self._warn)
        return Completed(self._history, self.seconds, model_sha256, n_weights, kept, digest, self._rungs.scores, hits)

    def _save(self) -> None:
        """Save where the trial stands, and tell of it."""
        seconds = self._write_checkpoint()
        self._saved_at = time.monotonic()
        self._tell_checkpoint(seconds)

    def _tell_checkpoint(self, seconds: float) -> None:
        batch, batches, rungs = self._batch, len(self._batches), self._rungs.scores
        self._control.tell(CheckpointLeft(self._number, self._history, seconds, batch, batches, rungs))

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
            rungs=tuple(asdict(each) for each in self._rungs.scores),
        )
        checkpoint.write(self._files.checkpoint, state)
        return state.seconds

    def _warn(self, message: str) -> None:
        self._control.tell(Notice(f"{self._setup.title_of(self._number)}: {message}", level=Level.WARNING))

    def _build(self) -> None:
        """Make every variable that training makes: Keras builds optimizer and metrics when they are first used.

        Layers may make theirs, and further layers, then too.
        """
        self._validation.begin()
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
        self._rungs.take_up(tuple(RungScore(**each) for each in saved.rungs), len(self._history), self._batch)
        self._seconds_before = saved.seconds
        self._tell_checkpoint(saved.seconds)  # the search may have been killed before it heard of it


class _StopRequested(Exception):
    """The search has asked this trial to stop; a checkpoint is saved."""


class _FarEnough(Exception):
    """The trial has come as far as it was asked to, or has stopped at a rung, and a checkpoint is saved."""
