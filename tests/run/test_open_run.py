"""What a run at work saves, tells and measures."""

from job.core.events import CheckpointLeft, EpochEnded, Event
from job.core.space import Params
from job.core.study import Study
from job.executors import Ending
from job.run.refresh import Refresher
from job.run.stopwatch import Stopwatch
from tests.fake_search import completes, history_of, run_of
from tests.fakes import Clock


def test_the_parts_of_the_time_add_up_with_the_reports_that_were_written_meanwhile() -> None:
    clock = Clock()
    stopwatch = Stopwatch(clock)

    def train(number: int, params: Params) -> list[Event | Ending]:
        clock.now += 60.0
        return completes(number, params)

    def write_report(_: Study) -> None:
        clock.now += 1.0

    run = run_of(trials=3, script=train)
    run.loop.run.stopwatch = stopwatch
    run.loop.run.listener = Refresher(write_report, share=0.5, first_seconds=0.0, stopwatch=stopwatch, clock=clock)
    seconds = run.loop.go().runs[-1].seconds

    assert (seconds["trials"], seconds["report"]) == (3 * 60.0, 3 * 1.0)
    assert sum(seconds.values()) == clock.now


def test_a_checkpoint_is_saved_as_soon_as_the_trial_tells_of_it_and_epochs_are_counted() -> None:
    def train(number: int, params: Params) -> list[Event | Ending]:
        history = history_of(params)
        return [EpochEnded(number, 1, history[0]), CheckpointLeft(number, history[:1], 4.0), *completes(number, params)]

    run = run_of(trials=1, script=train)
    run.loop.go()

    saved = next(study for study in run.store.generations if study.trials and study.trial(1).epochs == 1)
    assert saved.runs[-1].epochs == 1
    assert saved.trial(1).seconds == 4.0
