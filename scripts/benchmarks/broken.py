"""A search on a cluster that has its processes killed and frozen, at instants that depend on a seed alone."""

import argparse
import math
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from figures import CannotMeasureError
from impatient import HEAR_SECONDS
from program import environment

from job.errors import ExitCode
from job.paths import parse_state
from job.state.places import state_at, state_elsewhere

_SHARE_OF_SEARCH = 0.3  # of what is done, to the search; the rest is done to its workers
_LONGEST_FREEZE = 2.5  # times what a worker is given up after; the shortest is 1.2 times that
_LONGEST_MOMENT = 3.0  # seconds until what was killed is started again
_TICK_SECONDS = 0.05
_PATIENCE_SECONDS = 1800.0


@dataclass(frozen=True)
class Act:
    """What is done to a process."""

    after: float  # seconds since the one before
    whom: int  # 0: the search; else a worker
    frozen: float | None  # seconds; None: it is killed
    moment: float  # seconds until it is started again


def draw_acts(options: argparse.Namespace) -> list[Act]:
    """Return what is done, in an order and at instants that depend on the seed alone."""
    chance = Random(options.seed)
    given_up_after = options.lost + HEAR_SECONDS
    kinds = [
        (is_freeze, number < round(_SHARE_OF_SEARCH * times))
        for is_freeze, times in ((False, options.kills), (True, options.freezes))
        for number in range(times)
    ]
    chance.shuffle(kinds)
    return [
        Act(
            after=chance.uniform(0, options.longest),
            whom=0 if is_of_search else chance.randint(1, options.workers),
            frozen=chance.uniform(1.2, _LONGEST_FREEZE) * given_up_after if is_freeze else None,
            moment=chance.uniform(0, _LONGEST_MOMENT),
        )
        for is_freeze, is_of_search in kinds
    ]


@dataclass
class Process:
    """The search or a worker, with all that it has started."""

    name: str
    command: Sequence[str]
    log: Path
    running: "subprocess.Popen[bytes] | None" = None
    wakes_at: float = 0.0  # time.monotonic(): when it is started, or thawed
    is_frozen: bool = False

    @property
    def is_at_work(self) -> bool:
        return self.running is not None and not self.is_frozen

    def wake(self) -> bool:
        """Start or thaw it, if it is time to; return whether that was so."""
        if self.is_at_work or time.monotonic() < self.wakes_at:
            return False
        if self.is_frozen and self.running is not None:
            self.is_frozen = False
            os.killpg(self.running.pid, signal.SIGCONT)
            return True
        temporary = self.log.parent / "tmp"  # what is killed leaves files there
        temporary.mkdir(exist_ok=True)
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(
                self.command,
                env={**environment(), "TMPDIR": str(temporary)},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return True

    def kill(self, moment: float) -> None:
        assert self.running is not None, "it is at work"
        os.killpg(self.running.pid, signal.SIGKILL)
        self.running.wait()
        self.running, self.is_frozen, self.wakes_at = None, False, time.monotonic() + moment

    def freeze(self, seconds: float) -> None:
        assert self.running is not None, "it is at work"
        os.killpg(self.running.pid, signal.SIGSTOP)
        self.is_frozen, self.wakes_at = True, time.monotonic() + seconds

    def has_left(self) -> int | None:
        """Return its exit code where it has ended by itself."""
        code = None if self.running is None else self.running.poll()
        if code is not None:
            self.running, self.is_frozen, self.wakes_at = None, False, time.monotonic() + _LONGEST_MOMENT
        return code

    def told(self) -> str:
        return self.log.read_text(errors="replace")[-3000:] if self.log.exists() else ""


@dataclass
class Course:
    """A search that is broken, and what has been done to it."""

    options: argparse.Namespace
    search: Process
    workers: list[Process]
    place: str
    began_at: float = field(default_factory=time.monotonic)
    kills_of_search: int = 0
    kills_of_workers: int = 0
    freezes: int = 0
    left: int = 0  # ends of processes that nobody had killed, before the end of the search

    def go(self, acts: Sequence[Act]) -> float:
        """Run the search to its end, whatever is done to it meanwhile; return the seconds that took."""
        left, due = list(acts), self.began_at + acts[0].after if acts else 0.0
        try:
            while not self._attend():
                if time.monotonic() > self.began_at + _PATIENCE_SECONDS:
                    raise CannotMeasureError(f"the search does not end:\n{self.search.told()}")
                if left and time.monotonic() >= due and (process := self._found(left[0].whom)) is not None:
                    self._do(left.pop(0), process)
                    due = time.monotonic() + left[0].after if left else 0.0
                time.sleep(_TICK_SECONDS)
        finally:
            for each in (self.search, *self.workers):
                if each.running is not None:
                    each.kill(0.0)
        return time.monotonic() - self.began_at

    def _attend(self) -> bool:
        """Start and thaw what is due, and tell whether the search has finished."""
        for each in (self.search, *self.workers):
            thaws = each.is_frozen
            if each.wake():
                self._tell(f"{each.name} {'thaws' if thaws else 'begins'}")
        for each in (self.search, *self.workers):
            match each.has_left():
                case None:
                    pass
                case ExitCode.OK if each is self.search:
                    return True
                case ExitCode.OK:  # the search has said that it has finished
                    each.wakes_at = math.inf
                    self._tell(f"{each.name} has finished")
                case ExitCode.TEMPORARY_FAILURE:
                    self.left += 1
                    self._tell(f"{each.name} leaves: {each.told().strip().splitlines()[-1:]}")
                case code:
                    raise CannotMeasureError(f"{each.name} has left with {code}:\n{each.told()}")
        return False

    def _found(self, whom: int) -> Process | None:
        """Return the search or a worker that is at work, the next one where that one is not; None where none is."""
        if whom == 0:
            return self.search if self.search.is_at_work else None
        order = (*self.workers[whom - 1 :], *self.workers[: whom - 1])
        return next((each for each in order if each.is_at_work), None)

    def _do(self, act: Act, process: Process) -> None:
        so_far = _so_far(self.place)
        if act.frozen is None:
            process.kill(act.moment)
            self._tell(f"SIGKILL to {process.name}, {so_far}")
            self.kills_of_search += process is self.search
            self.kills_of_workers += process is not self.search
        else:
            process.freeze(act.frozen)
            self._tell(f"SIGSTOP to {process.name} for {act.frozen:.0f} s, {so_far}")
            self.freezes += 1

    def _tell(self, message: str) -> None:
        print(f"{time.monotonic() - self.began_at:7.1f} s  {message}", flush=True)


def _so_far(place: str) -> str:
    """Tell how far a search has come."""
    study = state_elsewhere(state_at(parse_state(place))).read().study
    if study is None:
        return "before the first trial"
    n_ended = len(study.completed) + len(study.stopped)
    replicates = f", {len(study.replicates)} replicates begun" if study.replicates else ""
    return f"{n_ended} trials trained or stopped, {len(study.at_work)} at work{replicates}"
