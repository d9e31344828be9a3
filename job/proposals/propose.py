"""The point to try next: a pure function of the study.

The surrogate is fitted anew to all scores for each proposal, so nothing of it has to be saved.
"""

from job.core.known import Known
from job.core.randomness import Purpose, seed_for
from job.core.space import Params, Space, Value
from job.core.trial import Origin
from job.proposals.scikit_optimize.optimizer import quietly
from job.proposals.scikit_optimize.ranking import ranked_points

# Whose points are not of the search's making: those that are given come before any that is.
_ASKED_FOR = (Origin.ENQUEUED, Origin.GIVEN)


def propose(study: Known, fixed: Params | None = None) -> Params | None:
    """Return the parameters to try next, which no trial has had; None when the space is used up.

    First the points that are given, then those of the design, then what the acquisition function says. With `fixed`
    values, the best point that has them, if there is any; where these are all of a point, that one, though a trial has
    had it.
    """
    fingerprint, number, fixed = study.fingerprint, len(study.trials) + 1, fixed or {}
    space = fingerprint.space
    if set(fixed) == {each.name for each in space.active(fixed)}:
        return fixed
    if not space.admits(fixed):
        return None
    tried = {_key(space, trial.params) for trial in study.trials}
    if not fixed and all(trial.origin in _ASKED_FOR for trial in study.trials):
        untried = (each for each in fingerprint.given if _key(space, each) not in tried)
        if (point := next(untried, None)) is not None:
            return point
    seed = seed_for(fingerprint.seed, number, 0, Purpose.PROPOSAL)
    with quietly():
        points = ranked_points(study, seed, fixed)
        return next((each for each in points if _key(space, each) not in tried), None)


def _key(space: Space, params: Params) -> tuple[Value, ...]:
    return tuple(space.values(params))
