"""Points that no surrogate is asked for, all over a space."""

from collections.abc import Iterator

import numpy as np

from job.core.fingerprint import Fingerprint
from job.core.randomness import Purpose, seed_for
from job.core.space import Params, Space
from job.proposals.draws import points_at

SOBOL = "sobol"
_AT_ONCE, _MOST = 64, 10_000  # points that are drawn at a time, and in all


def design_points(fingerprint: Fingerprint, number: int, fixed: Params) -> Iterator[Params]:
    """Yield points for trial `number` with the `fixed` values, the first of the design first.

    Every one of a small finite space is among them.
    """
    if fingerprint.design == SOBOL:
        yield from sobol_points(fingerprint.space, seed_for(fingerprint.seed, 0, 0, Purpose.DESIGN), fixed)
    yield from random_points(fingerprint.space, seed_for(fingerprint.seed, number, 0, Purpose.PROPOSAL), fixed)


def random_points(space: Space, seed: int, fixed: Params) -> Iterator[Params]:
    """Yield points with the `fixed` values that are drawn by the priors, and then each of those of a small space."""
    generator = np.random.default_rng(seed)
    for _ in range(0, _MOST, _AT_ONCE):
        yield from points_at(space, generator.random((len(space.dimensions), _AT_ONCE)), fixed)
    if space.size is not None and space.size <= _MOST:
        yield from space.points(fixed)


def sobol_points(space: Space, seed: int, fixed: Params) -> Iterator[Params]:
    """Yield the points of a scrambled Sobol sequence with the `fixed` values: with the same seed always the same."""
    from scipy.stats.qmc import Sobol

    sequence = Sobol(len(space.dimensions), rng=np.random.default_rng(seed))
    for _ in range(0, _MOST, _AT_ONCE):
        yield from points_at(space, sequence.random(_AT_ONCE).T, fixed)
