"""Functions of the epoch that give the examples of a part of the data."""

from collections.abc import Callable
from dataclasses import replace

from job.core.randomness import Purpose, seed_for
from job.data import Data, Part
from job.data.batched import is_function
from job.data.checks import checked_part
from job.errors import SettingsError
from job.problems.generators import drawn_by


def call_for_epoch(function: Callable[[int], Part], epoch: int, *, seed: int, name: str = "train") -> Part:
    """Return what a function of the epoch returns under the random numbers of `seed`; SettingsError if no examples."""
    with drawn_by(seed, of_tensorflow=True):
        part = function(epoch)
    where = f"{name}: the function of the epoch"
    if is_function(part):
        raise SettingsError(f"{where}: expected examples, found a function")
    return checked_part(part, where)


def with_held_out(data: Data, *, seed: int) -> Data:
    """Return `data` with the examples of epoch 0 for functions that give what to validate and test on.

    So all trials are scored on the same.
    """
    found = {
        name: call_for_epoch(part, 0, seed=seed_for(seed, 0, 0, Purpose.EPOCH_OF_FUNCTION), name=name)
        for name, part in (("validation", data.validation), ("test", data.test))
        if is_function(part)
    }
    return replace(data, **found)
