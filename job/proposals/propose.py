"""The point to try next: a pure function of the study.

The surrogate is fitted anew to all scores for each proposal, so nothing of it has to be saved.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from job.core.fingerprint import Fingerprint
from job.core.known import Known
from job.core.randomness import Purpose, seed_for
from job.core.space import Params
from job.core.trial import Origin
from job.proposals.candidates import Told, all_points, is_listed, random_points, searched_points, sobol_points
from job.proposals.draws import Floats
from job.proposals.flat import unflattened
from job.proposals.optimizer import fitted, is_plain, key_of, quietly

if TYPE_CHECKING:
    from skopt import Optimizer

_SOBOL = "sobol"
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
    tried = {key_of(study, trial.params) for trial in study.trials}
    if not fixed and all(trial.origin in _ASKED_FOR for trial in study.trials):
        untried = (each for each in fingerprint.given if key_of(study, each) not in tried)
        if (point := next(untried, None)) is not None:
            return point
    seed = seed_for(fingerprint.seed, number, 0, Purpose.PROPOSAL)
    with quietly():
        optimizer = fitted(study, with_lies=True) if fingerprint.asks_surrogate(number) else None
        points = _ranked_points(optimizer, fingerprint, seed, fixed)
        params = (unflattened(space, point) for point in points)
        return next((each for each in params if key_of(study, each) not in tried), None)


def _ranked_points(
    optimizer: "Optimizer | None", fingerprint: Fingerprint, seed: int, fixed: Params
) -> Iterator[Sequence[Any]]:
    """Yield points worth trying, the best first: every point of a small finite space is among them.

    Without a surrogate, or as long as it knows nothing, the first of the design comes first.
    """
    space, plain = fingerprint.space, is_plain(fingerprint.space)
    utility = _utility(fingerprint.acquisition, optimizer) if optimizer is not None and optimizer.models else None
    if optimizer is not None and utility is not None and plain and not fixed:
        yield optimizer.ask()
    if utility is None and fingerprint.design == _SOBOL:
        yield from sobol_points(space, seed_for(fingerprint.seed, 0, 0, Purpose.DESIGN), fixed)
    if not plain and not is_listed(space):
        yield from searched_points(space, seed, fixed, utility)
        return
    candidates = (all_points if is_listed(space) else random_points)(space, seed, fixed)
    order = range(len(candidates)) if utility is None else np.argsort(-utility(candidates), kind="stable")
    yield from (candidates[index] for index in order)


def _utility(acquisition: str, optimizer: "Optimizer") -> Callable[[Told], Floats]:
    """Return the acquisition function as one of points, of which more is better."""
    from skopt.acquisition import gaussian_ei, gaussian_lcb, gaussian_pi

    functions: Mapping[str, Callable[..., Any]] = {
        "EI": gaussian_ei,
        "PI": gaussian_pi,
        "LCB": lambda points, model, _best: -gaussian_lcb(points, model),
    }
    function, best = functions[acquisition], np.min(optimizer.yi)
    return lambda points: function(optimizer.space.transform(points), optimizer.models[-1], best)
