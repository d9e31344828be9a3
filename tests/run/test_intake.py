"""What users ask of a search at work: when it is taken in, what it does there, and that it ends no run."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

import pytest

from job.core import confirmation
from job.core.events import BatchesDone, CheckpointLeft, EpochEnded, Event, Level, Notice, TrialEnded
from job.core.journal import Dropped, Enqueued, Request, Retried
from job.core.space import Categorical, Params, Space
from job.core.study import Study
from job.core.trial import Origin, Status
from job.errors import InterruptedRunError, NoProgressError, StatePermissionError
from job.executors import Ending, Handle, Raised, Tell
from job.run.intake import Intake
from job.training import evaluate
from tests.fake_search import FakeInbox, Run, ask_to_stop, completes, history_of, notices, run_of
from tests.fakes import Clock, study_of

POINT: Params = {"learning_rate": 1e-3, "filters": 9, "dropout": 0.25, "activation": "tanh"}


def asked_in_training(number: int, request: Request, *, trials: int = 3) -> Run:
    """Return a search whose user asks for `request` once trial `number` has trained an epoch."""

    def script(trial: int, params: Params) -> list[Event | Ending]:
        if trial != number or asked:
            return completes(trial, params)
        history = history_of(params)
        left = CheckpointLeft(trial, history[:1], 4.0)
        return [left, EpochEnded(trial, 1, history[0]), BatchesDone(trial, 2, 1, 40), *completes(trial, params)]

    def listen(event: Event, _: object) -> None:
        run.events.append(event)
        if isinstance(event, EpochEnded) and not asked:
            asked.append(run.inbox.ask(request))

    asked: list[str] = []
    run = run_of(trials=trials, script=script)
    run.loop.run.listener = listen
    return run


def advanced(run: Run) -> list[int]:
    return [int(call.split()[1]) for call in run.executor.calls if call.startswith("advance")]


def test_an_enqueued_point_is_tried_next() -> None:
    run = run_of(trials=3)
    name = run.inbox.ask(Enqueued(POINT))
    study = run.loop.go()

    assert (study.trial(1).params, study.trial(1).origin) == (POINT, Origin.ENQUEUED)
    assert study.steps[0].request == name
    assert [trial.origin for trial in study.trials[1:]] == [Origin.GIVEN, Origin.PROPOSED]
    assert run.inbox.waiting == {}
    assert "took in: enqueue learning_rate=0.001, filters=9, dropout=0.25, activation=tanh" in notices(run)


def test_values_that_are_enqueued_get_proposals_for_the_others() -> None:
    run = asked_in_training(2, Enqueued({"filters": 9}))
    study = run.loop.go()

    assert study.trial(3).params["filters"] == 9
    assert study.trial(3).params["learning_rate"] not in [trial.params["learning_rate"] for trial in study.trials[:2]]
    assert study.journal[-1].step == 3


def test_what_is_asked_for_once_the_budget_is_spent_is_done_all_the_same() -> None:
    before = run_of(trials=1)
    run = run_of(before.loop.go(), trials=1)
    run.store.best = before.store.best
    run.inbox.ask(Enqueued(POINT))
    study = run.loop.go()

    assert [trial.status for trial in study.trials] == [Status.COMPLETED] * 2


def test_a_request_is_in_the_saved_journal_before_it_leaves_the_inbox() -> None:
    run = run_of(trials=1)
    asked, remove = run.inbox.ask(Enqueued(POINT)), run.inbox.remove
    saved: list[bool] = []

    def look(name: str) -> None:
        saved.append(run.store.generations[-1].journal[-1].request == name == asked)
        remove(name)

    run.inbox.remove = look  # type: ignore[method-assign]
    run.loop.go()

    assert saved == [True]


def test_a_request_whose_removal_was_not_reached_is_taken_in_once() -> None:
    run = run_of(trials=2)
    run.inbox.ask(Enqueued(POINT))
    run.inbox.remove = killed  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        run.loop.go()
    again = run_of(run.store.generations[-1], trials=2)
    again.inbox.waiting = run.inbox.waiting
    study = again.loop.go()

    assert [trial.params == POINT for trial in study.trials] == [True, False]
    assert again.inbox.waiting == {}


def killed(name: str) -> None:
    raise KeyboardInterrupt


def test_a_trial_that_is_dropped_in_training_ends_and_the_search_goes_on_without_it() -> None:
    run = asked_in_training(2, Dropped(2))
    study = run.loop.go()

    assert [trial.status for trial in study.trials] == [
        Status.COMPLETED,
        Status.DROPPED,
        Status.COMPLETED,
        Status.COMPLETED,
    ]
    assert study.trial(2).epochs == 1
    assert study.steps[1].seconds == 4.0
    assert run.executor.calls[:3] == ["advance 1", "advance 2", "close"]
    assert "clear 2" in run.store.steps
    assert [event.number for event in run.events if isinstance(event, TrialEnded)] == [1, 2, 3, 4]
    assert study.runs[-1].ended == "finished"


def test_a_run_that_is_to_stop_stops_though_the_trial_in_hand_is_dropped() -> None:
    run = asked_in_training(1, Dropped(1))
    tell = run.loop.run.listener

    def stop(event: Event, study: Study | None) -> None:
        tell(event, study)
        if isinstance(event, Notice) and "took in" in event.message:
            ask_to_stop(run)

    run.loop.run.listener = stop
    with pytest.raises(InterruptedRunError):
        run.loop.go()

    last = run.store.generations[-1]
    assert (last.trial(1).status, last.runs[-1].ended) == (Status.DROPPED, "interrupted")
    assert advanced(run) == [1]


def test_a_failed_trial_is_tried_again_from_its_start_and_may_complete() -> None:
    def script(number: int, params: Params) -> list[Event | Ending]:
        return [Raised("ValueError: no")] if number == 2 and 2 not in advanced(run)[:-1] else completes(number, params)

    run = run_of(trials=2, script=script)
    with pytest.raises(NoProgressError):
        run.loop.limits = replace(run.loop.limits, max_failures=1)
        run.loop.go()
    again = run_of(run.loop.study, trials=2)
    again.store.best = run.store.best
    again.inbox.ask(Retried(2))
    study = again.loop.go()

    assert advanced(again) == [2]
    assert again.store.steps.index("clear 2") < again.store.steps.index("study with 2 completed")
    assert (study.trial(2).status, study.trial(2).reason) == (Status.COMPLETED, "")
    assert [step.trial for step in study.steps] == [1, 2, 2]


def test_a_trial_that_fails_is_tried_again_while_the_search_is_at_work() -> None:
    failed = set[int]()

    def script(number: int, params: Params) -> list[Event | Ending]:
        if number == 1 and 1 not in failed:
            failed.add(1)
            return [Raised("ValueError: no")]
        if number == 2:
            run.inbox.ask(Retried(1))
            return [EpochEnded(2, 1, history_of(params)[0]), *completes(number, params)]
        return completes(number, params)

    run = run_of(trials=3, script=script)
    study = run.loop.go()

    assert advanced(run) == [1, 2, 1, 3]
    assert len(study.completed) == 3


def test_what_is_asked_for_during_the_test_is_done_before_the_run_ends() -> None:
    run = run_of(trials=1)
    asked: list[str] = []
    submit = run.executor.submit

    def ask(function: Callable[..., Any], *args: Any, **options: Any) -> Handle:
        handle = submit(function, *args, **options)
        if function is evaluate and not asked:
            asked.append(run.inbox.ask(Enqueued({**POINT, "dropout": 0.2})))
        return handle

    run.executor.submit = ask  # type: ignore[method-assign]
    study = run.loop.go()

    assert len(study.completed) == 2
    assert confirmation.test_of_model(study) is not None
    assert run.executor.calls == ["advance 1", "evaluate", "advance 2", "evaluate", "close"]


def best_of(study: Study) -> int:
    assert study.best is not None
    return study.best.number


def test_where_the_best_trial_is_dropped_the_next_best_is_trained_again_and_tested() -> None:
    before = run_of(trials=3)
    best = best_of(before.loop.go())
    run = run_of(before.loop.study, trials=2)
    run.store.best, run.store.predictions = before.store.best, before.store.predictions
    run.inbox.ask(Dropped(best))
    study = run.loop.go()

    assert best_of(study) != best
    assert run.executor.calls == [f"advance {best_of(study)}", "evaluate", "close"]
    assert run.store.best == f"model {best_of(study)}"
    assert confirmation.test_of_model(study) is not None
    said = f"best.keras is of trial {best}, which is set aside: trial {best_of(study)}, now the best, is trained again"
    assert said in notices(run)
    assert "aside" not in run.store.steps
    assert not [event for event in run.events if isinstance(event, Notice) and event.level is Level.WARNING]


def test_a_best_model_that_is_lost_besides_is_called_missing_or_damaged() -> None:
    before = run_of(trials=2)
    run = run_of(before.loop.go(), trials=1)
    run.inbox.ask(Dropped(best_of(before.loop.study)))
    run.loop.go()

    assert any("missing or damaged" in notice for notice in notices(run))
    assert "aside" in run.store.steps


def test_a_dropped_trial_makes_room_for_another_in_the_budget() -> None:
    before = run_of(trials=2)
    run = run_of(before.loop.go(), trials=2)
    run.store.best = before.store.best
    run.inbox.ask(Dropped(1))
    study = run.loop.go()

    assert [trial.status for trial in study.trials] == [Status.DROPPED, Status.COMPLETED, Status.COMPLETED]


@pytest.mark.parametrize("within", ["advance", "evaluate"])
def test_a_best_trial_that_is_dropped_while_it_is_finished_gives_way_to_the_next_best(within: str) -> None:
    before = run_of(trials=3)
    best = best_of(before.loop.go())
    run = run_of(before.loop.study, trials=2)
    run.store.best = before.store.best if within == "evaluate" else ""
    wait = run.executor.wait

    def ask(handles: Collection[Handle], tell: Tell, seconds: float) -> Mapping[Handle, Ending]:
        if run.executor.calls[-1:] == [f"advance {best}" if within == "advance" else "evaluate"] and not asked:
            asked.append(run.inbox.ask(Dropped(best)))
            return {}
        return wait(handles, tell, seconds)

    asked: list[str] = []
    run.executor.wait = ask  # type: ignore[method-assign]
    study = run.loop.go()

    assert best_of(study) != best
    assert confirmation.test_of_model(study) is not None
    assert run.store.best == f"model {best_of(study)}"
    first = "evaluate" if within == "evaluate" else f"advance {best}"
    assert run.executor.calls == [first, "close", f"advance {best_of(study)}", "evaluate", "close"]
    assert within == "evaluate" or f"clear {best}" in run.store.steps


def test_values_with_which_no_point_is_left_are_told_at_the_end() -> None:
    space = Space((Categorical("activation", ("relu", "tanh")), Categorical("bias", (True,))))
    default: Params = {"activation": "relu", "bias": True}
    study = Study(fingerprint=replace(study_of().fingerprint, space=space, default=default))
    run = run_of(study, trials=1, script=lambda number, _: completes(number, POINT))
    for _ in range(2):
        run.inbox.ask(Enqueued({"activation": "tanh"}))
    run.loop.go()

    assert [trial.params["activation"] for trial in run.loop.study.trials] == ["tanh"]
    said = "enqueue activation=tanh: every point with these values has been tried"
    assert [event for event in run.events if isinstance(event, Notice) and event.level is Level.WARNING] == [
        Notice(said, level=Level.WARNING)
    ]


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (Dropped(9), "drop 9 is not possible: expected the number of a trial, of which there are 0, found 9"),
        (Enqueued({"speed": 1}), "enqueue speed=1 is not possible: the search has no dimension 'speed'"),
    ],
)
def test_what_does_not_fit_the_study_is_told_and_not_taken_in(request_: Request, said: str) -> None:
    run = run_of(trials=1)
    run.inbox.ask(request_)
    study = run.loop.go()

    assert Notice(said, level=Level.WARNING) in run.events
    assert run.inbox.waiting == {}
    assert not [entry for entry in study.journal if entry.request]


def test_a_file_that_cannot_be_read_is_set_aside_with_a_warning() -> None:
    run = run_of(trials=1)
    name = run.inbox.ask(None)
    run.loop.go()

    said = f"{name} is no request; it is now {name}.damaged-1"
    assert [event for event in run.events if event == Notice(said, level=Level.WARNING)] != []
    assert run.inbox.waiting == {}


def refuses(name: str = "") -> str:
    raise StatePermissionError("cannot use inbox: Permission denied", hint="ask its owner")


def test_an_inbox_that_may_not_be_looked_into_is_told_once() -> None:
    run = run_of(trials=2)
    run.inbox.names = refuses  # type: ignore[method-assign, assignment]
    run.loop.go()

    assert notices(run).count("cannot use inbox: Permission denied; ask its owner") == 1


def test_a_request_that_may_not_be_removed_is_taken_in_once_and_told_once() -> None:
    run = run_of(trials=2)
    run.inbox.ask(Enqueued(POINT))
    run.inbox.remove = refuses  # type: ignore[method-assign, assignment]
    study = run.loop.go()

    assert [trial.params == POINT for trial in study.trials] == [True, False]
    assert notices(run).count("cannot use inbox: Permission denied; ask its owner") == 1


def test_a_file_that_may_not_be_set_aside_is_told_once() -> None:
    run = run_of(trials=2)
    name = run.inbox.ask(None)
    run.inbox.set_aside = refuses  # type: ignore[method-assign]
    run.loop.go()

    said = f"{name} is no request, nor set aside: cannot use inbox: Permission denied; ask its owner"
    assert notices(run).count(said) == 1


def test_the_inbox_is_looked_into_once_a_second() -> None:
    clock = Clock()
    intake = Intake(FakeInbox(), clock=clock)
    due = [intake.is_due]

    list(intake.requests(study_of, print))
    for clock.now in (0.9, 1.0):
        due.append(intake.is_due)

    assert due == [True, False, True]
