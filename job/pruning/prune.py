"""Which trials stop at a rung, and which of those are gone on with: pure functions of what is known of a search."""

import math

from job.core.known import Known
from job.core.step import Threshold


class Pruning:
    """Stops a trial where the forecast leaves it too little chance of becoming the best."""

    def thresholds(self, known: Known, trial: int | None) -> tuple[Threshold, ...]:
        """Return the threshold of each rung before a trial that has stopped, or, with None, before a new one."""
        from job.pruning.decisions import thresholds
        from job.pruning.forecast import forecast_for

        rungs, objective = known.fingerprint.rungs, known.fingerprint.objective
        forecast = forecast_for(known)
        losses = [math.inf] * len(rungs) if forecast is None else thresholds(forecast)
        scores = (objective.value(loss) if loss < math.inf else None for loss in losses)
        reached = known.trial(trial).rungs[-1].epochs if trial else 0.0
        found = (Threshold(epochs=rung, score=score) for rung, score in zip(rungs, scores, strict=True))
        return tuple(each for each in found if each.epochs > reached)

    def take_up(self, known: Known) -> int | None:
        """Return the number of a stopped trial that deserves to be gone on with before anything new; None for none."""
        from job.pruning.decisions import to_take_up
        from job.pruning.forecast import forecast_for

        stopped = [trial.number for trial in known.stopped]
        forecast = forecast_for(known) if stopped else None
        return None if forecast is None else to_take_up(forecast, stopped)


PRUNING = Pruning()
