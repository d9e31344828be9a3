"""What to try next: a pure function of the study. The one module that imports scikit-optimize.

The surrogate is fitted anew to all scores for each proposal, so nothing of it has to be saved. A failed trial counts
as the worst score seen, and one that still runs as the best ("constant liar", Ginsbourger, Le Riche and Carraro 2010,
section 4), so that trials at the same time differ.
"""

import io
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import joblib
import numpy as np

from job.errors import SettingsError
from job.randomness import Purpose, seed_for
from job.space import Categorical, Dimension, Integer, Params, Real, Space, Value
from job.study import Fingerprint, Study
from job.surrogate import FittedSurrogate, quietly
from job.trial import Status

if TYPE_CHECKING:
    from skopt import Optimizer

# How many points are drawn to replace a proposal that has been tried; a finite space up to this size is listed.
_CANDIDATES = 10_000


def propose(study: Study) -> Params | None:
    """Return the parameters to try next, which no trial has had; None when the space is used up.

    First the default point, then random points, then what the acquisition function says.
    """
    number = len(study.trials) + 1
    tried = {_key(study, trial.params) for trial in study.trials}
    fingerprint = study.fingerprint
    if number == 1:
        return fingerprint.default
    seed = seed_for(fingerprint.seed, number, 0, Purpose.PROPOSAL)
    with quietly():
        optimizer = _fitted(study, with_lies=True) if number > 1 + fingerprint.initial_points else None
        points = _ranked_points(optimizer, fingerprint, seed)
        params = (fingerprint.space.params([_plain(value) for value in point]) for point in points)
        return next((each for each in params if _key(study, each) not in tried), None)


def dump_result(study: Study) -> bytes:
    """Return what `skopt.load` reads: an OptimizeResult of the trials that have ended, with the last fitted model.

    Values are losses: the negated objective where more of it is better. Empty when no trial has a score.
    """
    if not study.scored:
        return b""
    with quietly():
        result = _fitted(study, with_lies=False).get_result()
    buffer = io.BytesIO()
    joblib.dump(result, buffer, compress=3)
    return buffer.getvalue()


def fit_surrogate(study: Study) -> FittedSurrogate | None:
    """Return the surrogate that the next proposal is made with, but for the lies; None with fewer than two scores.

    Before the initial points are through, when proposals need none yet, it is fitted to what there is.
    """
    from sklearn.base import clone

    if len(study.scored) < 2:
        return None
    numbers, losses = _told(study, with_lies=False)
    with quietly():
        optimizer = _fitted(study, with_lies=False)
        encoder = optimizer.space.transform
        models = optimizer.models or [clone(optimizer.base_estimator_).fit(encoder(optimizer.Xi), losses)]
    return FittedSurrogate(
        space=study.fingerprint.space,
        objective=study.fingerprint.objective,
        numbers=tuple(numbers),
        points=tuple(study.trial(number).params for number in numbers),
        losses=tuple(losses),
        model=models[-1],
        encoder=encoder,
    )


def load_result(path: Path, fingerprint: Fingerprint) -> list[tuple[dict[str, Value], float]]:
    """Return the parameters and losses of a dumped result; raise SettingsError when they are not of this space.

    Unpickling runs whatever code the file's author put there: only for files of trusted authors.
    """
    import skopt

    try:
        result = skopt.load(path)
        names = [dimension.name for dimension in result.space.dimensions]
        points = [[_plain(value) for value in point] for point in result.x_iters]
        losses = [float(loss) for loss in result.func_vals]
    except Exception as error:  # a damaged pickle raises whatever it likes
        raise SettingsError(
            f"{path} is not a result of scikit-optimize: {type(error).__name__}: {error}",
            hint="move it away to start afresh, or restore it from a backup",
        ) from error
    space = fingerprint.space
    try:
        # A script that names no dimensions has them in the order of the space.
        given = space.names if set(names) == {None} else names
        named = [dict(zip(given, point, strict=True)) for point in points]
        for params in named:
            space.check(params)
    except (SettingsError, ValueError) as error:
        raise SettingsError(
            f"{path} is of another space: {error}", hint=f"the space here is, in this order, {', '.join(space.names)}"
        ) from error
    return [(params, loss) for params, loss in zip(named, losses, strict=True) if np.isfinite(loss)]


