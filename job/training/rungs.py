"""The rungs of one attempt at a trial: which it reaches, what it has there, and whether it stops."""

from typing import TYPE_CHECKING, Any

from job.core.rungs import batches_at
from job.core.step import Threshold
from job.core.trial import EpochLogs, RungScore
from job.training import Setup
from job.training.finite import check_finite

if TYPE_CHECKING:
    from job.training.validation import Validation


class Rungs:
    """The rungs of a trial, each a number of epochs, and those of its scores that are known.

    Where training may begin at whole epochs only, a rung within one is none. `batches` are those of an epoch.
    """

    def __init__(
        self,
        setup: Setup,
        thresholds: tuple[Threshold, ...],
        validation: "Validation",
        batches: int,
        *,
        within_epochs: bool,
    ) -> None:
        asked = {*setup.rungs, *(each.epochs for each in thresholds)}
        after = {rung: batches_at(rung, batches) for rung in sorted(asked)}
        self._after = {rung: n for rung, n in after.items() if within_epochs or n % batches == 0}
        self._thresholds = {each.epochs: each.score for each in thresholds}
        self._objective, self._validation, self._batches = setup.objective, validation, batches
        self._passed = 0  # batches of the trial
        self.scores: tuple[RungScore, ...] = ()

    def take_up(self, scores: tuple[RungScore, ...], epoch: int, batch: int) -> None:
        """Go on with the scores that an earlier attempt has left, where so many batches of `epoch` are through."""
        self.scores, self._passed = scores, self._trained(epoch, batch)

    @property
    def stopped_at(self) -> float | None:
        """The lowest rung at which the trial has stayed below its threshold, in epochs; None: it goes on."""
        return next((each.epochs for each in self.scores if self._is_below(each)), None)

    def reach_within(self, epoch: int, batch: int, logs: Any) -> tuple[RungScore, ...]:
        """Return what the trial has at the rungs that it reaches after so many batches of `epoch` (from 0).

        They are among the scores from then on. `logs` are Keras's of the last batch. An objective that only callbacks
        make at the end of an epoch is not known here: its rungs are passed over. Raise NotFiniteError where the loss or
        the objective is no finite number.
        """
        if not self._due(epoch, batch):
            return ()
        running = self._validation.running(logs)
        return self._reach(epoch, batch, running, f"after {batch} of {self._batches} batches of epoch {epoch + 1}")

    def reach_at_end(self, epoch: int, batch: int, logs: EpochLogs) -> tuple[RungScore, ...]:
        """Return the same at the end of `epoch`, which comes after so many batches; `logs` are those of the epoch."""
        return self._reach(epoch, batch, logs, f"after epoch {epoch + 1}")

    def _reach(self, epoch: int, batch: int, logs: EpochLogs, when: str) -> tuple[RungScore, ...]:
        """Validate the weights where `logs` lack the objective and a validation gives it."""
        due, metric = self._due(epoch, batch), self._objective.metric
        self._passed = trained = self._trained(epoch, batch)
        if due and metric not in logs and self._validation.gives(metric):
            logs = {**logs, **self._validation.logs()}
        if not due or metric not in logs:
            return ()
        check_finite(logs, metric, when)
        reached = tuple(RungScore(epochs=rung, batches=trained, score=float(logs[metric])) for rung in due)
        self.scores = (*self.scores, *reached)
        return reached

    def _trained(self, epoch: int, batch: int) -> int:
        return epoch * self._batches + batch

    def _due(self, epoch: int, batch: int) -> list[float]:
        return [rung for rung, after in self._after.items() if self._passed < after <= self._trained(epoch, batch)]

    def _is_below(self, reached: RungScore) -> bool:
        threshold = self._thresholds.get(reached.epochs)
        return threshold is not None and self._objective.loss(reached.score) > self._objective.loss(threshold)
