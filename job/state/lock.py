"""The lock of a state directory: a file that one run holds, by a lock of the kernel that death frees."""

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from job.errors import StateLockedError
from job.state import durable
from job.state.owner import describe_this_run, name_owner

# A run that was killed may take a moment to die.
PATIENCE_SECONDS = 1.0
_TICK_SECONDS = 0.1


@contextmanager
def hold_lock(
    path: Path, *, patience_seconds: float = PATIENCE_SECONDS, waiting: Callable[[str], None] | None = None
) -> Iterator[None]:
    """Hold the lock at `path`, which is made with its directory where it is missing.

    While another run holds it, `waiting` is called with that run's name every now and then, and may raise. Raise
    StateLockedError when it still holds it after `patience_seconds`.
    """
    durable.make_directory(path.parent)
    with durable.state_errors(path):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _acquire(path, descriptor, patience_seconds, waiting)
        with durable.state_errors(path):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, json.dumps(describe_this_run()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def holder_of_lock(path: Path) -> str | None:
    """Name the run that holds the lock at `path`; None when none does."""
    try:
        with path.open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return None
    except BlockingIOError:
        return _holder_name(path)
    except OSError as error:
        raise durable.explain(path, error) from error
    return None


def _acquire(path: Path, descriptor: int, patience_seconds: float, waiting: Callable[[str], None] | None) -> None:
    deadline = time.monotonic() + patience_seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise StateLockedError(
                    f"another run holds {path.parent}: {_holder_name(path)}",
                    hint="wait for it to end (--if-locked wait does), stop it, or name another directory with --state",
                ) from None
            if waiting is not None:
                waiting(_holder_name(path))
            time.sleep(_TICK_SECONDS)
        except OSError as error:
            raise durable.explain(path, error) from error
        else:
            return


def _holder_name(path: Path) -> str:
    try:
        return name_owner(json.loads(path.read_bytes()))
    except (OSError, ValueError):
        return name_owner(None)
