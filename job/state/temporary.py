"""Temporary directories of a process that may be killed at any instant: the next process removes those of the dead.

A process holds a lock on each of its own for as long as it lives, which tells it from a dead one.
"""

import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from job.state import durable


def system_directory() -> Path:
    """Return where temporary files go; raise StateUnwritableError where there is no such place."""
    nowhere = Path("/tmp")
    with durable.state_errors(nowhere, directory=nowhere):
        return Path(tempfile.gettempdir())


def make_own_directory(prefix: str, system: Path) -> Path:
    """Make a directory in `system` whose name begins with `prefix`, and remove those of dead processes there.

    Raise StateUnwritableError where none can be made.
    """
    for path in system.glob(f"{prefix}*"):
        remove_if_dead(path)
    while True:
        with durable.state_errors(system, directory=system):
            path = Path(tempfile.mkdtemp(prefix=prefix, dir=system))
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        except FileNotFoundError:  # another process has swept it before the lock was there
            continue
        with suppress(OSError):  # where there are no locks, nothing is taken for dead either
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        if path.exists():
            return path
        os.close(descriptor)


def remove_if_dead(path: Path) -> bool:
    """Remove the directory of a process that is dead, and return whether that was so."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:  # another user's, or gone
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(path, ignore_errors=True)
    except OSError:  # a process at work has it
        return False
    finally:
        os.close(descriptor)
    return True