def _fitted(study: Study, *, with_lies: bool) -> "Optimizer":
    """Return an optimizer that has been told the trials, with a fitted model once the initial points are through."""
    fingerprint, number = study.fingerprint, len(study.trials) + 1
    numbers, losses = _told(study, with_lies=with_lies)
    return _fit(
        fingerprint.space,
        (fingerprint.surrogate, fingerprint.acquisition),
        number > 1 + fingerprint.initial_points,
        seed_for(fingerprint.seed, number, 0, Purpose.PROPOSAL),
        tuple(_key(study, study.trial(number).params) for number in numbers),
        tuple(losses),
    )


@lru_cache(maxsize=1)  # the result of a trial is dumped from the fit that the next one is proposed from
def _fit(
    space: Space,
    method: tuple[str, str],
    initial_points_are_through: bool,
    seed: int,
    points: tuple[tuple[Value, ...], ...],
    losses: tuple[float, ...],
) -> "Optimizer":
    """Return an optimizer with `method`, surrogate and acquisition function, that has been told `points`."""
    from skopt import Optimizer

    surrogate, acquisition = method
    optimizer = Optimizer(
        [_skopt_dimension(each) for each in space.dimensions],
        base_estimator=surrogate,
        acq_func=acquisition,
        n_initial_points=0 if initial_points_are_through and points else len(points) + 1,
        random_state=seed,
        model_queue_size=1,
    )
    if points:
        optimizer.tell([list(point) for point in points], list(losses))
    return optimizer


def _told(study: Study, *, with_lies: bool) -> tuple[list[int], list[float]]:
    """Return the numbers of the trials that the surrogate hears of, and the loss that it hears for each."""
    objective = study.fingerprint.objective
    known = {trial.number: loss for trial in study.scored if (loss := trial.loss(objective)) is not None}
    if not known:
        return [], []
    worst, best = max(known.values()), min(known.values())
    known |= {trial.number: worst for trial in study.with_status(Status.FAILED)}
    if with_lies:
        known |= {trial.number: best for trial in study.with_status(Status.RUNNING)}
    numbers = sorted(known)
    return numbers, [known[number] for number in numbers]


def _ranked_points(optimizer: "Optimizer | None", fingerprint: Fingerprint, seed: int) -> Iterator[Sequence[Any]]:
    """Yield points worth trying, the best first: every point of a small finite space is among them."""
    if optimizer is not None and optimizer.models:
        yield optimizer.ask()
    candidates = _candidates(fingerprint.space, seed)
    if optimizer is None or not optimizer.models:
        yield from candidates
        return
    utility = _utility(fingerprint.acquisition)(
        optimizer.space.transform(candidates), optimizer.models[-1], np.min(optimizer.yi)
    )
    for index in np.argsort(-utility, kind="stable"):
        yield candidates[index]


def _candidates(space: Space, seed: int) -> list[list[Any]]:
    """Return points in random order: all of a small finite space, or random ones."""
    from skopt.space import Space as SkoptSpace

    if space.size is not None and space.size <= _CANDIDATES:
        points = [list(point) for point in itertools.product(*map(_all_values, space.dimensions))]
        return [points[index] for index in np.random.default_rng(seed).permutation(len(points))]
    drawn: list[list[Any]] = SkoptSpace([_skopt_dimension(each) for each in space.dimensions]).rvs(
        n_samples=_CANDIDATES, random_state=seed
    )
    return drawn


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


def _skopt_dimension(dimension: Dimension) -> Any:
    from skopt import space

    match dimension:
        case Real():
            return space.Real(dimension.low, dimension.high, prior=dimension.prior, name=dimension.name)
        case Integer():
            return space.Integer(dimension.low, dimension.high, prior=dimension.prior, name=dimension.name)
        case Categorical():
            return space.Categorical(dimension.categories, name=dimension.name)


def _plain(value: Any) -> Value:
    """Return a NumPy scalar, which is what scikit-optimize hands out, as a Python one."""
    plain: Value = value.item() if isinstance(value, np.generic) else value
    return plain


def _key(study: Study, params: Params) -> tuple[Value, ...]:
    return tuple(study.fingerprint.space.values(params))
