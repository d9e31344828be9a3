"""Where every random choice comes from: a number for each purpose, and nothing that ran before."""

from enum import IntEnum

import numpy as np


class Purpose(IntEnum):
    """What a random number is for. The values are part of the format: changing one changes every search."""

    PROPOSAL = 1
    INITIAL_WEIGHTS = 2
    ORDER_OF_IMAGES = 3
    DESIGN = 4
    DATA = 5  # what a problem draws while it loads them
    VALIDATION_SHARE = 6
    BATCH = 7
    BEGINNING_OF_EPOCH = 8
    END_OF_EPOCH = 9
    EPOCH_OF_FUNCTION = 10


def seed_for(seed: int, trial: int, epoch: int, purpose: Purpose, batch: int | None = None) -> int:
    """Return a 32-bit seed for one purpose in one epoch, or one batch, of one trial of the search with `seed`."""
    numbers = [seed, trial, epoch, purpose] if batch is None else [seed, trial, epoch, purpose, batch]
    return int(np.random.SeedSequence(numbers).generate_state(1)[0])
