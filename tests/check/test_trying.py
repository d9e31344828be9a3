"""The try of a problem in processes that end as an executor says: none of what they told is lost."""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from job.check import inspect
from job.check.inspection import Inspection
from job.core.events import Level, Notice
from job.core.fingerprint import DataDescription
from job.core.problem import Declared
from job.core.space import Categorical, Integer, Space
from job.data import DataSource
from job.errors import DataMissingError, ExitCode, SettingsError
from job.executors import HERE, Died, Ending, Handle, Place, Raised, Returned, Tell
from job.run.in_force import Asked
from job.settings import Settings
from job.training import setup_of
from job.training.check import Order
from job.training.check.facts import Begun, Built, DataSeen, Fact, Finding, Severity, Stepped, Trained, Work
from tests.fakes import study_of

SPACE = Space((Integer("units", 1, 9), Categorical("optimizer", ("adam", "sgd"))))
DATA = DataSeen(
    description=DataDescription(train=100, validation=20, test=0, image_shape=(), class_names=()),
    digest="abc",
    place="churn.py, line 7",
    seconds=0.5,
)


@dataclass
class FakeExecutor:
    """Each process tells what `tell` makes of its order, and ends as the next of `endings`."""

    endings: Sequence[Ending]
    facts: Callable[[Order], Sequence[Fact]]
    orders: list[Order] = field(default_factory=list)
    timeouts: list[float | None] = field(default_factory=list)

    def start(self) -> None: ...
    def prepare(self) -> None: ...
    def stop(self, handle: Handle) -> None: ...
    def close(self, handle: Handle) -> None: ...
    def close_all(self) -> None: ...

    def submit(
        self,
        function: Callable[..., Any],
        *args: Any,
        log: Path | None,
        timeout: float | None = None,
        place: Place | None = HERE,
        folder: Path | None = None,
    ) -> Handle:
        assert log is not None
        self.orders.append(args[0])
        self.timeouts.append(timeout)
        return Handle(len(self.orders))

    def wait(self, handles: Collection[Handle], tell: Tell, seconds: float) -> Mapping[Handle, Ending]:
        for fact in self.facts(self.orders[-1]):
            tell(fact)  # type: ignore[arg-type]
        return dict.fromkeys(handles, self.endings[len(self.orders) - 1])


@dataclass
class FakeElsewhere:
    found: str | None

    def digest(self, until: float) -> str | None:
        return self.found


def built(point: int, trait: str = "") -> Built:
    return Built(point=point, n_weights=10 + point, seconds=0.1, traits={"model": trait or str(point)})


def trained(point: int) -> Trained:
    return Trained(
        point=point,
        batches=10,
        first_seconds=1.0,
        batch_seconds=0.1,
        validation_seconds=0.5,
        memory_bytes=10**8,
    )


def all_of(order: Order, *, until: int = 99) -> list[Fact]:
    """Return what a process tells that is sound, or that ends at point `until`."""
    facts: list[Fact] = [Begun(Work.LOADING), DATA]
    if order.first is not None:
        facts += [Begun(Work.TRAINING, order.first), trained(order.first), Begun(Work.GOING_ON, order.first)]
    if order.looks_at_data:
        facts += [Begun(Work.LOADING_AGAIN), Begun(Work.COMPARING)]
    for point in order.to_step:
        facts.append(Begun(Work.STEPPING, point))
        if point == until:
            return facts
        facts += [built(point), Stepped(point, str(point))]
    for point in order.to_train:
        facts += [Begun(Work.TRAINING, point), trained(point)]
    return facts


def inspected(*endings: Ending, facts: Callable[[Order], Sequence[Fact]] = all_of, **options: Any) -> Inspection:
    return inspected_by(FakeExecutor(endings, facts), **options)


def inspected_by(executor: FakeExecutor, *, elsewhere: str | None = DATA.digest, **options: Any) -> Inspection:
    decided = {"space": SPACE, "default": {"units": 4, "optimizer": "adam"}, "epochs": 3, "rungs": (0.5, 1.0)}
    fingerprint = replace(study_of().fingerprint, **decided)  # type: ignore[arg-type]
    asked = Asked(Settings(), Declared(space=SPACE, epochs=3, batch_size=32), fingerprint)
    setup = setup_of(replace(fingerprint, problem="digits"), DataSource())
    other = FakeElsewhere(elsewhere)
    return inspect(asked, setup, executor=executor, elsewhere=other, show=lambda _: None, **options)


def test_a_sound_problem_has_no_findings_and_its_search_is_estimated() -> None:
    executor = FakeExecutor([Returned(None)], all_of)
    found = inspected_by(executor)
    assert (found.findings, found.not_done, found.exit_code) == ((), (), ExitCode.OK)
    assert all(each.built and each.stepped and each.trained for each in found.tried)
    # Loading 0.5 s, building 0.1 s, the first batch 1 s, and three epochs: ten batches of 0.1 s, a validation of 0.5 s.
    # The validation at half an epoch comes on top; at a whole one there is one anyway.
    assert found.trial_seconds == pytest.approx([6.6] * len(found.tried))
    # Of 40 trials the best are confirmed by 20 trainings at most, which are half as many.
    assert found.to_confirm == 20
    assert found.search_seconds == pytest.approx(60 * 6.6)
    assert executor.timeouts == [None]


