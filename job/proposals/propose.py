"""The point to try next: a pure function of the study.

The surrogate is fitted anew to all scores for each proposal, so nothing of it has to be saved.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from job.core.fingerprint import Fingerprint
from job.core.known import Known
from job.core.randomness import Purpose, seed_for
from job.core.space import Categorical, Dimension, Integer, Params, Real, Space, Value
from job.core.trial import Origin
from job.proposals.optimizer import fitted, key_of, plain, quietly, skopt_dimension

if TYPE_CHECKING:
    from skopt import Optimizer

# How many points are drawn to replace a proposal that has been tried; a finite space up to this size is listed.
_CANDIDATES = 10_000


def propose(study: Known, fixed: Params | None = None) -> Params | None:
    """Return the parameters to try next, which no trial has had; None when the space is used up.

    First the default point, then random points, then what the acquisition function says. With `fixed` values, the best
    point that has them; where these are all of a point, that one, though a trial has had it.
    """
    fingerprint, number, fixed = study.fingerprint, len(study.trials) + 1, fixed or {}
    if set(fixed) == set(fingerprint.space.names):
        return fixed
    tried = {key_of(study, trial.params) for trial in study.trials}
    asked_for = all(trial.origin is Origin.ENQUEUED for trial in study.trials)
    if asked_for and not fixed and key_of(study, fingerprint.default) not in tried:
        return fingerprint.default
    seed = seed_for(fingerprint.seed, number, 0, Purpose.PROPOSAL)
    with quietly():
        optimizer = fitted(study, with_lies=True) if number > 1 + fingerprint.initial_points else None
        points = _ranked_points(optimizer, fingerprint, seed, fixed)
        params = (fingerprint.space.params([plain(value) for value in point]) for point in points)
        return next((each for each in params if key_of(study, each) not in tried), None)


def _ranked_points(
    optimizer: "Optimizer | None", fingerprint: Fingerprint, seed: int, fixed: Params
) -> Iterator[Sequence[Any]]:
    """Yield points worth trying, the best first: every point of a small finite space is among them."""
    if optimizer is not None and optimizer.models and not fixed:
        yield optimizer.ask()
    candidates = _candidates(fingerprint.space, seed, fixed)
    if optimizer is None or not optimizer.models:
        yield from candidates
        return
    utility = _utility(fingerprint.acquisition)(
        optimizer.space.transform(candidates), optimizer.models[-1], np.min(optimizer.yi)
    )
    for index in np.argsort(-utility, kind="stable"):
        yield candidates[index]


def _candidates(space: Space, seed: int, fixed: Params) -> list[list[Any]]:
    """Return points with the `fixed` values in random order: all of a small finite space, or random ones."""
    from skopt.space import Space as SkoptSpace

    if space.size is not None and space.size <= _CANDIDATES:
        values = [[fixed[each.name]] if each.name in fixed else _all_values(each) for each in space.dimensions]
        points = [list(point) for point in itertools.product(*values)]
        return [points[index] for index in np.random.default_rng(seed).permutation(len(points))]
    drawn: list[list[Any]] = SkoptSpace([skopt_dimension(each) for each in space.dimensions]).rvs(
        n_samples=_CANDIDATES, random_state=seed
    )
    return [[fixed.get(name, value) for name, value in zip(space.names, point, strict=True)] for point in drawn]


def _utility(acquisition: str) -> Callable[..., Any]:
    """Return the acquisition function as one of (transformed points, model, best loss), of which more is better."""
    from skopt.acquisition import gaussian_ei, gaussian_lcb, gaussian_pi

    functions: Mapping[str, Callable[..., Any]] = {
        "EI": gaussian_ei,
        "PI": gaussian_pi,
        "LCB": lambda points, model, _best: -gaussian_lcb(points, model),
    }
    return functions[acquisition]


def _all_values(dimension: Dimension) -> Sequence[Value]:
    match dimension:
        case Categorical():
            return dimension.categories
        case Integer():
            return range(dimension.low, dimension.high + 1)
        case Real():
            raise AssertionError("a real dimension has no list of its values")
