"""A directory for the temporary files of a search and its trials, which goes with the search however that ends.

A process here ends at once, without the handlers that would remove what it leaves. So each call has a directory of its
own, which the search removes after it, within one of the search. That is removed by the server that trials are forked
from, which outlives the search by a moment; should the server be killed too, by the next search.
"""

import atexit
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from job.state.temporary import make_own_directory, remove_if_dead, system_directory

_PREFIX = "hpo-run-"
# The path of a socket lies below, and may have 107 bytes; what multiprocessing adds has 32, and what is added here 17.
_LONGEST_PATH = 58
_SHORT_DIRECTORY = Path("/tmp")
# How long the lock of a search that dies may outlast its end of a pipe.
_DYING_SECONDS = 0.5
_TICK_SECONDS = 0.01


@cache
def scratch_directory() -> Path:
    """Return the directory of this process, which holds a lock on it lest another search take it for a dead one's.

    The first call makes it, and removes those of searches that are dead; it raises StateUnwritableError where none can
    be made. It lies in the system's temporary directory, or in /tmp where that one's path is too long for a socket
    below it.
    """
    system = system_directory()
    if len(os.fsencode(system)) > _LONGEST_PATH:
        system = _SHORT_DIRECTORY
    return make_own_directory(_PREFIX, system)


@contextmanager
def temporary_files_in(directory: Path) -> Iterator[None]:
    """Have this process, and those that it starts, leave their temporary files in `directory`."""
    before, variable = tempfile.tempdir, os.environ.get("TMPDIR")
    use_for_temporary_files(directory)
    try:
        yield
    finally:
        tempfile.tempdir = before
        os.environ.pop("TMPDIR")
        if variable is not None:
            os.environ["TMPDIR"] = variable


def use_for_temporary_files(directory: Path) -> None:
    """Have this process leave its temporary files in `directory` from now on."""
    tempfile.tempdir = os.environ["TMPDIR"] = str(directory)


def remove_at_exit() -> None:
    """Have this process remove the directory of the search that has started it with `temporary_files_in`."""
    atexit.register(remove_after_search, scratch_directory_of_search())


def scratch_directory_of_search() -> Path:
    """Return the directory of the search that has started this process with `temporary_files_in`."""
    directory = Path(os.environ["TMPDIR"])
    assert directory.name.startswith(_PREFIX), f"{directory} is not of a search"
    return directory


def remove_after_search(directory: Path) -> None:
    """Remove the directory unless the search lives on, which starts another server then."""
    until = time.monotonic() + _DYING_SECONDS
    while not remove_if_dead(directory) and time.monotonic() < until:
        time.sleep(_TICK_SECONDS)
