"""Asks the code of a problem, and for devices, in a process of its own.

So the search imports no Keras, holds no data, and begins no work with CUDA.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from job import problems
from job.core.events import Event, Phase, PhaseStarted
from job.core.fingerprint import DataDescription
from job.core.problem import Declared, Sources
from job.errors import NoProgressError
from job.executors import Died, Executor, Raised, Returned, await_ending
from job.executors.room import Machine, machine_here
from job.run.stopping import StopFlag
from job.training import Setup, declare, look_at_data, look_for_devices


@dataclass
class Asking:
    """What is asked of a problem, and of the machine, before there is a study."""

    executor: Executor
    stop: StopFlag
    tell: Callable[[Event], None]
    _declared: list[tuple[Sources, Declared]] = field(default_factory=list)
    _machine: Machine | None = None

    def declare(self, problem: str | Sources) -> Declared:
        """Return what a problem declares; of a file the same again without running it once more."""
        if isinstance(problem, str):
            with self.stop.interruptible():
                return problems.load(problems.module_name(problem)).declared
        for sources, known in self._declared:
            if sources == problem:
                return known
        self.tell(PhaseStarted(Phase.PROBLEM))
        declared: Declared = self._ask(declare, problem, what=problem.name)
        self._declared.append((problem, declared))
        return declared

    def look_at_data(self, setup: Setup) -> tuple[str, DataDescription]:
        """Return the digest of a problem's data, and what they are."""
        self.tell(PhaseStarted(Phase.DATA))
        found: tuple[str, DataDescription] = self._ask(look_at_data, setup, what="the data")
        return found

    def machine(self) -> Machine:
        """Return what there is for workers here, with the GPUs; a process that has looked for these is not forked."""
        if self._machine is None:
            self.tell(PhaseStarted(Phase.DEVICES))
            self._machine = machine_here(self._ask(look_for_devices, what="the devices"))
        return self._machine

    def _ask(self, function: Callable[..., Any], *args: Any, what: str) -> Any:
        with self.stop.interruptible():
            try:
                self.executor.start()
                handle = self.executor.submit(function, *args, log=None)
                ending = await_ending(self.executor, handle, self.tell, self.stop.check)
            finally:
                self.executor.close_all()
        match ending:
            case Returned(value):
                return value
            case Raised(_, error) if error is not None:
                raise error
            case Raised(reason) | Died(reason):
                raise NoProgressError(f"{what} could not be loaded: {reason}", hint="see why with --in-process")
