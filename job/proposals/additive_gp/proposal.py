"""The point that is most worth trying next."""

import numpy as np
from numpy.random import RandomState

from job.core.known import Known
from job.core.space import Params
from job.proposals.additive_gp.acquisition import ACQUISITIONS
from job.proposals.additive_gp.coordinates import Coordinates
from job.proposals.additive_gp.encoding import Encoder
from job.proposals.additive_gp.fit import model_of, seed_of
from job.proposals.additive_gp.search import PARENTS, Search, leaders
from job.proposals.draws import Floats
from job.proposals.told import heard

# More than what points differ in by an acquisition function: what is worth so much less comes last.
_LAST = 1e9


def best_point(study: Known, fixed: Params) -> Params | None:
    """Return the untried point with the `fixed` values that is most worth trying; None where there is none.

    There must be one score. A point that is nearly another one, so that it can teach nothing but noise, comes after all
    those that are not.
    """
    encoder = Encoder(Coordinates(study.fingerprint.space, tuple(fixed.items())))
    points, model = encoder.points, model_of(study)
    acquisition = ACQUISITIONS[study.fingerprint.acquisition]

    def worth(rows: Floats) -> Floats:
        encoded = encoder.encode(rows)
        return model.utility(encoded, acquisition) - np.where(model.are_repeats(encoded), _LAST, 0.0)

    known = points.rows([each.trial.params for each in heard(study)])
    good = known[leaders(model.mean(encoder.encode(known)), PARENTS)]
    tried = points.rows([trial.params for trial in study.trials])
    row = Search(points=points, tried=tried, chance=RandomState(seed_of(study))).highest(worth, good)
    return None if row is None else points.point(row)
