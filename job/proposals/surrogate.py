"""The surrogate of a search as a function that can be asked, and fitted again without some of the trials."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from job.core.fingerprint import ADDITIVE_GP
from job.core.known import Known
from job.core.objective import Objective
from job.core.space import Params, Space
from job.proposals.additive_gp import regression as additive_gp
from job.proposals.draws import Floats
from job.proposals.one_thread import on_one_thread
from job.proposals.scikit_optimize import regression as scikit_optimize
from job.proposals.told import is_telling, told

# How many points are predicted at a time, which bounds the memory: with 200 trials a batch takes a few megabytes.
_BATCH = 1024


class Regressor(Protocol):
    """A regression of losses over a space, which is asked on one thread."""

    def encode(self, points: Sequence[Params]) -> Floats:
        """Return points as the regression takes them, one a row."""
        ...

    def mean(self, encoded: Floats) -> Floats:
        """Return the loss that is expected at each of some encoded points."""
        ...

    def mean_and_deviation(self, encoded: Floats) -> tuple[Floats, Floats]:
        """Return the same, and the standard deviation of each."""
        ...

    def fitted_to(self, places: Sequence[int]) -> "Regressor":
        """Return the regression fitted anew, its hyper-parameters too, to those alone of its points at `places`."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class FittedSurrogate:
    """A regression of the objective over `space`, fitted to `points`, each with its loss.

    `numbers` are the trials of these points: those of replicates come last, each that of the trial trained again.
    """

    space: Space
    objective: Objective
    numbers: tuple[int, ...]
    points: tuple[Params, ...]
    losses: tuple[float, ...]
    regressor: Regressor

    @property
    def values(self) -> Floats:
        """The objective at each of `points`, in natural units."""
        return self.objective.sign * np.array(self.losses)

    def predict(self, points: Sequence[Params]) -> tuple[Floats, Floats]:
        """Return mean and standard deviation of the objective at each point, in its natural units."""
        encoded = self.encode(points)
        mean, deviation = np.empty(len(points)), np.empty(len(points))
        with on_one_thread():
            for batch in _batches(len(points)):
                mean[batch], deviation[batch] = self.regressor.mean_and_deviation(encoded[batch])
        return self.objective.sign * mean, deviation

    def predict_mean(self, encoded: Floats) -> Floats:
        """Return what `predict` does of the mean, at points that `encode` has encoded, at a fraction of the cost."""
        mean = np.empty(len(encoded))
        with on_one_thread():
            for batch in _batches(len(encoded)):
                mean[batch] = self.regressor.mean(encoded[batch])
        return self.objective.sign * mean

    def encode(self, points: Sequence[Params]) -> Floats:
        """Return the points as the regression takes them, one a row; another fit to the same space takes the same."""
        return self.regressor.encode(points) if points else np.empty((0, 0))

    def without(self, places: Collection[int]) -> "FittedSurrogate":
        """Return the surrogate fitted anew, its hyper-parameters too, to all points but those at `places`."""
        kept = [place for place in range(len(self.points)) if place not in places]
        return replace(
            self,
            numbers=tuple(self.numbers[place] for place in kept),
            points=tuple(self.points[place] for place in kept),
            losses=tuple(self.losses[place] for place in kept),
            regressor=self.regressor.fitted_to(kept),
        )


def fit_surrogate(study: Known) -> FittedSurrogate | None:
    """Return the surrogate that the next proposal is made with, but for what is pending; None with fewer than two
    scores, or a space of one point.

    Before the initial points are through, when proposals need none yet, it is fitted to what there is. Of a search
    without a surrogate it is the one that a search has by default.
    """
    if not is_telling(study):
        return None
    fingerprint = study.fingerprint
    if not fingerprint.has_surrogate:
        study = replace(study, fingerprint=replace(fingerprint, surrogate=ADDITIVE_GP))
    numbers, losses = told(study, with_lies=False)
    trials = [study.trial(number) for number in numbers]
    return FittedSurrogate(
        space=fingerprint.space,
        objective=fingerprint.objective,
        numbers=tuple(each.of or each.number for each in trials),
        points=tuple(each.params for each in trials),
        losses=tuple(losses),
        regressor=_regressor(study),
    )


def _regressor(study: Known) -> Regressor:
    if study.fingerprint.surrogate == ADDITIVE_GP:
        return additive_gp.fit_regressor(study)
    return scikit_optimize.fit_regressor(study)


def _batches(count: int) -> Iterator[slice]:
    return (slice(start, min(start + _BATCH, count)) for start in range(0, count, _BATCH))
