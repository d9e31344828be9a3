"""Policies that stop trials at rungs, by the losses of those before: the program's, and two that are well known."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
from scipy.special import ndtri

from job.pruning.decisions import LEVEL, thresholds, to_take_up
from job.pruning.forecast import forecast_of
from job.pruning.rung_scores import Floats, RungScores

_LEAST_ERROR = 1e-3
_LEAST_ENDS = 3  # for a straight line and how far from it they are


class Policy(Protocol):
    """Decides by losses of shape (n_trials, n_rungs + 1), NaN where a trial has not come so far."""

    def thresholds(self, losses: Floats, ends: tuple[float, ...]) -> Sequence[float]:
        """Return the loss at each rung above which a trial stops."""

    def take_up(self, losses: Floats, ends: tuple[float, ...]) -> int | None:
        """Return the row of a stopped trial that is gone on with, if there is one."""


@dataclass(frozen=True)
class Never:
    """Every trial is trained to its end."""

    def thresholds(self, losses: Floats, ends: tuple[float, ...]) -> Sequence[float]:
        del losses
        return [math.inf] * (len(ends) - 1)

    def take_up(self, losses: Floats, ends: tuple[float, ...]) -> int | None:
        del losses, ends


@dataclass(frozen=True)
class Rank(Never):
    """A trial goes on that is among the best `1 / reduction` at a rung (ASHA, Li et al. 2018, in its stopping form)."""

    reduction: int

    def thresholds(self, losses: Floats, ends: tuple[float, ...]) -> Sequence[float]:
        return [self._threshold(np.sort(losses[~np.isnan(losses[:, rung]), rung])) for rung in range(len(ends) - 1)]

    def _threshold(self, seen: Floats) -> float:
        going_on = (len(seen) + 1) // self.reduction  # with the trial that is decided on
        return float(seen[going_on - 1]) if going_on else math.inf


@dataclass(frozen=True)
class Line(Never):
    """A trial goes on that ends as the best with a probability of `level`.

    That is by the least squares line of the logarithm of the final error over that of the error at the rung.
    """

    level: float
    bound: float  # that losses cannot be below

    def thresholds(self, losses: Floats, ends: tuple[float, ...]) -> Sequence[float]:
        logarithms = np.log(np.maximum(losses[~np.isnan(losses[:, -1])] - self.bound, _LEAST_ERROR))
        return [self._threshold(logarithms[:, rung], logarithms[:, -1]) for rung in range(len(ends) - 1)]

    def _threshold(self, at: Floats, end: Floats) -> float:
        if len(end) < _LEAST_ENDS or np.ptp(at) == 0:
            return math.inf
        slope, intercept = np.polyfit(at, end, 1)
        deviation = math.sqrt(float(np.sum((end - slope * at - intercept) ** 2)) / (len(end) - 2))
        if slope <= 0:
            return math.inf
        return float(np.exp(min((end.min() - ndtri(self.level) * deviation - intercept) / slope, 700))) + self.bound


@dataclass(frozen=True)
class Ours:
    """The program's own, at a level: how many times the chance at which going on is worth as much as a new trial."""

    level: float = LEVEL

    def thresholds(self, losses: Floats, ends: tuple[float, ...]) -> Sequence[float]:
        forecast = _forecast(losses.tobytes(), ends)
        return [math.inf] * (len(ends) - 1) if forecast is None else thresholds(forecast, level=self.level)

    def take_up(self, losses: Floats, ends: tuple[float, ...]) -> int | None:
        forecast = _forecast(losses.tobytes(), ends)
        stopped = np.flatnonzero(np.isnan(losses[:, -1]))
        return None if forecast is None else to_take_up(forecast, list(stopped), level=self.level)


@lru_cache(maxsize=1)
def _forecast(losses: bytes, ends: tuple[float, ...]):
    rows = np.frombuffer(losses).reshape(-1, len(ends))
    return forecast_of(RungScores(tuple(range(len(rows))), rows, ends))
