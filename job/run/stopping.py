"""Signals and deadlines become one flag: `StopFlag`.

The first SIGTERM or SIGINT, or the end of `--run-for`, raises the flag; the search sees it between its steps, saves,
and leaves. Where nothing is worth finishing, as within a proposal, the signal ends the step at once. A second signal,
or the end of the grace period, leaves the process on the spot: every file is whole at every instant.
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

from job.errors import ExitCode, InterruptedRunError

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
# What else is written into the pipe of the signals, as numbers that no signal has.
_DEADLINE, _LIMIT = 254, 255
# How much of the grace period a trial has for its checkpoint; the rest is for the study and for leaving.
_SHARE_OF_TRIAL = 0.75


class StopFlag:
    """Whether this run has been asked to stop, why, and by when it must be gone."""

    def __init__(self) -> None:
        self._reason = ""
        self._raised_at = 0.0  # time.monotonic()
        self._run_ends_at: float | None = None  # time.monotonic()
        self._grace_seconds = 10.0
        self._exit_code: int | None = None  # of a run that is over
        self._interruptible = False
        self._woken, self._wake = os.pipe()

    def install(self) -> None:
        """Take the signals. To be called first of all, so that none is lost while modules are imported.

        The interpreter's own handler writes each signal into a pipe that a thread reads, so that the grace period and
        the second signal count even while the main thread is inside a library's C code, if that lets other threads run.
        """
        os.set_blocking(self._wake, False)
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        for number in _SIGNALS:
            signal.signal(number, self._receive)
        threading.Thread(target=self._watch, name="stop-flag", daemon=True).start()

    def limit(self, *, grace_seconds: float, run_seconds: float | None) -> None:
        """Set how long the run may take to leave once it is asked to, and when that is by itself; None is never."""
        self._grace_seconds = grace_seconds
        os.write(self._wake, bytes([_LIMIT]))
        self._run_ends_at = None if run_seconds is None else time.monotonic() + run_seconds

    def settle(self, exit_code: int) -> None:
        """Fix how the process ends, now that the run is over: what comes later only ends it sooner."""
        self._exit_code = exit_code

    @property
    def is_raised(self) -> bool:
        if not self._reason and self._run_ends_at is not None and time.monotonic() >= self._run_ends_at:
            self._raise("the time given with --run-for is over")
            os.write(self._wake, bytes([_DEADLINE]))
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
        """Let a signal end the block at once with InterruptedRunError; for work that leaves nothing behind."""
        self.check()
        self._interruptible = True
        try:
            yield
        finally:
            self._interruptible = False
        self.check()

    def _receive(self, number: int, _frame: FrameType | None) -> None:
        if not self._reason:
            self._raise(f"received {signal.Signals(number).name}")
        if self._interruptible:
            self.check()

    def _raise(self, reason: str) -> None:
        self._raised_at = time.monotonic()
        self._reason = reason

    def _watch(self) -> None:
        """Leave at the second signal, or when the grace period is over that the first one or the deadline began."""
        began_at, signals = math.inf, 0
        while True:
            left = began_at + self._grace_seconds - time.monotonic()
            if left <= 0 or not select.select([self._woken], [], [], None if math.isinf(left) else left)[0]:
                self._leave(ExitCode.TEMPORARY_FAILURE)
            number = os.read(self._woken, 1)[0]
            signals += number in _SIGNALS
            if signals == 2:
                self._leave(128 + number)
            if number in (*_SIGNALS, _DEADLINE):
                began_at = min(began_at, time.monotonic())

    def _leave(self, exit_code: int) -> None:
        os._exit(exit_code if self._exit_code is None else self._exit_code)
