"""Signals and deadlines become one flag: `StopFlag`.

The first SIGTERM or SIGINT, or the end of `--run-for`, raises the flag; the search sees it between its steps, saves,
and leaves. Where nothing is worth finishing, as within a proposal, it ends the step at once. A second signal, or the
end of the grace period, leaves the process on the spot: every file is whole at every instant.

A program of the user's that searches is never left so, and its signals are taken only while the search lasts.
"""

import math
import os
import select
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from job.errors import ExitCode, InterruptedRunError

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
# Wakes the main thread from a system call. Go's runtime preempts with it for the same reasons: nobody else uses it, one
# that comes from elsewhere does no harm, and without a handler it is ignored.
_NUDGE = signal.SIGURG
# A signal that comes between Python's last look and a system call ends no such call, so it is sent until it has.
_NUDGE_SECONDS = 0.1
# What else is written into the pipe of the signals, as a number that no signal has.
_LIMIT = 255
# How much of the grace period a trial has for its checkpoint; the rest is for the study and for leaving.
_SHARE_OF_TRIAL = 0.75


class StopFlag:
    """Whether this run has been asked to stop, why, and by when it must be gone."""

    def __init__(self) -> None:
        self._reason = ""
        self._raised_at = math.inf  # time.monotonic(), as all times here
        self._installed_at: float | None = None
        self._run_ends_at = math.inf
        self._grace_seconds = 10.0
        self._exit_code: int | None = None  # of a run that is over
        self._interruptible = False
        self._woken = self._wake = -1  # the ends of a pipe, once the signals are taken

    def install(self) -> None:
        """Take the signals. To be called first of all, so that none is lost while modules are imported.

        The interpreter's own handler writes each signal into a pipe that a thread reads, so that the grace period and
        the second signal count even while the main thread is inside a library's C code, if that lets other threads run.
        """
        self._installed_at = time.monotonic()
        self._woken, self._wake = os.pipe()
        os.set_blocking(self._wake, False)
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        for number in (*_SIGNALS, _NUDGE):
            signal.signal(number, self._receive)
        _leave_forks_alone()
        threading.Thread(target=self._watch, name="stop-flag", daemon=True).start()

    @contextmanager
    def heeding_signals(self) -> Iterator[None]:
        """Take the signals for as long as the block lasts, in a program of the user's, which never ends here.

        Once the flag is raised, whatever raised it, the next signal is that program's: SIGINT is Python's
        KeyboardInterrupt then, unless it has another handler. Outside of the main thread no signal is taken, since
        Python does not allow it.
        """
        before: dict[signal.Signals, Any] = {}

        def receive(number: int, frame: FrameType | None) -> None:
            if not self.is_raised:
                self._receive(number, frame)
                return
            give_back()
            signal.raise_signal(number)

        def give_back() -> None:
            while before:
                signal.signal(*before.popitem())

        if threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                before[number] = signal.signal(number, receive) or signal.SIG_DFL
        try:
            yield
        finally:
            give_back()

    @property
    def began_at(self) -> float:
        """When the signals were taken, which is the beginning of the process; now, where they are not."""
        return time.monotonic() if self._installed_at is None else self._installed_at

    def limit(self, *, grace_seconds: float, run_seconds: float | None) -> None:
        """Set how long the run may take to leave once it is asked to, and when that is by itself; None is never.

        `run_seconds` count from when the signals were taken: the beginning of the process.
        """
        self._grace_seconds = grace_seconds
        self._run_ends_at = math.inf if run_seconds is None else self.began_at + run_seconds
        if self._installed_at is not None:
            os.write(self._wake, bytes([_LIMIT]))

    def settle(self, exit_code: int) -> None:
        """Fix how the process ends, now that the run is over: what comes later only ends it sooner."""
        self._exit_code = exit_code

    def ask(self, reason: str) -> None:
        """Raise the flag, from any thread."""
        self._raise(reason)
        if self._installed_at is not None:
            os.write(self._wake, bytes([_LIMIT]))

    @property
    def is_raised(self) -> bool:
        if time.monotonic() >= self._run_ends_at:
            self._raise("the time given with --run-for is over")
        return bool(self._reason)

    @property
    def reason(self) -> str:
        return self._reason

    @property
    def must_leave(self) -> bool:
        """Whether what is left of the grace period is only enough to save and leave."""
        return self.is_raised and time.monotonic() - self._raised_at >= _SHARE_OF_TRIAL * self._grace_seconds

    def check(self) -> None:
        """Raise InterruptedRunError if the flag is raised."""
        if self.is_raised:
            raise InterruptedRunError(f"stopped: {self.reason}", hint="run the same command again to go on")

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Let what raises the flag end the block at once with InterruptedRunError; for work that leaves nothing behind.

        To be entered in the main thread, and not within another such block.
        """
        try:
            self._interruptible = True
            self.check()
            yield
        finally:
            self._interruptible = False
        self.check()

    def _receive(self, number: int, _frame: FrameType | None) -> None:
        """Act in the main thread on a signal, or on the nudge of the thread that watches."""
        if number in _SIGNALS:
            self._raise(f"received {signal.Signals(number).name}")
        if self._interruptible and self.is_raised:
            self._interruptible = False  # it has been interrupted; what follows leaves in its own time
            self.check()

    def _raise(self, reason: str) -> None:
        if not self._reason:
            self._raised_at = time.monotonic()
            self._reason = reason

    def _watch(self) -> None:
        """Raise the flag when it is time, and leave at the second signal or when the grace period is over."""
        signals = 0
        while True:
            if select.select([self._woken], [], [], self._seconds_to_wait())[0]:
                number = os.read(self._woken, 1)[0]
                signals += number in _SIGNALS
                if signals == 2:
                    self._leave(128 + number)
                if number in _SIGNALS:
                    self._raise(f"received {signal.Signals(number).name}")
            elif self.is_raised and self._interruptible:
                _nudge_the_main_thread()
            if self.is_raised and time.monotonic() >= self._raised_at + self._grace_seconds:
                self._leave(ExitCode.TEMPORARY_FAILURE)

    def _seconds_to_wait(self) -> float | None:
        """Return after how long the thread has something to do unless a signal comes; None where it has not."""
        if self._reason:
            left = self._raised_at + self._grace_seconds - time.monotonic()
            return max(min(left, _NUDGE_SECONDS), 0.0)
        return None if math.isinf(self._run_ends_at) else max(self._run_ends_at - time.monotonic(), 0.0)

    def _leave(self, exit_code: int) -> None:
        os._exit(exit_code if self._exit_code is None else self._exit_code)


def _leave_forks_alone() -> None:
    """Let signals end a process that a problem's code forks: otherwise it would pass them on as those of the run."""
    before = threading.local()

    def block() -> None:
        before.mask = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)

    def unblock() -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, before.mask)

    def leave() -> None:
        signal.set_wakeup_fd(-1)
        for number in (*_SIGNALS, _NUDGE):
            signal.signal(number, signal.SIG_DFL)
        unblock()

    os.register_at_fork(before=block, after_in_parent=unblock, after_in_child=leave)


def _nudge_the_main_thread() -> None:
    identifier = threading.main_thread().ident
    assert identifier is not None, "the main thread has been started"
    signal.pthread_kill(identifier, _NUDGE)
