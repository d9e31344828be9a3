"""The try of a problem in processes of an executor: what they tell is kept, and one that dies is one more finding."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from job.check.inspection import Tried
from job.check.points import Probe
from job.core.events import Event, Level, Notice
from job.core.space import Space
from job.executors import Died, Ending, Executor, Raised, Returned, await_ending, log_tail
from job.training import Setup
from job.training.check import Order, try_out
from job.training.check.facts import Begun, Built, DataSeen, Fact, Finding, Severity, Stepped, Trained, Work

Show = Callable[[str], object]  # is told what is at work

_ONCE = (Work.LOADING, Work.GOING_ON, Work.LOADING_AGAIN, Work.COMPARING)
_LEAST_SECONDS = 0.01  # what an executor is given where no time is left


class Trying:
    """What is known of a problem so far."""

    def __init__(self, space: Space, points: Sequence[Probe], show: Show) -> None:
        self._space, self._show = space, show
        self._probes = points
        self._reasons = tuple(each.reason for each in points)
        self._begun = [Begun(Work.LOADING)]  # all but the last one are through
        self._is_through = self.timed_out = False
        self._to_train: Sequence[int] = ()
        self.findings: list[Finding] = []
        self.data: DataSeen | None = None
        self.built: dict[int, Built] = {}
        self.stepped: dict[int, Stepped] = {}
        self.trained: dict[int, Trained] = {}

    def go(self, setup: Setup, to_train: Sequence[int], executor: Executor, log: Path, *, until: float) -> None:
        """Try all, until it is through or given up; a process that dies at a point is followed by another."""
        first, *others = self._to_train = [*to_train]
        order: Order | None = Order(
            setup=setup,
            space=self._space,
            points=tuple(each.params for each in self._probes),
            first=first,
            to_step=tuple(range(len(self._probes))),
            to_train=tuple(others),
        )
        while order is not None:
            timeout = None if math.isinf(until) else max(until - time.monotonic(), _LEAST_SECONDS)
            handle = executor.submit(try_out, order, log=log, timeout=timeout)
            died_at = self._after(await_ending(executor, handle, self._take), log)
            order = None if died_at is None else self._rest(order, died_at)

    def _rest(self, order: Order, died_at: int) -> Order:
        """Return what is left of an order after a process of its own has died at a point."""
        return replace(
            order,
            first=None,
            to_step=tuple(each for each in order.to_step if each not in (died_at, *self.stepped)),
            to_train=tuple(each for each in order.to_train if each not in (died_at, *self.trained)),
            looks_at_data=Work.COMPARING not in {each.work for each in self._begun[:-1]},
        )

    @property
    def tried(self) -> tuple[Tried, ...]:
        """What is known of each point."""
        return tuple(
            Tried(
                probe=probe,
                built=self.built.get(point),
                stepped=self.stepped.get(point),
                trained=self.trained.get(point),
            )
            for point, probe in enumerate(self._probes)
        )

    def not_done(self) -> tuple[str, ...]:
        """Return what is left, in words."""
        if self._is_through:
            return ()
        through = {(each.work, each.point) for each in self._begun[:-1]}
        works = {work for work, _ in through}
        told = [str(work) for work in _ONCE if work not in works]
        for work, points, done in (
            (Work.STEPPING, range(len(self._reasons)), self.stepped),
            (Work.TRAINING, self._to_train, self.trained),
        ):
            left = [self._reasons[point] for point in points if point not in done and (work, point) not in through]
            if left:
                told.append(f"{work} at {', '.join(left)}")
        return tuple(told)

    def _after(self, ending: Ending, log: Path) -> int | None:
        """Take in how a process has ended; return the point that another is to leave out, None where none follows."""
        match ending:
            case Returned():
                self._is_through = True
            case Died(timed_out=True):
                self.timed_out = True
            case Raised(_, error) if error is not None:
                found = Finding(severity=Severity.ERROR, told=str(error), hint=error.hint, exit_code=error.exit_code)
                self.findings.append(found)
            case Raised(reason) | Died(reason):
                last, details = self._begun[-1], log_tail(log)
                told = f"{last.work}: {reason}"
                self.findings.append(Finding(severity=Severity.ERROR, told=told, details=details, point=last.point))
                return last.point if isinstance(ending, Died) else None
        return None

    def _take(self, fact: Event | Fact) -> None:
        match fact:
            case Finding():
                self.findings.append(fact)
            case DataSeen():
                self.data = self.data or fact
            case Built():
                self.built[fact.point] = fact
            case Stepped():
                self.stepped[fact.point] = fact
            case Trained():
                self.trained[fact.point] = fact
            case Begun(work, point):
                if fact != self._begun[-1]:
                    self._begun.append(fact)
                self._show(f"{work}" if point is None else f"{work} at {self._reasons[point]}")
            case Notice():
                self._notice(fact)

    def _notice(self, notice: Notice) -> None:
        """Show it, or keep a warning once, however often the data are loaded."""
        found = Finding(severity=Severity.NOTE, told=notice.message)
        if notice.level is Level.INFO:
            self._show(notice.message)
        elif found not in self.findings:
            self.findings.append(found)
