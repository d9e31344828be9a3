"""What becomes of a run whose report cannot be drawn or written."""

from dataclasses import replace
from pathlib import Path

import pytest

from job.core.events import Event, Level, Notice
from job.core.fingerprint import DataDescription
from job.core.study import Study
from job.core.tested import TestResult
from job.errors import InterruptedRunError
from job.report.files import JSON
from job.run.reports import LiveReport
from job.run.stopping import StopFlag
from job.run.stopwatch import Stopwatch
from job.state.directory import StateDirectory
from tests.fakes import Clock, study_of


@pytest.fixture
def store(tmp_path: Path) -> StateDirectory:
    return StateDirectory(tmp_path)


def warnings(events: list[Event]) -> list[str]:
    return [event.message for event in events if isinstance(event, Notice) and event.level is Level.WARNING]


def report_of(store: StateDirectory) -> tuple[LiveReport, list[Event]]:
    events: list[Event] = []
    return LiveReport(store, StopFlag(), events.append), events


def undrawable() -> Study:
    """Return a study that no release saves: its test is of more classes than its data have."""
    data = DataDescription(train=9, validation=9, test=9, image_shape=(4, 4, 1), class_names=("a",))
    test = TestResult(number=1, metrics={"accuracy": 0.5}, confusion=((1, 1), (1, 1)))
    return replace(study_of(0.9), data=data).record_test(test)


def test_a_report_that_cannot_be_drawn_is_one_warning_and_no_more(store: StateDirectory) -> None:
    report, events = report_of(store)
    for _ in range(2):
        report.draw(undrawable())
    (said,) = warnings(events)
    assert said.startswith("the report could not be written: ValueError")
    assert not report.is_complete(undrawable())


@pytest.mark.slow
def test_a_report_that_cannot_be_written_is_a_warning_that_says_what_to_do(store: StateDirectory) -> None:
    store.report_directory.write_text("mine")
    report, events = report_of(store)
    report.draw(study_of(0.9))
    (said,) = warnings(events)
    assert str(store.report_directory) in said and "a file stands where a directory is needed" in said
    assert store.report_directory.read_text() == "mine"


def test_a_refresh_while_somebody_else_writes_the_report_is_left_out(store: StateDirectory) -> None:
    clock = Clock()
    report, events = report_of(store)
    write, _ = report.refreshers(Stopwatch(), clock=clock)
    clock.now = 100.0
    with store.hold_report():
        write(study_of(0.9, running_epochs=0))
    assert warnings(events) == [] and store.report_file(JSON) is None
    clock.now = 300.0
    write(study_of(0.9, 0.8, running_epochs=0))
    assert store.report_file(JSON) is not None


def test_a_request_to_stop_ends_the_drawing_as_ever(store: StateDirectory) -> None:
    stop = StopFlag()
    stop.limit(grace_seconds=10, run_seconds=0)
    with pytest.raises(InterruptedRunError):
        LiveReport(store, stop, lambda _: None).draw(study_of(0.9))
