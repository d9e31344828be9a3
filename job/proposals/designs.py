"""Points that no surrogate is asked for, all over a space."""

from collections.abc import Iterator

import numpy as np

from job.core.space import Params, Space
from job.proposals.draws import points_at

_AT_ONCE, _MOST = 64, 10_000  # points that are drawn at a time, and in all


def sobol_points(space: Space, seed: int, fixed: Params) -> Iterator[Params]:
    """Yield the points of a scrambled Sobol sequence with the `fixed` values: with the same seed always the same."""
    from scipy.stats.qmc import Sobol

    sequence = Sobol(len(space.dimensions), rng=np.random.default_rng(seed))
    for _ in range(0, _MOST, _AT_ONCE):
        yield from points_at(space, sequence.random(_AT_ONCE).T, fixed)
