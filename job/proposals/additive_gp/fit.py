"""The model of a study: what it is told, and how."""

import numpy as np

from job.core.known import Known
from job.core.randomness import Purpose, seed_for
from job.proposals.additive_gp.encoding import Encoder
from job.proposals.additive_gp.model import Model, fit_model
from job.proposals.told import failures


def model_of(study: Known, encoder: Encoder) -> Model:
    """Return the model that is fitted to the trials of a study that have ended; one score there must be."""
    points, objective = encoder.points, study.fingerprint.objective
    return fit_model(
        encoder,
        scored=points.rows([trial.params for trial in study.scored]),
        losses=np.array([trial.loss(objective) for trial in study.scored], dtype=float),
        failed=points.rows([trial.params for trial in failures(study)]),
        seed=seed_of(study),
    )


def model_with_pending(study: Known, encoder: Encoder) -> Model:
    """Return the same, beside the trials that have begun and not ended: what the next point is chosen with."""
    pending = encoder.points.rows([trial.params for trial in study.in_hand])
    return model_of(study, encoder).given_pending(encoder.encode(pending), seed_of(study))


def seed_of(study: Known) -> int:
    """Return what the next proposal is seeded with."""
    return seed_for(study.fingerprint.seed, len(study.trials) + 1, 0, Purpose.PROPOSAL)
