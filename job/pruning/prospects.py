"""What trials would come to that have stopped, or have begun and not ended."""

from collections.abc import Mapping
from dataclasses import dataclass

from job.core.known import Known

_DIGITS = 6  # significant: last bits differ from one kind of processor to another


@dataclass(frozen=True)
class Prospect:
    """How a trial is thought to end."""

    loss: float  # less is better, whatever the objective's direction
    deviation: float  # of the loss
    chance: float  # of ending better than the best so far


def prospects(known: Known) -> Mapping[int, Prospect]:
    """Return how the trials are thought to end that have reached a rung and not the end, by their numbers.

    Empty before two trials have ended differently: nothing is known then of how one ends.
    """
    import numpy as np

    from job.pruning.forecast import forecast_for

    forecast = forecast_for(known)
    if forecast is None:
        return {}
    scores, scale = forecast.scores, forecast.scale
    losses = scale.losses(forecast.marks, worst=float(np.nanmax(scores.losses)))
    # A step of 1 in mark is one of this in loss, there.
    slopes = (losses - scale.best + scale.step) * scale.deviation
    deviations = slopes * np.sqrt(forecast.variances)
    found: dict[int, Prospect] = {}
    for row, (number, rung) in enumerate(zip(scores.numbers, forecast.last_rungs, strict=True)):
        if rung >= 0:
            chance = forecast.chances(int(rung), scores.losses[row, rung])
            found[number] = Prospect(*(_rounded(float(each)) for each in (losses[row], deviations[row], chance)))
    return found


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
