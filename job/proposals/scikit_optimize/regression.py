"""Scikit-optimize's model as a regression of losses."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from job.core.known import Known
from job.core.space import Params, Space
from job.proposals.draws import Floats
from job.proposals.scikit_optimize.flat import flattened
from job.proposals.scikit_optimize.optimizer import fitted, muted, quietly


@dataclass(frozen=True, kw_only=True, eq=False)
class SkoptRegressor:
    """A regressor of scikit-learn, `model`, that is fitted to `losses` of `encoded` points.

    `encoder` is the space of scikit-optimize, which turns points as it is told them into numbers.
    """

    space: Space
    encoder: Any
    model: Any
    encoded: Floats
    losses: Sequence[float]

    def encode(self, points: Sequence[Params]) -> Floats:
        with muted():
            encoded: Floats = self.encoder.transform([flattened(self.space, point) for point in points])
        return encoded

    def mean(self, encoded: Floats) -> Floats:
        with muted():
            mean: Floats = self.model.predict(encoded)
        return mean

    def mean_and_deviation(self, encoded: Floats) -> tuple[Floats, Floats]:
        from sklearn.gaussian_process import GaussianProcessRegressor

        # Scikit-optimize's own form of it says the same, in several times the time.
        is_process = isinstance(self.model, GaussianProcessRegressor)
        predict = GaussianProcessRegressor.predict if is_process else type(self.model).predict
        with muted():
            mean, deviation = predict(self.model, encoded, return_std=True)
        return mean, deviation

    def fitted_to(self, places: Sequence[int]) -> "SkoptRegressor":
        """Do so; a kernel's hyper-parameters are sought from their default values alone, not from random ones too."""
        from sklearn.base import clone

        encoded, losses = self.encoded[list(places)], [self.losses[place] for place in places]
        model = clone(self.model)
        if "n_restarts_optimizer" in model.get_params(deep=False):
            model.set_params(n_restarts_optimizer=0)
        with quietly():
            model.fit(encoded, losses)
        return replace(self, model=model, encoded=encoded, losses=losses)


def fit_regressor(study: Known) -> SkoptRegressor:
    """Return the regression that the next proposal is made with, but for the lies; two scores there must be."""
    from sklearn.base import clone

    with quietly():
        optimizer = fitted(study, with_lies=False)
        encoder, losses = optimizer.space, list(optimizer.yi)
        encoded = encoder.transform(optimizer.Xi)
        models = optimizer.models or [clone(optimizer.base_estimator_).fit(encoded, losses)]
    return SkoptRegressor(
        space=study.fingerprint.space, encoder=encoder, model=models[-1], encoded=encoded, losses=losses
    )
