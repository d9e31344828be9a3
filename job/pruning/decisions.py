"""What a forecast says of who stops and who goes on.

A search has a budget of trials, so what is saved is epochs. A trial is worth going on with where its chance of ending
as the best, for the epochs that it takes, is that of a new trial trained to its end, or so many times that.
"""

import math
from collections.abc import Sequence

import numpy as np

from job.pruning.forecast import Forecast

# Times the chance at which going on is worth as much as a new trial: with more, more trials stop.
LEVEL = 2.0
_UP = 2.0  # times what is enough: for a trial that has stopped, so that none goes on for a little more chance
_MUCH = 1 / 3  # of the variance of the ends: a rung that explains as much has all its say
_ALWAYS_ENOUGH = 0.5  # a chance, however few trials there are


def thresholds(forecast: Forecast, *, level: float = LEVEL) -> list[float]:
    """Return for each rung the loss above which a trial stops; infinite where none does.

    It is one that a trial has had there: the worst that is enough. Who is the best at a rung always goes on.
    """
    return [_threshold(forecast, rung, level) for rung in range(len(forecast.rungs))]


def _threshold(forecast: Forecast, rung: int, level: float) -> float:
    seen = forecast.rungs[rung].seen
    if not seen.size:
        return math.inf
    losses = np.append(seen, np.inf)  # the last one stands for all that is worse than what was ever seen
    falls_short = forecast.chances(rung, losses, are_new=True) < _enough(forecast, rung, level)
    return float(losses[max(int(np.argmax(falls_short)) - 1, 0)]) if falls_short.any() else math.inf


def to_take_up(forecast: Forecast, stopped: Sequence[int], *, level: float = LEVEL) -> int | None:
    """Return which of the trials that have stopped, by their numbers, is worth most to go on with; None where none is.

    It goes on to the next rung at least, so none is taken up twice at the same one.
    """
    numbers, last_rungs = np.array(forecast.scores.numbers), forecast.last_rungs
    is_stopped, worth = np.isin(numbers, stopped), np.zeros(len(numbers))
    for rung in range(len(forecast.rungs)):
        here = is_stopped & (last_rungs == rung)
        worth[here] = forecast.chances(rung, forecast.scores.losses[here, rung]) / _enough(forecast, rung, level)
    most = int(worth.argmax())
    return int(numbers[most]) if worth[most] > _UP else None


def _enough(forecast: Forecast, rung: int, level: float) -> float:
    """Return the chance of ending as the best that makes a trial at a rung worth going on with.

    Of the epochs of a new trial it takes those to the next rung at least, where it may stop again, and at most those to
    the end, which are nearly all: the geometric mean of both counts. Where a rung says little of the ends, the level
    counts less, down to 1: where curves cross as they like, who is as good as a new trial goes on.
    """
    ends = forecast.scores.ends
    share = math.sqrt((ends[rung + 1] - ends[rung]) / ends[-1])
    times = 1 + (level - 1) * min(forecast.rungs[rung].explained / _MUCH, 1.0)
    return min(times * share * forecast.chance_of_new, _ALWAYS_ENOUGH)
