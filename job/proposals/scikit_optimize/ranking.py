"""Points worth trying, the best first, by scikit-optimize."""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from job.core.known import Known
from job.core.randomness import Purpose, seed_for
from job.core.space import Params
from job.proposals.designs import SOBOL, sobol_points
from job.proposals.draws import Floats
from job.proposals.scikit_optimize.candidates import Told, all_points, is_listed, random_points, searched_points
from job.proposals.scikit_optimize.flat import unflattened
from job.proposals.scikit_optimize.optimizer import fitted, is_plain

if TYPE_CHECKING:
    from skopt import Optimizer


def ranked_points(study: Known, seed: int, fixed: Params) -> Iterator[Params]:
    """Yield points with the `fixed` values, the best first: every one of a small finite space is among them.

    Without a surrogate, or as long as it knows nothing, the first of the design comes first.
    """
    fingerprint, space = study.fingerprint, study.fingerprint.space
    is_asked = fingerprint.asks_surrogate(len(study.trials) + 1)
    optimizer = fitted(study, with_lies=True) if is_asked else None
    utility = _utility(fingerprint.acquisition, optimizer) if optimizer is not None and optimizer.models else None
    if optimizer is not None and utility is not None and is_plain(space) and not fixed:
        yield unflattened(space, optimizer.ask())
    if utility is None and fingerprint.design == SOBOL:
        yield from sobol_points(space, seed_for(fingerprint.seed, 0, 0, Purpose.DESIGN), fixed)
    if not is_plain(space) and not is_listed(space):
        ranked = searched_points(space, seed, fixed, utility)
    else:
        candidates = (all_points if is_listed(space) else random_points)(space, seed, fixed)
        order = range(len(candidates)) if utility is None else np.argsort(-utility(candidates), kind="stable")
        ranked = [candidates[index] for index in order]
    yield from (unflattened(space, point) for point in ranked)


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
