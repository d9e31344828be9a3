"""The model of a study: what it is told, and how."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from job.core.known import Known
from job.core.randomness import Purpose, seed_for
from job.core.space import Space
from job.proposals.additive_gp.coordinates import Coordinates
from job.proposals.additive_gp.encoding import Encoder
from job.proposals.additive_gp.model import Model, Scores, fit_model
from job.proposals.draws import Floats
from job.proposals.told import failures, heard, repeats


@dataclass(frozen=True, kw_only=True)
class _Knowledge:
    """What a model is told, rows and losses as their bytes: equal ones give equal models."""

    space: Space
    written_space: str  # since spaces of the categories 1, 1.0 and True are equal
    scored: bytes
    losses: bytes
    deviations: bytes
    repeats: int  # the last ones of what is scored
    failed: bytes
    pending: bytes
    seed: int


def model_of(study: Known) -> Model:
    """Return the model that the next point is chosen with; one score there must be.

    It is fitted to the trials that have ended or stopped at a rung and to the replicates that have completed, and given
    the trials that have begun and not ended.
    """
    space, again = study.fingerprint.space, repeats(study)
    points, known = Coordinates(space), (*heard(study), *again)
    scored, failed, pending = (
        points.rows([trial.params for trial in trials]).tobytes()
        for trials in ([each.trial for each in known], failures(study), study.in_hand)
    )
    return _model(
        _Knowledge(
            space=space,
            written_space=repr(space),
            scored=scored,
            losses=np.array([each.loss for each in known]).tobytes(),
            deviations=np.array([each.deviation for each in known]).tobytes(),
            repeats=len(again),
            failed=failed,
            pending=pending,
            seed=seed_of(study),
        )
    )


def seed_of(study: Known) -> int:
    """Return what the next proposal is seeded with."""
    return seed_for(study.fingerprint.seed, len(study.trials) + 1, 0, Purpose.PROPOSAL)


@lru_cache(maxsize=1)  # what is expected of a point is asked right after it was proposed
def _model(known: _Knowledge) -> Model:
    encoder = Encoder(Coordinates(known.space))
    scored, failed, pending = (_rows(each, encoder.points) for each in (known.scored, known.failed, known.pending))
    scores = Scores(scored, np.frombuffer(known.losses), np.frombuffer(known.deviations), known.repeats)
    model = fit_model(encoder, scores=scores, failed=failed, seed=known.seed)
    return model.given_pending(encoder.encode(pending), known.seed)


def _rows(data: bytes, points: Coordinates) -> Floats:
    return np.frombuffer(data).reshape(-1, len(points.axes))
