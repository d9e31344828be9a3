"""Which examples are held out where data come in one piece."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_SEED = 0  # not the search's: all searches share one split


def held_out(labels: NDArray[np.int64], shares: Sequence[float]) -> list[NDArray[np.int64]]:
    """Return the places of the examples of each share, ascending, and at last of all the others.

    Of each class it is the same share, rounded, and one example at least.
    """
    parts: list[list[NDArray[np.int64]]] = [[] for _ in (*shares, None)]
    for label in np.unique(labels):
        places = np.flatnonzero(labels == label)
        places = np.random.default_rng([_SEED, int(label)]).permutation(places)
        counts = [max(round(share * len(places)), 1) for share in shares]
        for part, chosen in zip(parts, np.split(places, np.cumsum(counts)), strict=True):
            part.append(chosen)
    return [np.sort(np.concatenate(part)) for part in parts]
