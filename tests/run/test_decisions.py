"""What a search decides, and why it ends, is that of the unbroken one: for any limits, fates and interruptions."""

import itertools
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from job.core.events import CheckpointLeft, Event
from job.core.limits import Limits
from job.core.space import Categorical, Integer, Space
from job.core.study import Study
from job.core.trial import EpochLogs
from job.errors import InterruptedRunError, NoProgressError
from job.executors import Died, Ending, Handle, Raised, Returned, Tell
from job.training import Completed, Diverged
from tests.fake_search import FakeExecutor, FakeStore, Run, ask_to_stop, run_of
from tests.fakes import study_of

# Few points, which are listed quickly and used up by some of the searches.
SPACE = Space((Integer("filters", 8, 10), Categorical("activation", ("relu", "tanh"))))
MOST_ATTEMPTS = 4
ALWAYS = 1000

FAILURES: dict[str, Ending] = {
    "raises": Raised("ValueError: no such layer"),
    "diverges": Returned(Diverged("loss is nan")),
    "times out": Died("took longer than 5 s", timed_out=True),
}


@dataclass(frozen=True)
class Fate:
    """What becomes of a trial that is trained long enough, however often that is cut."""

    ending: str  # "completes", or one of FAILURES
    score: float
    seconds: float
    epochs: int  # each leaves a checkpoint
    deaths: int  # of its process, after the first epoch

    @property
    def history(self) -> tuple[EpochLogs, ...]:
        return tuple({"val_accuracy": self.score - left / 10} for left in reversed(range(self.epochs)))


@dataclass
class Machine:
    """What outlives a run: the trials' checkpoints, and when interruptions come, counted in steps of all runs."""

    fates: Sequence[Fate]
    kills: frozenset[int] = frozenset()
    requests: frozenset[int] = frozenset()  # to stop
    steps: int = 0
    epochs: Counter[int] = field(default_factory=Counter)  # in the checkpoint of each trial
    deaths: Counter[int] = field(default_factory=Counter)
    run: Run | None = None

    def step(self) -> None:
        """Let an interruption come if it is time."""
        self.steps += 1
        if self.steps in self.kills:
            raise _Killed
        if self.steps in self.requests and self.run is not None:
            ask_to_stop(self.run)

    def train(self, number: int, _: object) -> list[Event | Ending]:
        """Return what an attempt at a trial tells, from its checkpoint on."""
        fate = self.fates[(number - 1) % len(self.fates)]
        completes = fate.ending == "completes"
        left = [
            # What a failed trial has spent depends on when it was last saved, so here it is nothing.
            CheckpointLeft(number, fate.history[: epoch + 1], fate.seconds / fate.epochs * epoch * completes)
            for epoch in range(max(self.epochs[number] - 1, 0), fate.epochs)  # the last one that it left comes first
        ]
        if self.deaths[number] < fate.deaths:
            return [left[0], Died("killed by SIGSEGV")]
        if completes:
            return [*left, Returned(Completed(fate.history, fate.seconds, f"model {number}"))]
        return [*left, FAILURES[fate.ending]]


class _Killed(BaseException):
    """SIGKILL to the job."""


@dataclass
class SteppedExecutor(FakeExecutor):
    machine: Machine = field(default_factory=lambda: Machine(()))

    def wait(self, handles: Collection[Handle], tell: Tell, seconds: float) -> Mapping[Handle, Ending]:
        self.machine.step()
        (handle,) = handles
        match self.messages[handle][0]:
            case CheckpointLeft(number, history):
                self.machine.epochs[number] = len(history)
            case Died(timed_out=False):
                self.machine.deaths[int(self.calls[-1].split()[-1])] += 1
        return super().wait(handles, tell, seconds)


@dataclass
class SteppedStore(FakeStore):
    machine: Machine = field(default_factory=lambda: Machine(()))

    def save(self, study: Study) -> None:
        self.machine.step()
        super().save(study)

    def keep_best(self, number: int) -> None:
        self.machine.step()
        super().keep_best(number)

    def write_result(self, data: bytes) -> None:
        self.machine.step()
        super().write_result(data)

    def clear_trial(self, number: int) -> None:
        self.machine.step()
        super().clear_trial(number)


def end_of(machine: Machine, limits: Limits, clock: Sequence[float]) -> tuple[list[Any], str]:
    """Run the job again and again until the search is over; return its trials with what became of them, and why."""
    fingerprint = replace(study_of().fingerprint, space=SPACE, default={"filters": 8, "activation": "relu"})
    store, times = SteppedStore(machine=machine, generations=[Study(fingerprint=fingerprint)]), itertools.cycle(clock)
    while True:
        machine.run = run = run_of(store.generations[-1])
        loop = run.loop
        loop.limits = limits
        loop.run.store, loop.run.clock = store, lambda: next(times)
        loop.run.executor = SteppedExecutor(machine.train, machine=machine)
        try:
            loop.go()
            return decisions_of(loop.study), loop.reason
        except NoProgressError as error:
            return decisions_of(loop.study), str(error)
        except (InterruptedRunError, _Killed):
            continue


def decisions_of(study: Study) -> list[Any]:
    return [(trial.params, trial.status, trial.history, trial.reason) for trial in study.trials]


fates = st.builds(
    Fate,
    ending=st.sampled_from(("completes", "completes", "completes", *FAILURES)),
    score=st.integers(0, 9).map(lambda tenths: tenths / 10),
    seconds=st.integers(1, 9).map(lambda hundreds: hundreds * 100.0),
    epochs=st.integers(1, 3),
    deaths=st.sampled_from((0, 0, 1, MOST_ATTEMPTS - 1, ALWAYS)),
)
limits_of_any_kind = st.builds(
    Limits,
    trials=st.integers(1, 5),
    max_hours=st.none() | st.integers(1, 20).map(lambda hundreds: hundreds * 100 / 3600),
    patience=st.none() | st.integers(1, 3),
    target=st.none() | st.integers(1, 9).map(lambda tenths: tenths / 10),
    max_failures=st.integers(1, 3),
    max_attempts=st.just(MOST_ATTEMPTS),
)
steps = st.integers(1, 60)


@given(
    fates=st.lists(fates, min_size=6, max_size=6),
    limits=limits_of_any_kind,
    # A trial whose job is killed at every attempt cannot be told from one that kills its job.
    kills=st.frozensets(steps, max_size=MOST_ATTEMPTS - 1),
    requests=st.frozensets(steps, max_size=5),
    clock=st.lists(st.floats(0, 2e9), min_size=1, max_size=5),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_the_interruptions_a_search_decides_what_the_unbroken_one_decides(
    fates: list[Fate], limits: Limits, kills: frozenset[int], requests: frozenset[int], clock: list[float]
) -> None:
    unbroken = end_of(Machine(fates), limits, [1000.0])
    assert end_of(Machine(fates, kills, requests), limits, clock) == unbroken
