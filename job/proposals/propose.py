"""The point to try next: a pure function of the study.

The surrogate is fitted anew to all scores for each proposal, so nothing of it has to be saved.
"""

from collections.abc import Iterable, Iterator
from itertools import chain

from job.core.fingerprint import ADDITIVE_GP
from job.core.known import Known
from job.core.randomness import Purpose, seed_for
from job.core.space import Params, Space, Value
from job.core.trial import Origin
from job.proposals.designs import design_points
from job.proposals.one_thread import on_one_thread
from job.proposals.scikit_optimize.optimizer import quietly
from job.proposals.scikit_optimize.ranking import ranked_points
from job.proposals.told import is_telling

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
    are_asked_for = all(trial.origin in _ASKED_FOR for trial in study.trials)
    if not fixed and are_asked_for and (point := _untried(study, fingerprint.given)) is not None:
        return point
    if fingerprint.surrogate != ADDITIVE_GP:
        with quietly():
            return _untried(study, ranked_points(study, seed_for(fingerprint.seed, number, 0, Purpose.PROPOSAL), fixed))
    is_asked = fingerprint.asks_surrogate(number) and is_telling(study)
    points = _best_point(study, fixed) if is_asked else ()
    design = _in_decimal_digits(space, design_points(fingerprint, number, fixed), fixed)
    return _untried(study, chain(points, design))


def _best_point(study: Known, fixed: Params) -> tuple[Params, ...]:
    """Return the point that the additive Gaussian process would try, if there is one left."""
    from job.proposals.additive_gp.proposal import best_point

    with on_one_thread():
        point = best_point(study, fixed)
    return () if point is None else (point,)


def _in_decimal_digits(space: Space, points: Iterable[Params], fixed: Params) -> Iterator[Params]:
    """Yield points as those of the additive Gaussian process are written: without last bits, which another kind of
    processor may reckon otherwise.
    """
    from job.proposals.additive_gp.coordinates import Coordinates

    coordinates = Coordinates(space, tuple(fixed.items()))
    return (coordinates.point(coordinates.rows([each])[0]) for each in points)


def _untried(study: Known, points: Iterable[Params]) -> Params | None:
    """Return the first of `points` that no trial has had, if there is one."""
    space = study.fingerprint.space
    tried = {_key(space, trial.params) for trial in study.trials}
    return next((each for each in points if _key(space, each) not in tried), None)


def _key(space: Space, params: Params) -> tuple[Value, ...]:
    return tuple(space.values(params))
