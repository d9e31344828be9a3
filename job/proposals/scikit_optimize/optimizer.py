"""Scikit-optimize's optimizer, told the trials of a study.

A failed trial counts as the worst score seen, and one that still runs as the best ("constant liar", Ginsbourger,
Le Riche and Carraro 2010, section 4), so that trials at the same time differ. One that has stopped at a rung counts as
the score that it is thought to end with, as if that were sure: scikit-optimize takes no noise of single scores.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from job.core.fingerprint import ADDITIVE_GP, NO_SURROGATE
from job.core.known import Known
from job.core.randomness import Purpose, seed_for
from job.core.space import Categorical, Dimension, Ordinal, Space, Value
from job.core.trial import Status
from job.proposals.one_thread import on_one_thread
from job.proposals.scikit_optimize.flat import flattened, skopt_dimension
from job.proposals.told import told

if TYPE_CHECKING:
    from skopt import Optimizer


# What an optimizer is given that is not to look for the next point, which takes as long as to fit the model.
_WITHOUT_ASKING = {"acq_optimizer": "sampling", "acq_optimizer_kwargs": {"n_points": 1}}
# Its model beside a surrogate that it does not know: of a search without one, a model that is not fitted, since the
# "dummy" of scikit-optimize does not go with this scikit-learn.
_MODELS = {ADDITIVE_GP: "GP", NO_SURROGATE: "ET"}


@dataclass(frozen=True, kw_only=True)
class _Knowledge:
    """What an optimizer is made of and told: equal ones give equal optimizers."""

    space: Space
    model: str
    acquisition: str
    written_space: str  # since spaces of the categories 1, 1.0 and True are equal
    initial_points_are_through: bool
    seed: int
    points: tuple[tuple[Value, ...], ...]  # as scikit-optimize is told them
    losses: tuple[float, ...]


def fitted(study: Known, *, with_lies: bool) -> "Optimizer":
    """Return an optimizer that has been told the trials, with a fitted model once the initial points are through.

    Without lies it is that of the study before its running trials were proposed.
    """
    return _fit(_knowledge(study, with_lies=with_lies))


def unfitted(study: Known) -> "Optimizer":
    """Return what `fitted` does without lies, before the model is fitted: at a fraction of the cost."""
    return _optimizer(_knowledge(study, with_lies=False), fit=False)


def _knowledge(study: Known, *, with_lies: bool) -> _Knowledge:
    fingerprint, running = study.fingerprint, 0 if with_lies else len(study.with_status(Status.RUNNING))
    number = len(study.trials) - running + 1
    numbers, losses = told(study, with_lies=with_lies)
    return _Knowledge(
        space=fingerprint.space,
        model=_MODELS.get(fingerprint.surrogate, fingerprint.surrogate),
        acquisition=fingerprint.acquisition,
        written_space=repr(fingerprint.space),
        initial_points_are_through=fingerprint.asks_surrogate(number),
        seed=seed_for(fingerprint.seed, number, 0, Purpose.PROPOSAL),
        points=tuple(tuple(flattened(fingerprint.space, study.trial(each).params)) for each in numbers),
        losses=tuple(losses),
    )


def is_plain(space: Space) -> bool:
    """Tell whether scikit-optimize knows all of a space, so that it can be asked for the next point.

    It has no conditions, no steps and no order of categories.
    """
    return not space.is_conditional and all(_is_plain(each) for each in space.dimensions)


def _is_plain(dimension: Dimension) -> bool:
    return not isinstance(dimension, Ordinal) if isinstance(dimension, Categorical) else dimension.step is None


@lru_cache(maxsize=1)  # the result and the report are made from the fit that the next trial was proposed from
def _fit(known: _Knowledge) -> "Optimizer":
    return _optimizer(known, fit=True)


def _optimizer(known: _Knowledge, *, fit: bool) -> "Optimizer":
    from skopt import Optimizer

    points = [list(point) for point in known.points]
    optimizer = Optimizer(
        [skopt_dimension(each) for each in known.space.dimensions],
        base_estimator=known.model,
        acq_func=known.acquisition,
        n_initial_points=0 if known.initial_points_are_through and points else len(points) + 1,
        random_state=known.seed,
        model_queue_size=1,
        **({} if is_plain(known.space) else _WITHOUT_ASKING),
    )
    if points:
        optimizer.tell(points, list(known.losses), fit=fit)
    return optimizer


@contextmanager
def quietly() -> Iterator[None]:
    """Fit on one thread, and mute warnings."""
    import sklearn.gaussian_process  # noqa: F401  (brings the linear algebra of SciPy, which is to be limited)

    with muted(), on_one_thread():
        yield


@contextmanager
def muted() -> Iterator[None]:
    """Mute warnings: to look for the libraries that are to be on one thread takes longer than many a prediction.

    They are scikit-learn's on kernels at the edge of their bounds, and NumPy's and SciPy's on changes to come: nothing
    that the user can do something about.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
