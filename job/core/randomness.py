"""Where every random choice comes from: a number for each purpose, and nothing that ran before."""

from dataclasses import dataclass
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


@dataclass(frozen=True)
class Seeds:
    """The seeds of all that is drawn while a trial is trained, or a replicate of one.

    A replicate has the same ones whatever trial it is of, so that points are compared under the same random numbers.
    """

    seed: int  # of the search
    trial: int  # from 1
    replicate: int = 0  # from 1; 0: the trial itself

    def at(self, epoch: int, purpose: Purpose, batch: int | None = None) -> int:
        """Return a 32-bit seed for one purpose in one epoch, or in one batch of it."""
        # What all trials share is of trial 0 too, and of one number less for the same purpose.
        of_trial, of_replicate = (0, (self.replicate,)) if self.replicate else (self.trial, ())
        of_batch = () if batch is None else (batch,)
        return seed_for(self.seed, of_trial, epoch, purpose, *of_replicate, *of_batch)


def seed_for(seed: int, trial: int, epoch: int, purpose: Purpose, *within: int) -> int:
    """Return a 32-bit seed for one purpose in one epoch of one trial of the search with `seed`.

    Trial 0 is none, and has what all trials share. `within` the epoch a batch has its number.
    """
    return int(np.random.SeedSequence([seed, trial, epoch, purpose, *within]).generate_state(1)[0])
