"""Examples of data that come in batches, as arrays that can be looked at."""

import time
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from job.data import Data, Part
from job.data.arrays import leaves, mapped
from job.data.batched import is_in_memory
from job.training import Setup
from job.training.batches import evaluation_batches
from job.training.check.attempt import NUMBER
from job.training.feeding import batches_of

# More would take long to make, and are not needed to see what is wrong.
_MOST_BATCHES = 50
_MOST_SECONDS = 1.0


def in_arrays(data: Data, setup: Setup) -> Data:
    """Return `data` with what is in batches as arrays of the first of them, where that is possible."""
    train = data.train
    if not is_in_memory(train):
        train = _joined(batches_of(train, setup.batch_size, setup.seeds_of(NUMBER)).epoch(0), train)
    return replace(data, train=train, validation=_held_out(data.validation), test=_held_out(data.test))


def _held_out(part: Part | None) -> Part | None:
    return part if part is None or is_in_memory(part) else _joined(evaluation_batches(part), part)


def _joined(batches: Iterable[Any], part: Part) -> Part:
    """Return the first batches as one; `part` where they are not of plain arrays, or of no common shape."""
    taken, until = [], time.monotonic() + _MOST_SECONDS
    for batch in batches:
        taken.append(batch)
        if len(taken) == _MOST_BATCHES or time.monotonic() > until:
            break
    try:
        places = [dict(leaves(mapped(lambda each, _: np.asarray(each), tuple(batch)), "")) for batch in taken]
        return mapped(lambda _, place: np.concatenate([each[place] for each in places]), tuple(taken[0]))
    except (TypeError, ValueError):  # as of ragged tensors, or texts of several lengths
        return part
