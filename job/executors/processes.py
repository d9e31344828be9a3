"""Work in a process of its own for each call, forked from a server that has imported TensorFlow."""

import os
import shutil
import signal
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from multiprocessing import connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from job.core.events import Event
from job.executors import HERE, Died, Ending, Handle, Place, Tell
from job.executors.child import STOP, Call, serve
from job.executors.scratch import scratch_directory
from job.executors.server import DEAD_SERVER, fork, start_server


class ProcessExecutor:
    """Each call in a process forked from a server that has imported TensorFlow once, so that it starts in milliseconds.

    Signals reach the search alone: the server and its children ignore those of the process group, and obey their
    pipes. A child whose pipe breaks, because the search has died, ends at once. The death of a child is the end of its
    call alone, and that of the server the end of all.
    """

    def __init__(self) -> None:
        self._children: dict[Handle, _Child] = {}
        self._submitted = 0

    def start(self) -> None:
        start_server()

    def prepare(self) -> None:
        self.start()
        process, pipe = fork(_nothing)
        process.join()
        pipe.close()

    def submit(
        self,
        function: Callable[..., Any],
        *args: Any,
        log: Path | None,
        timeout: float | None = None,
        place: Place | None = HERE,
        folder: Path | None = None,
    ) -> Handle:
        del folder  # where it is
        environment = (place or HERE).environment
        call = Call(function=function, args=args, log=log, environment=environment, scratch=scratch_directory())
        process, pipe = fork(serve, call)
        self._submitted += 1
        handle = Handle(self._submitted)
        self._children[handle] = _Child(process, pipe, timeout)
        return handle

    def wait(self, handles: Collection[Handle], tell: Tell, seconds: float) -> Mapping[Handle, Ending]:
        children = {handle: self._children[handle] for handle in handles}
        until, is_over = time.monotonic() + seconds, not children
        while not (is_over or any(child.ending for child in children.values())):
            for child in _ready([*children.values()], until):
                child.hear(tell)  # one word of each, lest those of one keep the others waiting
            is_over = time.monotonic() >= until
        ended = {handle: child.ending for handle, child in children.items() if child.ending is not None}
        for handle in ended:
            self.close(handle)
        return ended

    def stop(self, handle: Handle) -> None:
        if (child := self._children.get(handle)) is not None:
            child.stop()

    def close(self, handle: Handle) -> None:
        if (child := self._children.pop(handle, None)) is not None:
            child.kill()
            child.bury()

    def close_all(self) -> None:
        for child in self._children.values():
            child.kill()
        for handle in [*self._children]:
            self.close(handle)


class _Child:
    """A process at work on a call, and how that has ended, once it has."""

    def __init__(self, process: ForkServerProcess, pipe: connection.Connection, timeout: float | None) -> None:
        self.process, self.pipe = process, pipe
        self.ending: Ending | None = None
        self.ends_at: float | None = None if timeout is None else time.monotonic() + timeout
        self._timeout = timeout
        self._stopping = self._timed_out = False

    def hear(self, tell: Tell) -> None:
        """Pass on the event that it has told of, or note how it has ended."""
        message = self._receive()
        if isinstance(message, Ending):
            self.ending = message
        else:
            tell(message)

    def end_if_late(self, now: float) -> None:
        """Kill it once its time is over. What it has said by then counts: whoever waits may have been busy since."""
        if self.ends_at is not None and now >= self.ends_at:
            self.ends_at, self._timed_out = None, True
            self.kill()

    def stop(self) -> None:
        if not self._stopping:
            self._stopping = True  # said once, so that there is always room for it in the pipe
            with suppress(OSError):  # it has just died, which `wait` will tell
                self.pipe.send(STOP)

    def kill(self) -> None:
        self.process.kill()
        if self.process.exitcode == DEAD_SERVER:  # then nobody knows whether it lives, and `kill` does nothing
            assert self.process.pid is not None, "it has been started"
            with suppress(ProcessLookupError):
                os.kill(self.process.pid, signal.SIGKILL)

    def bury(self) -> None:
        """Remove what is left of it after it was killed."""
        self.process.join()
        shutil.rmtree(scratch_directory() / str(self.process.pid), ignore_errors=True)
        self.process.close()
        self.pipe.close()

    def _receive(self) -> Event | Ending:
        try:
            if self.pipe.poll():
                message: Event | Ending = self.pipe.recv()
                return message
        except (EOFError, OSError):
            pass
        self.process.join()
        if self._timed_out:
            return Died(f"took longer than {self._timeout:g} s", timed_out=True)
        return Died(_describe_exit(self.process.exitcode))


def _ready(children: Sequence[_Child], until: float) -> list[_Child]:
    """Return those that have said something or are dead, as soon as there are any, or a time is over."""
    now = time.monotonic()
    for child in children:
        child.end_if_late(now)
    wakes_at = min([until, *(child.ends_at for child in children if child.ends_at is not None)])
    awaited = [each for child in children for each in (child.pipe, child.process.sentinel)]
    ready = connection.wait(awaited, timeout=max(wakes_at - now, 0))
    return [child for child in children if child.pipe in ready or child.process.sentinel in ready]


def _describe_exit(exitcode: int | None) -> str:
    if exitcode == DEAD_SERVER:
        return "the process that trials are forked from was killed, as the kernel does when memory runs out"
    if exitcode is None or exitcode >= 0:
        return f"its process ended by itself with exit code {exitcode}"
    name = signal.Signals(-exitcode).name
    cause = ", as the kernel does when memory runs out" if name == "SIGKILL" else ""
    return f"its process was killed by {name}{cause}"


def _nothing(_: connection.Connection) -> None:
    """Be forked."""
