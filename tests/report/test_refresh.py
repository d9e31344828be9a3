"""When a report is written while the search goes on."""

from dataclasses import dataclass, field

from job.events import EpochEnded, TrialEnded
from job.report.refresh import LARGEST_SHARE, Refresher
from job.stopwatch import Stopwatch
from job.study import Study
from tests.fakes import study_of


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
    refresher = Refresher(writer, stopwatch=Stopwatch(writer.clock), first_seconds=2.0, clock=writer.clock)
    while writer.now < 10_000:
        writer.now += 7.0
        refresher(TrialEnded(1), study_of(0.9))
    spent = writer.takes * len(writer.written_at)
    assert 0.9 * LARGEST_SHARE < spent / writer.now <= LARGEST_SHARE
    assert writer.written_at[0] >= 2.0 / LARGEST_SHARE


def test_what_is_written_at_once_is_written_after_every_trial_and_only_then() -> None:
    writer = Writer(takes=0.001)
    refresher = Refresher(writer, stopwatch=Stopwatch(writer.clock), first_seconds=0.0, clock=writer.clock)
    for _ in range(5):
        writer.now += 30.0
        refresher(EpochEnded(1, 1, {}), study_of(0.9))
        refresher(TrialEnded(1), study_of(0.9))
    assert len(writer.written_at) == 5


def test_what_writing_takes_is_on_the_account_of_the_report() -> None:
    writer = Writer(takes=0.5)
    stopwatch = Stopwatch(writer.clock)
    refresher = Refresher(writer, stopwatch=stopwatch, first_seconds=0.0, clock=writer.clock)
    with stopwatch.running("trials"):
        for _ in range(4):
            writer.now += 30.0
            refresher(TrialEnded(1), study_of(0.9))
    assert stopwatch.seconds == {"trials": 4 * 30.0, "report": 4 * 0.5}
