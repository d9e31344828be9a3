"""From what --state names to the state there."""

import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path

from job.address import Address, StatePlace
from job.core.study import Study
from job.state.directory import StateDirectory, read_study


def state_at(place: StatePlace) -> StateDirectory:
    """Return the state in a directory or at an address; of one address always the same, within a process."""
    return _at_address(place) if isinstance(place, Address) else StateDirectory(Path(str(place)))


def state_elsewhere(state: StateDirectory) -> StateDirectory:
    """Return the same state as another process finds it."""
    return _opened(state.place) if isinstance(state.place, Address) else state


def open_study(place: StatePlace, *, warn: Callable[[str], object] = warnings.warn) -> Study:
    """Return the study in the state at a place, as `job.state.directory.read_study` does."""
    return read_study(state_at(place), warn=warn)


def _opened(address: Address) -> StateDirectory:
    from job.state.objects.state import open_state  # which loads the client

    return open_state(address)


_at_address = cache(_opened)
