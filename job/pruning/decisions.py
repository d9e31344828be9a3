"""What a forecast says of who stops and who goes on.

A search has a budget of trials, so what is saved is epochs. A trial is worth going on with where its chance of becoming
the best, for the epochs which that takes, is no less than that of a new trial trained to its end.
"""

import math
from collections.abc import Sequence

import numpy as np

from job.pruning.forecast import Forecast

BREAK_EVEN = 1.0  # times the chance of a new trial that is enough: more trials stop above that, fewer below
_UP = 2.0  # times what is enough: for a trial that has stopped, so that it does not stop and go for nothing


def thresholds(forecast: Forecast, *, level: float = BREAK_EVEN) -> list[float]:
    """Return for each rung the loss above which a trial stops; infinite where none does.

    It is one that a trial has had there: the worst that is enough. Who is the best at a rung always goes on.
    """
    return [_threshold(forecast, rung, level) for rung in range(len(forecast.rungs))]


def _threshold(forecast: Forecast, rung: int, level: float) -> float:
    seen = forecast.rungs[rung].seen
    if not seen.size:
        return math.inf
    losses = np.append(seen, np.inf)  # the last one stands for all that is worse than what was ever seen
    falls_short = forecast.chances(rung, losses, are_new=True) < level * _enough(forecast, rung)
    return float(losses[max(int(np.argmax(falls_short)) - 1, 0)]) if falls_short.any() else math.inf


def to_take_up(forecast: Forecast, stopped: Sequence[int], *, level: float = BREAK_EVEN) -> int | None:
    """Return which of the trials that have stopped, by their numbers, is worth most to go on with; None where none is.

    It goes on to the next rung at least, so none is taken up twice at the same one.
    """
    numbers, worth = np.array(forecast.scores.numbers), np.zeros(len(forecast.scores.numbers))
    for rung in range(len(forecast.rungs)):
        here = np.isin(numbers, stopped) & (forecast.last_rungs == rung)
        worth[here] = forecast.chances(rung, forecast.scores.losses[here, rung]) / _enough(forecast, rung)
    most = int(worth.argmax())
    return int(numbers[most]) if worth[most] > _UP * level else None


def _enough(forecast: Forecast, rung: int) -> float:
    """Return the chance of becoming the best at which it is the same to go on from a rung or to begin a new trial.

    Of the epochs of a new trial it takes those to the next rung at least, where it may stop again, and at most those to
    the end, which are nearly all: the geometric mean of both counts.
    """
    ends = forecast.scores.ends
    return forecast.chance_of_new * math.sqrt((ends[rung + 1] - ends[rung]) / ends[-1])
