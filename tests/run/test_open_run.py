"""What a run at work saves, tells and measures."""

import pytest

from job.core.events import CheckpointLeft, EpochEnded, Event
from job.core.space import Params
from job.core.study import Study
from job.core.trial import Status
from job.errors import InterruptedRunError, StateUnwritableError
from job.executors import Ending
from tests.fake_search import ask_to_stop, completes, history_of, run_of


def test_what_is_derived_is_refreshed_once_a_trial_is_at_work_and_each_time_that_one_is() -> None:
    def refresh(study: Study) -> None:
        seen.append((run.executor.calls[-1], len(study.completed)))

    seen: list[tuple[str, int]] = []
    run = run_of(trials=3)
    run.loop.run.refreshers = (refresh,)
    run.loop.go()

    assert seen == [("advance 1", 0), ("advance 2", 1), ("advance 3", 2)]


def test_a_disk_that_is_full_meanwhile_ends_the_run_and_costs_the_trial_nothing() -> None:
    def refresh(_: Study) -> None:
        raise StateUnwritableError("cannot write result.joblib: No space left on device", hint="free some space")

    run = run_of(trials=3)
    run.loop.run.refreshers = (refresh,)
    with pytest.raises(StateUnwritableError, match="No space left"):
        run.loop.go()

    saved = run.store.generations[-1].trial(1)
    assert (saved.status, saved.attempts) == (Status.RUNNING, 0)
    assert run.executor.calls[-1] == "close"


def test_a_request_to_stop_meanwhile_is_passed_on_to_the_trial() -> None:
    def refresh(_: Study) -> None:
        ask_to_stop(run)

    def train(number: int, params: Params) -> list[Event | Ending]:
        return [EpochEnded(number, 1, history_of(params)[0]), *completes(number, params)]

    run = run_of(trials=3, script=train)
    run.loop.run.refreshers = (refresh,)
    with pytest.raises(InterruptedRunError):
        run.loop.go()

    assert run.executor.stopped
    assert run.store.generations[-1].trial(1).attempts == 0


def test_a_checkpoint_is_saved_as_soon_as_the_trial_tells_of_it_and_epochs_are_counted() -> None:
    def train(number: int, params: Params) -> list[Event | Ending]:
        history = history_of(params)
        return [EpochEnded(number, 1, history[0]), CheckpointLeft(number, history[:1], 4.0), *completes(number, params)]

    run = run_of(trials=1, script=train)
    run.loop.go()

    saved = next(study for study in run.store.generations if study.trials and study.trial(1).epochs == 1)
    assert saved.runs[-1].epochs == 1
    assert saved.trial(1).seconds == 4.0
