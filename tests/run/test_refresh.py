"""When what is derived of a study is written while the search goes on."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

import pytest

from job.core.study import Study
from job.errors import InterruptedRunError
from job.run.refresh import ANY_SHARE, Refresher
from job.run.reports import DRAWING_SHARE, WRITING_SHARE
from job.run.stopwatch import Stopwatch
from tests.fake_rungs import search_on_rungs, stop_trial
from tests.fakes import study_of

SHARE = 0.02


@dataclass
class Writer:
    """Takes its time to write, on a clock of its own."""

    takes: float
    now: float = 0.0
    written_at: list[float] = field(default_factory=list)

    def clock(self) -> float:
        return self.now

    def __call__(self, study: Study) -> None:
        self.written_at.append(self.now)
        self.now += self.takes


def studies() -> Iterator[Study]:
    """Yield the study beside each trial of a search without end, which get better so fast that all differ."""
    return (study_of(1 - 1 / number, running_epochs=0) for number in count(1))


def test_no_more_than_its_share_of_the_time_goes_on_what_is_written() -> None:
    writer = Writer(takes=3.0)
    refresher = Refresher(writer, share=SHARE, first_seconds=2.0, stopwatch=Stopwatch(writer.clock), clock=writer.clock)
    each = studies()
    while writer.now < 10_000:
        writer.now += 7.0
        refresher(next(each))
    spent = writer.takes * len(writer.written_at)
    assert 0.9 * SHARE < spent / writer.now <= SHARE
    assert writer.written_at[0] >= 2.0 / SHARE


def test_what_may_have_any_share_is_written_each_time_that_a_trial_has_ended() -> None:
    writer = Writer(takes=1000.0)
    refresher = Refresher(writer, share=ANY_SHARE, stopwatch=Stopwatch(writer.clock), clock=writer.clock)
    for scores in ([], [0.7], [0.7, 0.8], [0.7, 0.8, None]):
        refresher(study_of(*scores, running_epochs=0))
    assert len(writer.written_at) == 4


def test_a_trial_that_stops_early_has_ended_too() -> None:
    writer, search = Writer(takes=1000.0), search_on_rungs()
    refresher = Refresher(writer, share=ANY_SHARE, stopwatch=Stopwatch(writer.clock), clock=writer.clock)
    for study in (search, stop_trial(search), stop_trial(stop_trial(search))):
        refresher(study)
    assert len(writer.written_at) == 3


def test_nothing_is_written_again_as_long_as_no_other_trial_has_ended() -> None:
    writer = Writer(takes=0.1)
    refresher = Refresher(writer, share=ANY_SHARE, stopwatch=Stopwatch(writer.clock), clock=writer.clock)
    for epochs in range(3):
        refresher(study_of(0.9, running_epochs=epochs))
    assert len(writer.written_at) == 1


def test_what_writing_takes_is_on_the_account_of_the_report_and_takes_nothing_from_the_trial_beside() -> None:
    writer = Writer(takes=0.5)
    stopwatch = Stopwatch(writer.clock)
    refresher = Refresher(writer, share=SHARE, stopwatch=stopwatch, clock=writer.clock)
    each = studies()
    with stopwatch.running("trials"):
        for _ in range(4):
            writer.now += 30.0
            refresher(next(each))
    assert stopwatch.seconds == {"trials": 4 * 30.5, "report": 4 * 0.5}


def test_a_request_to_stop_is_left_to_the_trial_beside() -> None:
    def stop(_: Study) -> None:
        asked.append(1)
        raise InterruptedRunError("stopped")

    asked: list[int] = []
    refresher = Refresher(stop, share=ANY_SHARE, stopwatch=Stopwatch())
    for _ in range(2):  # what was cut short is not taken for written
        refresher(study_of(0.9, running_epochs=0))
    assert len(asked) == 2


def test_all_reports_of_a_run_have_two_percent_of_the_time() -> None:
    assert pytest.approx(0.02) == WRITING_SHARE + DRAWING_SHARE