def test_a_warning_while_the_data_are_loaded_is_a_note_once() -> None:
    told = [Notice("left out: a.png", level=Level.WARNING), Notice("it has 3 classes")]
    (note,) = inspected(Returned(None), facts=lambda order: [*told, *all_of(order), *told]).findings  # type: ignore[list-item]
    assert (note.severity, note.told) == (Severity.NOTE, "left out: a.png")


def test_with_little_time_the_costs_are_measured_at_a_few_points_alone() -> None:
    executor = FakeExecutor([Returned(None)], all_of)
    found = inspected_by(executor, until=math.nextafter(math.inf, 0))
    (order,) = executor.orders
    assert [found.tried[point].probe.is_telling for point in (0, *order.to_train)] == [True] * 3
    assert len(order.to_step) == len(found.tried) > 3


def test_what_is_left_when_the_time_is_over_is_named() -> None:
    found = inspected(Died("took longer than 9 s", timed_out=True), facts=lambda order: all_of(order, until=2))
    assert found.exit_code is ExitCode.OK and found.timed_out
    left, costs = found.not_done
    assert left.startswith("a model and a batch at every number at its lower end, optimizer sgd, ")
    assert costs.startswith("the time of a batch at every number at its upper end, ")


def test_a_process_that_dies_at_a_point_is_a_finding_and_the_others_are_tried_without_it() -> None:
    executor = FakeExecutor([Died("was killed"), Returned(None)], lambda order: all_of(order, until=2))
    found = inspected_by(executor)
    first, second = executor.orders
    assert second.to_step == first.to_step[3:] and 2 not in second.to_train and second.first is None
    assert not second.looks_at_data
    (finding,) = found.findings
    assert finding.told == "a model and a batch: was killed (at every number at its lower end)"
    assert (finding.severity, found.exit_code, found.not_done) == (Severity.ERROR, ExitCode.USAGE, ())


def test_data_that_are_missing_end_it_with_their_exit_code() -> None:
    error = DataMissingError("no such file", hint="mount it")
    found = inspected(Raised(str(error), error), facts=lambda _: [Begun(Work.LOADING)])
    (finding,) = found.findings
    assert (finding.told, finding.hint, found.exit_code) == ("no such file", "mount it", ExitCode.NO_INPUT)
    assert found.not_done and not found.timed_out and found.search_seconds is None


def test_the_same_finding_at_several_points_is_told_once_and_the_worst_comes_first() -> None:
    def facts(order: Order) -> list[Fact]:
        same = [Finding(severity=Severity.ERROR, told="ValueError: no", point=point) for point in (1, 2, 4)]
        return [Finding(severity=Severity.NOTE, told="1 NaN"), *same, *all_of(order)]

    first, second = inspected(Returned(None), facts=facts).findings
    assert first.told == "ValueError: no (at every number at its upper end, and at 2 more points)"
    assert second.told == "1 NaN"


def test_a_dimension_that_changes_nothing_is_warned_of_with_how_to_leave_it_out() -> None:
    def facts(order: Order) -> list[Fact]:
        units = {index: str(point["units"]) for index, point in enumerate(order.points)}
        steps = [fact for point in order.to_step for fact in (built(point, units[point]), Stepped(point, units[point]))]
        return [*steps, *(trained(point) for point in order.to_train)]

    (finding,) = inspected(Returned(None), facts=facts).findings
    assert finding.severity is Severity.WARNING and finding.told.startswith("optimizer seems to change nothing: ")
    assert finding.told.endswith(" and the first batches are the same at adam, sgd")
    assert finding.hint == "use it, or search without it: --fix optimizer=adam"


def test_an_error_without_a_point_ends_it() -> None:
    error = SettingsError("churn.py: load_data: expected Data, found NoneType")
    assert inspected(Raised(str(error), error), facts=lambda _: []).exit_code is ExitCode.USAGE
    assert inspected(Died("was killed"), facts=lambda _: [Begun(Work.LOADING)]).findings[0].point is None


def test_data_that_are_others_in_another_process_are_an_error_and_what_takes_too_long_is_not_done() -> None:
    (finding,) = inspected(Returned(None), elsewhere="other").findings
    assert finding.told.startswith("load_data gives other data in another process") and finding.place == DATA.place
    assert inspected(Returned(None), elsewhere="").findings == ()
    late = inspected(Returned(None), elsewhere=None)
    assert (late.findings, late.not_done, late.timed_out) == ((), ("loading the data in another process",), True)
