"""What the additive Gaussian process expects of a point."""

import numpy as np

from job.core.expectation import Expectation
from job.core.known import Known
from job.core.space import Params
from job.proposals.additive_gp.acquisition import ACQUISITIONS
from job.proposals.additive_gp.coordinates import Coordinates
from job.proposals.additive_gp.encoding import Encoder
from job.proposals.additive_gp.fit import model_of
from job.proposals.one_thread import on_one_thread


def model_expectation(study: Known, params: Params) -> Expectation | None:
    """Return what the model that a point is chosen with predicts of it; None where all scores are the same.

    The score is the one in the middle of what it may be, and the deviation that of the score with its noise.
    """
    encoder = Encoder(Coordinates(study.fingerprint.space))
    with on_one_thread():
        model = model_of(study)
        if not model.warping.warped.any():
            return None
        point = encoder.encode(encoder.points.rows([params]))
        loss, deviation = model.loss_and_deviation(point, with_noise=True)
        improvement, chance = (np.exp(model.utility(point, ACQUISITIONS[name])) for name in ("EI", "PI"))
    return Expectation(
        score=study.fingerprint.objective.value(float(loss[0])),
        deviation=float(deviation[0]),
        improvement=float(improvement[0]) * model.warping.unit,
        chance=float(chance[0]),
    ).rounded()
