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
from job.proposals.additive_gp.model import Model, fit_model
from job.proposals.draws import Floats
from job.proposals.one_thread import on_one_thread
from job.proposals.told import failures, heard, told


@dataclass(frozen=True, kw_only=True, eq=False)
class AdditiveRegressor:
    """A model that is fitted to `rows` of points with their `losses`, of which some `have_failed`.

    A loss that is predicted has a standard deviation, and all others 0 in `deviations`.
    """

    encoder: Encoder
    rows: Floats
    losses: Floats
    deviations: Floats
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
        kept = list(places)
        losses, deviations = self.losses[kept], self.deviations[kept]
        return fitted(self.encoder, self.rows[kept], losses, deviations, self.have_failed[kept], self.seed)


def fit_regressor(study: Known) -> AdditiveRegressor:
    """Return the regression that the next proposal is made with, but for what is pending; one score there must be."""
    encoder = Encoder(Coordinates(study.fingerprint.space))
    numbers, losses = told(study, with_lies=False)
    rows = encoder.points.rows([study.trial(number).params for number in numbers])
    known = {each.trial.number: each.deviation for each in heard(study)}
    deviations = np.array([known.get(number, 0.0) for number in numbers])
    have_failed = np.isin(numbers, [trial.number for trial in failures(study)])
    return fitted(encoder, rows, np.array(losses), deviations, have_failed, seed_of(study))


def fitted(
    encoder: Encoder, rows: Floats, losses: Floats, deviations: Floats, have_failed: NDArray[np.bool_], seed: int
) -> AdditiveRegressor:
    """Return the regression of losses at rows; those that have failed are told by the worst of them, if any has not."""
    scored = ~have_failed if not have_failed.all() else have_failed
    with on_one_thread():
        model = fit_model(
            encoder,
            scored=rows[scored],
            losses=losses[scored],
            deviations=deviations[scored],
            failed=rows[~scored],
            seed=seed,
        )
    return AdditiveRegressor(
        encoder=encoder,
        rows=rows,
        losses=losses,
        deviations=deviations,
        have_failed=have_failed,
        seed=seed,
        model=model,
    )
