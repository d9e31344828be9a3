"""The additive Gaussian process as a regression of losses."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from job.core.known import Known
from job.core.space import Params
from job.proposals.additive_gp.coordinates import Coordinates
from job.proposals.additive_gp.encoding import Encoded, Encoder
from job.proposals.additive_gp.fit import seed_of
from job.proposals.additive_gp.model import Model, Scores, fit_model
from job.proposals.draws import Floats
from job.proposals.one_thread import on_one_thread
from job.proposals.told import failures, heard, repeats, told


@dataclass(frozen=True, kw_only=True, eq=False)
class AdditiveRegressor:
    """A model that is fitted to scores, of whose points some `have_failed`."""

    encoder: Encoder
    scores: Scores
    have_failed: NDArray[np.bool_]
    seed: int
    model: Model

    def encode(self, points: Sequence[Params]) -> Floats:
        """Return coordinates and features of each point, side by side."""
        encoded = self.encoder.encode(self.encoder.points.rows(points))
        return np.hstack([encoded.coordinates, encoded.features])

    def mean(self, encoded: Floats) -> Floats:
        return self.model.loss(self._encoded(encoded))

    def mean_and_deviation(self, encoded: Floats) -> tuple[Floats, Floats]:
        return self.model.loss_and_deviation(self._encoded(encoded))

    def _encoded(self, columns: Floats) -> Encoded:
        width = len(self.encoder.axis_of_coordinate)
        return Encoded(columns[:, :width], columns[:, width:])

    def fitted_to(self, places: Sequence[int]) -> "AdditiveRegressor":
        kept = np.array(places, dtype=np.intp)
        return _fitted(self.encoder, self.scores.at(kept), self.have_failed[kept], self.seed)


def fit_regressor(study: Known) -> AdditiveRegressor:
    """Return the regression that the next proposal is made with, but for what is pending; one score there must be."""
    encoder = Encoder(Coordinates(study.fingerprint.space))
    numbers, losses = told(study, with_lies=False)
    rows = encoder.points.rows([study.trial(number).params for number in numbers])
    known = {each.trial.number: each.deviation for each in heard(study)}
    deviations = np.array([known.get(number, 0.0) for number in numbers])
    have_failed = np.isin(numbers, [trial.number for trial in failures(study)])
    scores = Scores(rows, np.array(losses), deviations, len(repeats(study)))
    return _fitted(encoder, scores, have_failed, seed_of(study))


def _fitted(encoder: Encoder, scores: Scores, have_failed: NDArray[np.bool_], seed: int) -> AdditiveRegressor:
    """Return the regression of scores; points that have failed are told by the worst of them, if any has not."""
    scored = ~have_failed if not have_failed.all() else have_failed
    with on_one_thread():
        known, failed = scores.at(np.flatnonzero(scored)), scores.rows[~scored]
        model = fit_model(encoder, scores=known, failed=failed, seed=seed)
    return AdditiveRegressor(encoder=encoder, scores=scores, have_failed=have_failed, seed=seed, model=model)
