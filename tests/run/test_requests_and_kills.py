"""What users ask for is taken in once, and is in the plan: for any order of what they ask and what interrupts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from job.core.journal import Dropped, Enqueued, Request, Retried
from job.core.limits import Limits
from job.core.plan import End, NewTrial, TryAgain, plan
from job.core.space import Params
from job.core.study import Study
from job.core.trial import Status
from job.errors import InterruptedRunError, NoProgressError
from job.proposals.propose import propose
from job.run.intake import Intake
from tests.fake_search import FakeInbox, notices, run_of
from tests.fakes import study_of
from tests.run import test_decisions as decisions
from tests.run.test_decisions import MOST_ATTEMPTS, SPACE, Fate, Machine, SteppedExecutor, SteppedStore


@dataclass
class Users(Machine):
    """A machine whose users ask for something, each at a step of all runs."""

    asks: Mapping[int, Request] = field(default_factory=dict)
    inbox: FakeInbox = field(default_factory=FakeInbox)
    names: list[str] = field(default_factory=list)
    removals: int = 0
    kills_before_removals: frozenset[int] = frozenset()  # of requests, counted over all runs

    def step(self) -> None:
        super().step()
        if self.steps in self.asks:
            name = f"asked at step {self.steps:04d}"
            self.inbox.waiting[name] = self.asks[self.steps]
            self.names.append(name)


@dataclass
class SteppedInbox(FakeInbox):
    machine: Users = field(default_factory=lambda: Users(()))

    def remove(self, name: str) -> None:
        self.machine.step()
        self.machine.removals += 1
        if self.machine.removals in self.machine.kills_before_removals:
            raise decisions._Killed
        super().remove(name)


@dataclass
class KeptStore(SteppedStore):
    def clear_trial(self, number: int) -> None:
        super().clear_trial(number)
        self.machine.epochs[number] = 0


def end_of(machine: Users, limits: Limits) -> tuple[Study, list[str]]:
    """Run the job until the search is over and nothing waits; return its study, and what its runs have told."""
    fingerprint = replace(study_of().fingerprint, space=SPACE, default={"filters": 8, "activation": "relu"})
    store, told = KeptStore(machine=machine, generations=[Study(fingerprint=fingerprint)]), list[str]()
    inbox = machine.inbox = SteppedInbox(machine=machine)
    while True:
        machine.run = run = run_of(store.generations[-1])
        run.loop.limits, run.loop.run.store, run.loop.run.intake = limits, store, Intake(inbox, seconds=0)
        run.loop.run.executor = SteppedExecutor(machine.train, machine=machine)
        is_over = False
        try:
            run.loop.go()
            is_over = True
        except NoProgressError:
            is_over = True
        except (InterruptedRunError, decisions._Killed):
            pass
        told += notices(run)
        if is_over and not inbox.waiting:
            return run.loop.study, told


points: st.SearchStrategy[Params] = st.fixed_dictionaries(
    {"filters": st.integers(8, 10)}, optional={"activation": st.sampled_from(("relu", "tanh"))}
)
numbers = st.integers(1, 4)
requests = st.one_of(points.map(Enqueued), numbers.map(Dropped), numbers.map(Retried))


@given(
    fates=st.lists(decisions.fates, min_size=6, max_size=6),
    limits=decisions.limits_of_any_kind,
    kills=st.frozensets(decisions.steps, max_size=MOST_ATTEMPTS - 1),
    stops=st.frozensets(decisions.steps, max_size=3),
    asks=st.dictionaries(decisions.steps, requests, max_size=5),
    kills_before_removals=st.frozensets(st.integers(1, 5), max_size=3),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_each_request_is_taken_in_once_and_every_step_is_what_the_plan_says(
    fates: Sequence[Fate],
    limits: Limits,
    kills: frozenset[int],
    stops: frozenset[int],
    asks: Mapping[int, Request],
    kills_before_removals: frozenset[int],
) -> None:
    machine = Users(fates, kills, stops, asks=asks, kills_before_removals=kills_before_removals)
    study, told = end_of(machine, limits)

    taken_in = Counter(entry.request for entry in study.journal if entry.request)
    assert set(taken_in.values()) <= {1}
    assert len(taken_in) + sum("is not possible" in notice for notice in told) >= len(machine.names)
    done = Counter(step.request for step in study.steps if step.request)
    assert set(done.values()) <= {1} and set(done) <= set(taken_in)
    dropped = {entry.input.trial for entry in study.journal if isinstance(entry.input, Dropped)}
    assert dropped == {trial.number for trial in study.with_status(Status.DROPPED)}
    for step in study.steps:
        planned = plan(study, propose, number=step.number)
        trial = study.trial(step.trial)
        match planned:
            case NewTrial():
                assert (planned.params, planned.origin) == (trial.params, trial.origin)
            case TryAgain():
                assert planned.trial == step.trial
            case _:
                raise AssertionError(f"step {step.number} is {planned}")
        assert (planned.begins, planned.request) == (step.begins, step.request)
    assert isinstance(plan(study, propose), End)
