"""What trials have scored at the rungs of a search and at their ends, as one array."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from job.core.known import Known
from job.core.trial import Status

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
    objective, columns = known.fingerprint.objective, {rung: at for at, rung in enumerate(known.fingerprint.rungs)}
    scores = np.full((len(trials), len(ends)), np.nan)
    for row, trial in enumerate(trials):
        for each in trial.rungs:
            if each.epochs in columns:
                scores[row, columns[each.epochs]] = each.score
        if trial.status is Status.COMPLETED:
            scores[row, -1] = trial.score(objective)
    losses = np.clip(objective.sign * scores, -_LARGEST, _LARGEST)
    return RungScores(tuple(trial.number for trial in trials), losses, ends)
