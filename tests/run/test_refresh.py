"""When a report is written while the search goes on."""

from dataclasses import dataclass, field

import pytest

from job.core.events import EpochEnded, TrialEnded
from job.core.study import Study
from job.run.refresh import Refresher
from job.run.reports import DRAWING_SHARE, WRITING_SHARE
from job.run.stopwatch import Stopwatch
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


def test_no_more_than_its_share_of_the_time_goes_on_the_report() -> None:
    writer = Writer(takes=3.0)
    refresher = Refresher(writer, share=SHARE, first_seconds=2.0, stopwatch=Stopwatch(writer.clock), clock=writer.clock)
    while writer.now < 10_000:
        writer.now += 7.0
        refresher(TrialEnded(1), study_of(0.9))
    spent = writer.takes * len(writer.written_at)
    assert 0.9 * SHARE < spent / writer.now <= SHARE
    assert writer.written_at[0] >= 2.0 / SHARE


def test_what_is_written_at_once_is_written_after_every_trial_and_only_then() -> None:
    writer = Writer(takes=0.001)
    refresher = Refresher(writer, share=SHARE, first_seconds=0.0, stopwatch=Stopwatch(writer.clock), clock=writer.clock)
    for _ in range(5):
        writer.now += 30.0
        refresher(EpochEnded(1, 1, {}), study_of(0.9))
        refresher(TrialEnded(1), study_of(0.9))
    assert len(writer.written_at) == 5


def test_what_writing_takes_is_on_the_account_of_the_report() -> None:
    writer = Writer(takes=0.5)
    stopwatch = Stopwatch(writer.clock)
    refresher = Refresher(writer, share=SHARE, first_seconds=0.0, stopwatch=stopwatch, clock=writer.clock)
    with stopwatch.running("trials"):
        for _ in range(4):
            writer.now += 30.0
            refresher(TrialEnded(1), study_of(0.9))
    assert stopwatch.seconds == {"trials": 4 * 30.0, "report": 4 * 0.5}


def test_all_reports_of_a_run_have_two_percent_of_the_time() -> None:
    assert pytest.approx(0.02) == WRITING_SHARE + DRAWING_SHARE
