"""A space with every kind of dimension, and models of a few points."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.random import RandomState

from job.core.space import Categorical, Integer, Ordinal, Params, Real, Space
from job.proposals.additive_gp.coordinates import Coordinates
from job.proposals.additive_gp.encoding import Encoded, Encoder
from job.proposals.additive_gp.model import Model, Scores, fit_model
from job.proposals.draws import Floats

MIXED = Space(
    (
        Real("rate", 1e-5, 1e-1, "log-uniform"),
        Categorical("optimizer", ("adam", "sgd", "rmsprop")),
        Real("momentum", 0.0, 0.99, when={"optimizer": ["sgd", "rmsprop"]}),
        Categorical("nesterov", (True, False), when={"optimizer": ["sgd"]}),
        Integer("units", 1, 512, "log-uniform"),
        Ordinal("size", ("small", "medium", "large")),
        Real("dropout", 0.0, 0.5, step=0.1),
    )
)
LINE = Space((Real("x", 0.0, 1.0),))


def drawn_rows(points: Coordinates, count: int, seed: int = 0) -> Floats:
    """Return the rows of points that are drawn from the prior."""
    return points.possible(points.codes_at(RandomState(seed).random_sample((count, len(points.axes)))))


def encoded_on(space: Space, points: Sequence[Params]) -> Encoded:
    encoder = Encoder(Coordinates(space))
    return encoder.encode(encoder.points.rows(points))


def on_line(*xs: float) -> Encoded:
    return encoded_on(LINE, [{"x": x} for x in xs])


def model_on_line(
    scores: dict[float, float] | Sequence[tuple[float, float]],
    *,
    failed: Sequence[float] = (),
    deviations: Mapping[float, float] | None = None,
) -> Model:
    """Return the model of losses at places of a line, some of which have failed, and some are not sure."""
    encoder, pairs = Encoder(Coordinates(LINE)), list(scores.items()) if isinstance(scores, dict) else list(scores)
    rows = encoder.points.rows([{"x": x} for x, _ in pairs])
    return fit_model(
        encoder,
        scores=Scores(
            rows,
            np.array([loss for _, loss in pairs]),
            np.array([(deviations or {}).get(x, 0.0) for x, _ in pairs]),
        ),
        failed=encoder.points.rows([{"x": x} for x in failed]),
        seed=0,
    )
