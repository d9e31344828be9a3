"""The workers of a run, and the steps at work on them: each in a call of its own, told apart by its trial."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from job.executors import HERE, Ending, Handle, Place, Returned
from job.run.open_run import OpenRun
from job.state.directory import TrialFiles
from job.training import Stopped

# How long the calls are listened to before the run looks at anything else.
TICK_SECONDS = 0.1


@dataclass(frozen=True)
class _AtWork:
    """A trial in a call, and the worker that makes it."""

    trial: int
    place: Place


@dataclass(frozen=True)
class _Kept:
    """A machine that is kept free for a step of this trial, which is to be alone there."""

    machine: str
    trial: int


@dataclass
class Crew:
    """The workers that there are now: those of a cluster come and go."""

    run: OpenRun
    workers: Callable[[], Sequence[Place]] = lambda: (HERE,)
    _at_work: dict[Handle, _AtWork] = field(default_factory=dict)
    _kept: _Kept | None = None

    @property
    def trials(self) -> tuple[int, ...]:
        """The numbers of the trials at work."""
        return tuple(each.trial for each in self._at_work.values())

    @property
    def idle(self) -> int:
        """How many workers have nothing to do."""
        return len(self._idle())

    def beside(self, place: Place) -> tuple[int, ...]:
        """Return the numbers of the trials at work on the same machine."""
        return tuple(each.trial for each in self._at_work.values() if each.place.machine == place.machine)

    def find(self, trial: int, *, alone: bool) -> Place | None:
        """Return an idle worker for a step of this trial, on the machine with the fewest at work; None where none is.

        A step that is to be `alone` has a machine to itself: no other begins there from now on, until it has ended.
        """
        at_work = Counter(each.place.machine for each in self._at_work.values())
        if alone and self._kept is None:
            machines = dict.fromkeys(place.machine for place in self.workers())
            fewest = min(machines, key=lambda machine: at_work[machine], default=None)
            self._kept = None if fewest is None else _Kept(fewest, trial)
        fitting = [place for place in self._idle() if self._is_for(trial, place, alone=alone, at_work=at_work)]
        return min(fitting, key=lambda place: at_work[place.machine], default=None)

    def keep_free_for(self, trials: Collection[int]) -> None:
        """Keep a machine for one of these trials at most, which wait, or for the one that is at work there."""
        if self._kept is not None and self._kept.trial not in {*trials, *self.trials}:
            self._kept = None

    def submit(
        self,
        place: Place,
        trial: int,
        function: Callable[..., Any],
        *args: Any,
        files: TrialFiles,
        timeout: float | None = None,
    ) -> None:
        """Begin `function(*args, control)`, which is about a trial with these files, on a worker that is idle."""
        handle = self.run.executor.submit(
            function, *args, log=files.log, timeout=timeout, place=place, folder=files.directory
        )
        self._at_work[handle] = _AtWork(trial, place)

    def attend(self) -> Iterator[tuple[int, Ending]]:
        """Hear the calls for a moment, and yield each trial whose call has ended, with how it did.

        A call that is about a trial which has been set aside is ended: nobody needs what it would leave. Once the run
        is to stop, all are asked to, and have no more than the grace period.
        """
        self._pass_on_the_stop()
        self.run.take_in_if_due()
        endings = self.run.executor.wait(tuple(self._at_work), self.run.hear, TICK_SECONDS)
        for handle, ending in endings.items():
            yield self._leave(handle), ending
        must_leave = self.run.stop.must_leave
        ended = [handle for handle, each in self._at_work.items() if must_leave or self.run.is_set_aside(each.trial)]
        for trial in self._end(ended):
            yield trial, Returned(Stopped())

    def close(self) -> tuple[int, ...]:
        """End all calls at once, and return the trials that they were about."""
        return self._end(tuple(self._at_work))

    def _pass_on_the_stop(self) -> None:
        if not self.run.stop.is_raised:
            return
        if self._at_work:
            self.run.tell_of_stop()
        for handle in self._at_work:
            self.run.executor.stop(handle)

    def _end(self, handles: Sequence[Handle]) -> tuple[int, ...]:
        """End these calls at once, and return the trials that they were about."""
        for handle in handles:
            self.run.executor.close(handle)
        return tuple(map(self._leave, handles))

    def _idle(self) -> list[Place]:
        """Return the workers that have nothing to do; a machine that is gone is kept for nobody."""
        workers, busy = self.workers(), {each.place for each in self._at_work.values()}
        if self._kept is not None and self._kept.machine not in {place.machine for place in workers}:
            self._kept = None
        return [place for place in workers if place not in busy]

    def _is_for(self, trial: int, place: Place, *, alone: bool, at_work: Mapping[str, int]) -> bool:
        is_kept = self._kept is not None and self._kept.machine == place.machine
        if not alone:
            return not is_kept
        return is_kept and self._kept == _Kept(place.machine, trial) and not at_work[place.machine]

    def _leave(self, handle: Handle) -> int:
        """Take a call that has ended from its worker, and return the trial that it was about."""
        trial = self._at_work.pop(handle).trial
        if self._kept is not None and self._kept.trial == trial:
            self._kept = None
        return trial
