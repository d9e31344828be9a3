"""What a search does next, and why it is over."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from job.core.journal import Retried
from job.core.known import Known
from job.core.limits import Limits
from job.core.plan import SPACE_USED_UP, End, GoOn, NewTrial, TryAgain, Wait, is_certain, plan
from job.core.problem import Declared, OwnProblem, Sources
from job.core.run import RunEnd
from job.core.space import Categorical, Integer, Params, Real, Space
from job.core.step import Threshold
from job.core.study import Study
from tests.fake_rungs import RUNGS, begin_trial, reach, search_on_rungs, stop_trial
from tests.fakes import START, study_of

FINITE = Space((Integer("filters", 8, 9), Categorical("activation", ("relu", "tanh"))))


def finite_study(*points: tuple[int, str]) -> Study:
    """Return a study of four points, of which `points` have been tried and completed."""
    fingerprint = replace(study_of().fingerprint, space=FINITE, default={"filters": 8, "activation": "relu"})
    study = Study(fingerprint=fingerprint)
    for number, (filters, activation) in enumerate(points, start=1):
        study = study.propose({"filters": filters, "activation": activation})
        history = ({"val_accuracy": 0.9},)
        study = study.complete(number, history, seconds=1.0, now=START, model_sha256="")
    return study


def default_point(known: Known, fixed: Params) -> Params:
    return {**known.fingerprint.default, **fixed}


def end(study: Study, **limits: Any) -> End | None:
    """Return why the search is over within these limits; None while it is not."""
    outcome = plan(study.enter(Limits(**limits), now=START), default_point)
    return outcome if isinstance(outcome, End) else None


def reason(study: Study, **limits: Any) -> str:
    over = end(study, **limits)
    return over.reason if over else ""


ALL_POINTS = ((8, "relu"), (8, "tanh"), (9, "relu"), (9, "tanh"))


def test_a_study_without_trials_has_spent_nothing() -> None:
    assert reason(study_of(), trials=1, max_hours=0.01, patience=1) == ""


@pytest.mark.parametrize(("trials", "told"), [(3, ""), (2, "2 of 2 trials are complete")])
def test_trials_count_those_that_completed_over_all_runs(trials: int, told: str) -> None:
    study = study_of(0.9).close_run(RunEnd.INTERRUPTED).open_run(now=START)
    study = study.propose({**study.fingerprint.default, "filters": 9})
    study = study.complete(2, ({"val_accuracy": 0.8},), seconds=1.0, now=START, model_sha256="")

    assert reason(study, trials=trials) == told


def test_failed_and_running_trials_do_not_count_as_complete() -> None:
    assert reason(study_of(0.9, None, None, running_epochs=2), trials=2) == ""


def test_imported_trials_were_not_completed_by_this_search() -> None:
    assert reason(study_of(0.9, imported=[0.8, 0.7, 0.6]), trials=2) == ""
    assert reason(study_of(0.9, imported=[0.8]), trials=1) == "1 of 1 trial is complete"


def test_a_budget_below_what_is_complete_is_spent() -> None:
    assert reason(study_of(0.9, 0.8), trials=1) == "2 of 1 trials are complete"


@pytest.mark.parametrize(("max_hours", "spent"), [(3 / 60, False), (2 / 60, True), (1.5 / 60, True), (None, False)])
def test_hours_count_the_training_of_all_trials(max_hours: float | None, spent: bool) -> None:
    study = study_of(0.9, None, 0.7)  # a minute each that completed

    assert bool(reason(study, trials=40, max_hours=max_hours)) is spent


def test_spent_hours_are_told_with_their_limit() -> None:
    assert reason(study_of(0.9, 0.8, 0.7), trials=40, max_hours=0.05) == ("0.05 hours of training are spent, of 0.05")


@pytest.mark.parametrize(("patience", "spent"), [(3, False), (2, True), (1, True), (None, False)])
def test_patience_ends_with_so_many_trials_without_gain(patience: int | None, spent: bool) -> None:
    assert bool(reason(study_of(0.8, 0.9, 0.7, 0.9), trials=40, patience=patience)) is spent


def test_patience_begins_anew_with_a_better_trial() -> None:
    assert reason(study_of(0.8, 0.7, 0.6, 0.9), trials=40, patience=2) == ""


def test_a_finite_space_with_a_point_left_is_not_used_up() -> None:
    assert reason(finite_study(*ALL_POINTS[:3]), trials=40) == ""


def test_a_finite_space_that_is_used_up_ends_the_search() -> None:
    assert reason(finite_study(*ALL_POINTS), trials=40) == SPACE_USED_UP


def test_a_failed_point_is_used_up_too() -> None:
    study = finite_study(*ALL_POINTS[:3]).propose({"filters": 9, "activation": "tanh"})

    assert reason(study.fail(4, "diverged", now=START), trials=40) == SPACE_USED_UP


@pytest.mark.parametrize(
    "limits",
    [
        Limits(trials=1),
        Limits(trials=40, max_hours=0.01),
        Limits(trials=40, patience=1),
        Limits(trials=40, max_failures=1),
        Limits(trials=40, target=0.8),
    ],
)
def test_a_trial_in_hand_is_finished_before_the_search_is_over(limits: Limits) -> None:
    study = study_of(0.9, 0.8, None, running_epochs=2).enter(limits, now=START)

    assert plan(study, default_point) == Wait()
    assert isinstance(plan(study.fail(4, "diverged", now=START), default_point), End)


def test_the_last_point_of_a_space_is_trained_to_its_end() -> None:
    study = finite_study(*ALL_POINTS[:3]).propose({"filters": 9, "activation": "tanh"})

    assert reason(study, trials=40) == ""


def test_a_point_that_was_imported_twice_is_one_point() -> None:
    study = finite_study(*ALL_POINTS[:3]).import_trial({"filters": 8, "activation": "relu"}, 0.9)

    assert reason(study, trials=40) == ""


def test_a_space_with_a_real_dimension_is_never_used_up() -> None:
    study = finite_study()
    space = Space((*FINITE.dimensions, Real("dropout", 0.0, 0.5)))
    study = replace(study, fingerprint=replace(study.fingerprint, space=space))
    for number, (filters, activation) in enumerate(ALL_POINTS * 2):
        study = study.propose({"filters": filters, "activation": activation, "dropout": number / 100})
        study = study.fail(number + 1, "diverged", now=START)

    assert reason(study, trials=40, max_failures=99) == ""


@pytest.mark.parametrize(("target", "over"), [(0.91, False), (0.9, True), (0.85, True), (None, False)])
def test_a_target_ends_with_the_score_that_reaches_it(target: float | None, over: bool) -> None:
    assert bool(reason(study_of(0.8, 0.9, 0.7), trials=40, target=target)) is over


def test_a_retry_that_is_asked_for_twice_is_made_once_though_the_trial_fails_again() -> None:
    study = study_of(None, 0.9).enter(Retried(1), now=START, request="a").enter(Retried(1), now=START, request="b")
    again = plan(study, default_point)
    assert isinstance(again, TryAgain) and again.request == "a"

    study = study.retry(1, request="a").fail(1, "diverged", now=START)
    assert isinstance(plan(study, default_point), NewTrial)
    later = study.enter(Retried(1), now=START, request="c")
    assert plan(later, default_point) == TryAgain(trial=1, worker=1, begins=3.0, request="c")


def test_a_target_is_reached_by_the_32_bit_number_that_is_nearest_to_it() -> None:
    assert reason(study_of(float(np.float32(0.992))), trials=40, target=0.992)


def test_a_target_of_which_less_is_better_is_reached_from_above() -> None:
    study = study_of(0.3, objective="val_loss:min")

    assert reason(study, trials=40, target=0.2) == ""
    assert reason(study, trials=40, target=0.35) == "trial 1 has reached the target of 0.35 with 0.3"


def test_fewer_failures_in_a_row_than_allowed_let_the_search_go_on() -> None:
    assert end(study_of(None, None, 0.9, None, None), trials=40, max_failures=3) is None


def test_too_many_failures_in_a_row_end_the_search_with_the_last_reason_and_where_to_look() -> None:
    over = end(study_of(0.9, None, None, None), trials=40, max_failures=3)

    assert over is not None and over.failed
    assert over.reason == "3 trials in a row have failed, the last one, 4, because: the loss became NaN in epoch 1"
    assert "trials/0004/log.txt" in over.hint


def test_failures_of_a_problem_of_ones_own_are_mended_in_its_file_which_begins_anew() -> None:
    study = study_of(None, None)
    sources = Sources(folder="/", main="churn.py", texts={"churn.py": ""})
    declared = Declared(space=study.fingerprint.space, epochs=3, batch_size=32)
    own = replace(study.fingerprint, own=OwnProblem(sources=sources, declared=declared))

    over = end(replace(study, fingerprint=own), trials=40, max_failures=2)
    assert over is not None
    assert over.hint.endswith("begin anew with a mended problem by --begin-again, or go on with --max-failures 3")


def test_the_limit_that_the_hint_names_lets_the_search_go_on() -> None:
    study = study_of(None, None, None)
    over = end(study, trials=40, max_failures=2)
    assert over is not None and "3 trials" in over.reason

    limit = int(over.hint.rpartition(" ")[2])
    assert end(study, trials=40, max_failures=limit) is None


def test_a_search_of_which_only_imported_trials_have_a_score_has_not_succeeded() -> None:
    over = end(study_of(None, imported=[0.9]), trials=40, max_hours=0.0)

    assert over is not None and over.failed
    assert "none of 1 trials has succeeded" in over.reason


@pytest.mark.parametrize(("through", "certain"), [(0, False), (3, False), (4, True)])
def test_a_step_is_planned_once_no_pending_one_can_end_by_the_time_at_which_it_begins(
    through: int, certain: bool
) -> None:
    study = study_of()
    study = replace(study, fingerprint=replace(study.fingerprint, lookahead=2))
    for worker in (1, 2):
        study = study.propose({**study.fingerprint.default, "filters": 8 + worker}, worker=worker, begins=0.0)
    study = study.tell_batches(1, 4).complete(1, ({"val_accuracy": 0.9},), seconds=1.0, now=START, model_sha256="")
    study = study.tell_batches(2, 2)  # at the ends of its epochs it may end

    planned, live = plan(study, default_point), {2: 1 + through}

    assert isinstance(planned, Wait)
    assert is_certain(study, planned.until, live) == certain
    assert isinstance(plan(study, default_point, live=live), NewTrial if certain else Wait)


class CountedPruner:
    """Stops nothing, and counts how often it is asked."""

    asked = 0

    def thresholds(self, known: Known, trial: int | None) -> tuple[Threshold, ...]:
        return ()

    def take_up(self, known: Known) -> None:
        self.asked += 1


def test_what_comes_next_is_asked_once_for_all_workers_that_know_the_same() -> None:
    study = study_of(budget=8)
    study = replace(study, fingerprint=replace(study.fingerprint, lookahead=8, rungs=RUNGS))
    for worker in range(1, 9):
        study = study.propose({**study.fingerprint.default, "filters": 8 + worker}, worker=worker, begins=0.0)
        study = study.tell_batches(worker, 10 * worker)
    for number in range(1, 8):
        study = study.complete(number, ({"val_accuracy": 0.9},), seconds=1.0, now=START, model_sha256="")
    assert len({step.ends for step in study.steps}) == 8, "each ends at a time of its own"

    pruner = CountedPruner()
    assert isinstance(plan(study, default_point, prune=pruner, live={8: 79}), Wait)
    assert pruner.asked == 7, "once after each end, however many workers are free by then"


def test_where_none_has_completed_by_the_end_of_the_budget_the_trial_is_finished_that_came_farthest() -> None:
    study = begin_trial(stop_trial(search_on_rungs(budget=3), score=0.9))
    study = reach(reach(study, 2, RUNGS[0], 0.6), 2, RUNGS[1], 0.5).pause(2, stopped_at=RUNGS[1], now=START)
    study = stop_trial(study, score=0.3)

    planned = plan(study, default_point)

    assert isinstance(planned, GoOn)
    assert planned.trial == 2, "the score of the first one came sooner, and cannot be compared with that"
