"""The server that processes are forked from: it has imported TensorFlow, so that they start in milliseconds."""

import multiprocessing
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import connection, forkserver, resource_tracker
from multiprocessing.context import ForkServerProcess
from types import ModuleType
from typing import Any

from job.errors import NoProgressError
from job.executors.output import muted
from job.executors.scratch import scratch_directory, temporary_files_in

SIGNALS = {signal.SIGTERM, signal.SIGINT}  # those that stop a search
DEAD_SERVER = 255  # what multiprocessing says of the end of a child whose server cannot tell it any more

_PRELOAD = ("job.executors.orphan", "job.training.preload", "job.executors.preload")
# How long a process whose pipes have closed may still look alive.
_DYING_SECONDS = 0.1
_CONTEXT = multiprocessing.get_context("forkserver")


def start_server() -> None:
    """Start the server unless it is there, and do not wait for what it imports: TensorFlow and what trains with it."""
    _CONTEXT.set_forkserver_preload(list(_PRELOAD))
    resource_tracker.ensure_running()  # by itself it would unblock the signals again
    _ensure_server()


def fork(target: Callable[..., Any], *args: Any) -> tuple[ForkServerProcess, connection.Connection]:
    """Have the server fork a process that calls `target(pipe, *args)`; return it with the other end of the pipe.

    The server is started again should it have died. Raise NoProgressError where it dies once more.
    """
    try:
        return _fork(target, args)
    except (EOFError, OSError):  # it was killed a moment ago
        time.sleep(_DYING_SECONDS)
    try:
        return _fork(target, args)
    except (EOFError, OSError) as error:
        raise NoProgressError(
            "the process that trials are forked from died while it imported TensorFlow",
            hint="look at the import itself with --in-process",
        ) from error


def _fork(target: Callable[..., Any], args: tuple[Any, ...]) -> tuple[ForkServerProcess, connection.Connection]:
    ours, theirs = _CONTEXT.Pipe()
    process = _CONTEXT.Process(target=target, args=(theirs, *args), daemon=True)
    _ensure_server()
    try:
        with theirs, _without_main():
            process.start()
    except (EOFError, OSError):
        ours.close()  # which ends the process, should there be one after all
        raise
    return process, ours


def _ensure_server() -> None:
    with _signals_blocked(), muted(), temporary_files_in(scratch_directory()):
        forkserver.ensure_running()


@contextmanager
def _without_main() -> Iterator[None]:
    """Keep a process that is started here from running the main module anew, as multiprocessing has it do.

    It needs nothing of that, which may be a user's script that begins another search.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


@contextmanager
def _signals_blocked() -> Iterator[None]:
    """Block the signals that stop a search, so that a process started here never dies of them."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
