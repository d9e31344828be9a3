"""What trials have scored at the rungs of a search and at their ends, as one array."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from job.core.known import Known
from job.core.trial import Status, Trial

Floats = NDArray[np.float64]
_LARGEST = 1e300  # of losses: so that the distance of two is finite too
_TELLING = (Status.COMPLETED, Status.STOPPED, Status.RUNNING)


@dataclass(frozen=True, eq=False)
class RungScores:
    """The losses of trials at the rungs, and at their ends in the last column: (n_trials, n_rungs + 1).

    NaN where a trial has not come so far, as far as is known. `numbers` are those of the trials, and `ends` the epochs
    of the columns.
    """

    numbers: tuple[int, ...]
    losses: Floats
    ends: tuple[float, ...]


def scores_of(known: Known) -> RungScores:
    """Return what the trials have scored that have reached a rung here or the end, in the order of their numbers.

    Those that have failed say nothing: how they were before is not how they would have ended.
    """
    trials = [trial for trial in known.with_status(*_TELLING) if trial.rungs or trial.status is Status.COMPLETED]
    ends = (*known.fingerprint.rungs, known.fingerprint.epochs)
    losses = np.array([_losses(known, trial) for trial in trials], dtype=float).reshape(len(trials), len(ends))
    return RungScores(tuple(trial.number for trial in trials), np.clip(losses, -_LARGEST, _LARGEST), ends)


def _losses(known: Known, trial: Trial) -> list[float]:
    objective = known.fingerprint.objective
    at = {each.epochs: objective.loss(each.score) for each in trial.rungs}
    end = trial.loss(objective)
    return [*(at.get(rung, np.nan) for rung in known.fingerprint.rungs), np.nan if end is None else end]
