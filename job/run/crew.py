"""The workers of a run, and the steps at work on them: each in a call of its own, told apart by its trial."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from job.executors import Ending, Handle, Returned
from job.run.open_run import OpenRun
from job.training import Stopped

# How long the calls are listened to before the run looks at anything else.
_TICK_SECONDS = 0.1


@dataclass(frozen=True)
class _Place:
    """A worker, from 0, and the trial that is at work on it."""

    worker: int
    trial: int


@dataclass
class Crew:
    """So many workers as there are `environments`: what each one's calls have of variables of their own."""

    run: OpenRun
    environments: Sequence[Mapping[str, str]] = ({},)
    _places: dict[Handle, _Place] = field(default_factory=dict)

    @property
    def trials(self) -> tuple[int, ...]:
        """The numbers of the trials at work."""
        return tuple(place.trial for place in self._places.values())

    @property
    def idle(self) -> int:
        """How many workers have nothing to do."""
        return len(self.environments) - len(self._places)

    def submit(
        self, trial: int, function: Callable[..., Any], *args: Any, log: Path, timeout: float | None = None
    ) -> None:
        """Begin `function(*args, control)`, which is about a trial, on the first worker that is idle."""
        busy = {place.worker for place in self._places.values()}
        worker = next(each for each in range(len(self.environments)) if each not in busy)
        environment = self.environments[worker]
        handle = self.run.executor.submit(function, *args, log=log, timeout=timeout, environment=environment)
        self._places[handle] = _Place(worker, trial)

    def attend(self) -> Iterator[tuple[int, Ending]]:
        """Hear the calls for a moment, and yield each trial whose call has ended, with how it did.

        A call that is about a trial which has been set aside is ended: nobody needs what it would leave. Once the run
        is to stop, all are asked to, and have no more than the grace period.
        """
        self._pass_on_the_stop()
        self.run.take_in_if_due()
        endings = self.run.executor.wait(tuple(self._places), self.run.hear, _TICK_SECONDS)
        for handle, ending in endings.items():
            yield self._places.pop(handle).trial, ending
        must_leave = self.run.stop.must_leave
        ended = [handle for handle, place in self._places.items() if must_leave or self.run.is_set_aside(place.trial)]
        for trial in self._end(ended):
            yield trial, Returned(Stopped())

    def close(self) -> tuple[int, ...]:
        """End all calls at once, and return the trials that they were about."""
        return self._end(tuple(self._places))

    def _pass_on_the_stop(self) -> None:
        if not self.run.stop.is_raised:
            return
        if self._places:
            self.run.tell_of_stop()
        for handle in self._places:
            self.run.executor.stop(handle)

    def _end(self, handles: Sequence[Handle]) -> tuple[int, ...]:
        """End these calls at once, and return the trials that they were about."""
        for handle in handles:
            self.run.executor.close(handle)
        return tuple(self._places.pop(handle).trial for handle in handles)
