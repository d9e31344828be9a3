"""The trials that may be the best one in truth, whichever was luckiest."""

from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from job.core.known import Known
from job.proposals.told import repeats

if TYPE_CHECKING:
    from job.proposals.surrogate import FittedSurrogate

_SHARE_OF_DEVIATION = 0.5  # a point that is less sure counts as worse
_SHARE_OF_LOSS = 0.3  # of the trial's own loss, beside what all losses tell of its point


def contenders(study: Known, count: int) -> tuple[int, ...]:
    """Return the numbers of at most so many trials that have completed here, the most trusted first.

    They are ordered by what the surrogate expects at their points, with half its standard deviation to their
    disadvantage, and by their own scores to a lesser part: the best of many noisy scores is a lucky one, and its point
    need not be. By their scores alone where there are too few for a surrogate; of equal ones the earliest comes first.
    What one has scored when it was trained again counts as much as what it scored first.
    """
    from job.proposals.surrogate import fit_surrogate  # a second, for nothing where all is confirmed

    surrogate = fit_surrogate(study)
    losses = _own_losses(study) if surrogate is None else _trusted_losses(study, surrogate)
    ordered = sorted(losses, key=lambda number: (losses[number], number))
    return tuple(ordered[:count])


def _own_losses(study: Known) -> dict[int, float]:
    """Return the loss of each completed trial, by its number; of one with replicates, the mean over them and it."""
    objective = study.fingerprint.objective
    losses = {trial.number: [loss] for trial in study.completed if (loss := trial.loss(objective)) is not None}
    for each in repeats(study):
        if each.trial.of in losses:
            losses[each.trial.of].append(each.loss)
    return {number: fmean(each) for number, each in losses.items()}


def _trusted_losses(study: Known, surrogate: "FittedSurrogate") -> dict[int, float]:
    """Return of each completed trial, by its number, by what it is ordered."""
    own = _own_losses(study)
    mean, deviation = surrogate.predict([study.trial(number).params for number in own])
    trusted = surrogate.objective.sign * mean + _SHARE_OF_DEVIATION * deviation
    trusted = trusted + _SHARE_OF_LOSS * np.array(list(own.values()))
    return dict(zip(own, map(float, trusted), strict=True)) if np.isfinite(trusted).all() else own
