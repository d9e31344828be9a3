"""What more trials may bring: by how much the best one is expected to be beaten, at most."""

from dataclasses import dataclass

import numpy as np
from numpy.random import RandomState

from job.core.known import Known
from job.core.space import Params
from job.proposals.additive_gp.acquisition import ACQUISITIONS
from job.proposals.additive_gp.encoding import Encoded
from job.proposals.additive_gp.moves import around
from job.proposals.additive_gp.regression import AdditiveRegressor, fit_regressor
from job.proposals.additive_gp.search import leaders
from job.proposals.draws import Floats
from job.proposals.one_thread import on_one_thread
from job.statistics.replicates import Noise

_DRAWN, _LEADERS = 2000, 5  # points that are looked at: random ones, and those around the best
_PROMISING, _TRIED = 300, 20  # of these the ones most worth trying, and the best that were tried
_DRAWS = 32  # by each process of the model


@dataclass(frozen=True)
class Outlook:
    """By how much a point is expected to be beaten at most, and how much a score differs from one training to the next.

    Both are what the surrogate says, in the units of the loss; `noise` is a standard deviation.
    """

    most_gain: float
    noise: float

    def is_hardly_any(self, noise: Noise) -> bool:
        """Tell whether no more is to be gained than scores differ over seeds, by the `noise` that replicates tell.

        Where the surrogate takes more than that for noise, it does not see all that there is to be seen, and so not
        what may be gained either.
        """
        return self.most_gain <= noise.deviation and noise.may_be(self.noise)


def outlook_of(study: Known, best: Params, *, least_loss: float = -np.inf) -> Outlook:
    """Return what is to be expected of more trials than there are; two scores there must be.

    It is the expected value of perfect information (Howard 1966, "Information value theory"): how far the point `best`
    is above the least loss of all, on average over what the additive Gaussian process takes for possible. No trials
    tell more than that, so they are expected to gain less. No loss is below `least_loss`.
    """
    with on_one_thread():
        regressor = fit_regressor(study)
        losses = np.maximum(regressor.model.drawn_losses(_points(regressor, best), _DRAWS, RandomState(1)), least_loss)
        gain = float(np.mean(losses[:, 0] - losses.min(axis=1)))
    return Outlook(gain, float(np.sqrt(regressor.model.noise)) * regressor.model.warping.unit)


def _points(regressor: AdditiveRegressor, best: Params) -> Encoded:
    """Return the point `best`, and then those at which the loss may be least."""
    encoder, model, chance = regressor.encoder, regressor.model, RandomState(0)
    points, tried = encoder.points, regressor.scores.first.rows
    tried = tried[leaders(model.mean(encoder.encode(tried)), _TRIED)]
    drawn = points.possible(points.codes_at(chance.random_sample((_DRAWN, len(points.axes)))))
    rows = np.vstack([drawn, *(around(points, each, chance) for each in tried[:_LEADERS])])
    promising: Floats = rows[leaders(-model.utility(encoder.encode(rows), ACQUISITIONS["EI"]), _PROMISING)]
    return encoder.encode(np.vstack([points.rows([best]), tried, promising]))
