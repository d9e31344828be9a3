"""What trials would come to that have stopped, or have begun and not ended."""

from collections.abc import Mapping
from dataclasses import dataclass

from job.core.known import Known

_LEAST_CHANCE, _MOST_CHANCE = 1e-6, 0.5
_NEAREST = 1.0  # deviations that a trial which was stopped is from the best one, at least
_DIGITS = 6  # significant: last bits differ from one kind of processor to another


@dataclass(frozen=True)
class Prospect:
    """How a trial is thought to end."""

    loss: float  # less is better, whatever the objective's direction
    deviation: float  # of the loss
    chance: float  # of ending better than the best so far


def prospects(known: Known) -> Mapping[int, Prospect]:
    """Return how the trials are thought to end that have reached a rung and not the end, by their numbers.

    The chance is the forecast's. The loss is that of others with such a score at the trial's last rung: a forecast by
    one straight line for all, which is good enough for the chance, would tell too much good of poor trials. The
    deviation is such that both agree. Empty before two trials have ended differently: nothing is known then.
    """
    import numpy as np
    from scipy.special import ndtri

    from job.pruning.forecast import forecast_for
    from job.pruning.usual_ends import usual_ends

    forecast = forecast_for(known)
    if forecast is None:
        return {}
    scores, best = forecast.scores, forecast.scale.best
    losses = usual_ends(scores)
    found: dict[int, Prospect] = {}
    for row, (number, rung) in enumerate(zip(scores.numbers, forecast.last_rungs, strict=True)):
        if rung >= 0:
            chance = float(forecast.chances(int(rung), scores.losses[row, rung]))
            loss = float(losses[row])
            away = max(-float(ndtri(np.clip(chance, _LEAST_CHANCE, _MOST_CHANCE))), _NEAREST)
            deviation = max(loss - best, forecast.scale.step) / away
            found[number] = Prospect(*(_rounded(each) for each in (loss, deviation, chance)))
    return found


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
