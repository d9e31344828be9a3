"""The surrogate of a search as a function that can be asked, and fitted again without some of the trials."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from job.core.known import Known
from job.core.objective import Objective
from job.core.space import Params, Space, Value
from job.proposals.scikit_optimize.flat import flattened
from job.proposals.scikit_optimize.optimizer import fitted, quietly
from job.proposals.told import told

Floats = NDArray[np.float64]

# How many points are predicted at a time, which bounds the memory: with 200 trials a batch takes a few megabytes.
_BATCH = 1024
_AFTERWARDS = "GP"  # fitted to tell what matters, where proposals come from no surrogate


@dataclass(frozen=True, kw_only=True, eq=False)
class FittedSurrogate:
    """A regression of the objective over `space`, fitted to `points`, each with its loss.

    `numbers` are the trials of these points. `encoder` turns points as scikit-optimize is told them into the numbers
    that `model`, a regressor of scikit-learn, was fitted to.
    """

    space: Space
    objective: Objective
    numbers: tuple[int, ...]
    points: tuple[Params, ...]
    losses: tuple[float, ...]
    model: Any
    encoder: Callable[[list[list[Value]]], Floats]

    @property
    def values(self) -> Floats:
        """The objective at each of `points`, in natural units."""
        return self.objective.sign * np.array(self.losses)

    def predict(self, points: Sequence[Params]) -> tuple[Floats, Floats]:
        """Return mean and standard deviation of the objective at each point, in its natural units."""
        encoded = self.encode(points)
        mean, std = np.empty(len(points)), np.empty(len(points))
        with quietly():
            for batch in _batches(len(points)):
                mean[batch], std[batch] = _mean_and_std(self.model, encoded[batch])
        return self.objective.sign * mean, std

    def predict_mean(self, encoded: Floats) -> Floats:
        """Return what `predict` does of the mean, at points that `encode` has encoded, at a fraction of the cost."""
        mean = np.empty(len(encoded))
        with quietly():
            for batch in _batches(len(encoded)):
                mean[batch] = self.model.predict(encoded[batch])
        return self.objective.sign * mean

    def encode(self, points: Sequence[Params]) -> Floats:
        """Return the points as the model takes them, one a row; another fit to the same space takes the same."""
        if not points:
            return np.empty((0, 0))
        with quietly():
            return self.encoder([flattened(self.space, point) for point in points])

    def without(self, places: Collection[int]) -> "FittedSurrogate":
        """Return the surrogate fitted anew, its hyper-parameters too, to all points but those at `places`.

        A kernel's hyper-parameters are sought from their default values alone, not from random ones as well.
        """
        from sklearn.base import clone

        kept = [place for place in range(len(self.points)) if place not in places]
        points, losses = tuple(self.points[place] for place in kept), tuple(self.losses[place] for place in kept)
        model = clone(self.model)
        if "n_restarts_optimizer" in model.get_params(deep=False):
            model.set_params(n_restarts_optimizer=0)
        encoded = self.encode(points)
        with quietly():
            model.fit(encoded, losses)
        return replace(
            self, numbers=tuple(self.numbers[place] for place in kept), points=points, losses=losses, model=model
        )


def fit_surrogate(study: Known) -> FittedSurrogate | None:
    """Return the surrogate that the next proposal is made with, but for the lies; None with fewer than two scores.

    Before the initial points are through, when proposals need none yet, it is fitted to what there is. Of a search
    without a surrogate it is a Gaussian process.
    """
    from sklearn.base import clone

    if len(study.scored) < 2:
        return None
    if not study.fingerprint.has_surrogate:
        study = replace(study, fingerprint=replace(study.fingerprint, surrogate=_AFTERWARDS))
    numbers, losses = told(study, with_lies=False)
    with quietly():
        optimizer = fitted(study, with_lies=False)
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


def _batches(count: int) -> Iterator[slice]:
    return (slice(start, min(start + _BATCH, count)) for start in range(0, count, _BATCH))


def _mean_and_std(model: Any, encoded: Floats) -> tuple[Floats, Floats]:
    from sklearn.gaussian_process import GaussianProcessRegressor

    if isinstance(model, GaussianProcessRegressor):
        # Scikit-optimize's own form of it says the same, in several times the time.
        mean, std = GaussianProcessRegressor.predict(model, encoded, return_std=True)
    else:
        mean, std = model.predict(encoded, return_std=True)
    return mean, std
