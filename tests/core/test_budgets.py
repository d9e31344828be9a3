"""What a search may spend over all its runs."""

from dataclasses import replace

import pytest

from job.core.budgets import SPACE_USED_UP, Budgets
from job.core.run import RunEnd
from job.core.space import Categorical, Integer, Real, Space
from job.core.study import Study
from job.core.trial import Trial
from job.errors import NoProgressError
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


ALL_POINTS = ((8, "relu"), (8, "tanh"), (9, "relu"), (9, "tanh"))


def test_a_study_without_trials_has_spent_nothing() -> None:
    assert Budgets(trials=1, max_hours=0.01, patience=1).spent(study_of()) == ""


@pytest.mark.parametrize(("trials", "reason"), [(3, ""), (2, "2 of 2 trials are complete")])
def test_trials_count_those_that_completed_over_all_runs(trials: int, reason: str) -> None:
    study = study_of(0.9).close_run(RunEnd.INTERRUPTED).open_run(now=START, budgets={})
    study = study.propose({**study.fingerprint.default, "filters": 9})
    study = study.complete(2, ({"val_accuracy": 0.8},), seconds=1.0, now=START, model_sha256="")

    assert Budgets(trials=trials).spent(study) == reason


def test_failed_and_running_trials_do_not_count_as_complete() -> None:
    assert Budgets(trials=2).spent(study_of(0.9, None, None, running_epochs=2)) == ""


def test_imported_trials_were_not_completed_by_this_search() -> None:
    assert Budgets(trials=2).spent(study_of(0.9, imported=[0.8, 0.7, 0.6])) == ""
    assert Budgets(trials=1).spent(study_of(0.9, imported=[0.8])) == "1 of 1 trials are complete"


def test_a_budget_below_what_is_complete_is_spent() -> None:
    assert Budgets(trials=1).spent(study_of(0.9, 0.8)) == "2 of 1 trials are complete"


@pytest.mark.parametrize(("max_hours", "spent"), [(3 / 60, False), (2 / 60, True), (1.5 / 60, True), (None, False)])
def test_hours_count_the_training_of_all_trials(max_hours: float | None, spent: bool) -> None:
    study = study_of(0.9, None, 0.7)  # a minute each that completed

    assert bool(Budgets(trials=40, max_hours=max_hours).spent(study)) is spent


def test_spent_hours_are_told_with_their_limit() -> None:
    assert Budgets(trials=40, max_hours=0.05).spent(study_of(0.9, 0.8, 0.7)) == (
        "0.05 hours of training are spent, of 0.05"
    )


@pytest.mark.parametrize(("patience", "spent"), [(3, False), (2, True), (1, True), (None, False)])
def test_patience_ends_with_so_many_trials_without_gain(patience: int | None, spent: bool) -> None:
    assert bool(Budgets(trials=40, patience=patience).spent(study_of(0.8, 0.9, 0.7, 0.9))) is spent


def test_patience_begins_anew_with_a_better_trial() -> None:
    assert Budgets(trials=40, patience=2).spent(study_of(0.8, 0.7, 0.6, 0.9)) == ""


def test_a_finite_space_with_a_point_left_is_not_used_up() -> None:
    assert Budgets(trials=40).spent(finite_study(*ALL_POINTS[:3])) == ""


def test_a_finite_space_that_is_used_up_ends_the_search() -> None:
    assert Budgets(trials=40).spent(finite_study(*ALL_POINTS)) == SPACE_USED_UP


def test_a_failed_point_is_used_up_too() -> None:
    study = finite_study(*ALL_POINTS[:3]).propose({"filters": 9, "activation": "tanh"})

    assert Budgets(trials=40).spent(study.fail(4, "diverged", now=START)) == SPACE_USED_UP


@pytest.mark.parametrize(
    "budgets",
    [
        Budgets(trials=1),
        Budgets(trials=40, max_hours=0.01),
        Budgets(trials=40, patience=1),
        Budgets(trials=40, max_failures=1),
    ],
)
def test_a_trial_in_hand_is_finished_before_any_budget_is_asked(budgets: Budgets) -> None:
    study = study_of(0.9, 0.8, None, running_epochs=2)

    assert budgets.spent(study) == ""
    budgets.check_failures(study)


def test_the_last_point_of_a_space_is_trained_to_its_end() -> None:
    study = finite_study(*ALL_POINTS[:3]).propose({"filters": 9, "activation": "tanh"})

    assert Budgets(trials=40).spent(study) == ""


def test_a_point_that_was_imported_twice_is_one_point() -> None:
    study = finite_study(*ALL_POINTS[:3]).import_trial({"filters": 8, "activation": "relu"}, 0.9)

    assert Budgets(trials=40).spent(study) == ""


def test_a_space_with_a_real_dimension_is_never_used_up() -> None:
    study = finite_study()
    space = Space((*FINITE.dimensions, Real("dropout", 0.0, 0.5)))
    study = replace(study, fingerprint=replace(study.fingerprint, space=space))
    for number, (filters, activation) in enumerate(ALL_POINTS * 2):
        study = study.propose({"filters": filters, "activation": activation, "dropout": number / 100})
        study = study.fail(number + 1, "diverged", now=START)

    assert Budgets(trials=40).spent(study) == ""


def test_the_budgets_are_told_by_the_names_of_their_options() -> None:
    assert Budgets(trials=40, max_hours=2.5).told == {"trials": 40, "max_hours": 2.5, "patience": None}


def test_fewer_failures_in_a_row_than_allowed_let_the_search_go_on() -> None:
    Budgets(trials=40, max_failures=3).check_failures(study_of(None, None, 0.9, None, None))


def test_too_many_failures_in_a_row_end_the_job_with_70_the_last_reason_and_where_to_look() -> None:
    with pytest.raises(NoProgressError) as refusal:
        Budgets(trials=40, max_failures=3).check_failures(study_of(0.9, None, None, None))

    assert int(refusal.value.exit_code) == 70
    assert str(refusal.value) == (
        "3 trials in a row have failed, the last one, 4, because: the loss became NaN in epoch 1"
    )
    assert "trials/0004/log.txt" in refusal.value.hint


def test_the_limit_that_the_hint_names_lets_the_search_go_on() -> None:
    study = study_of(None, None, None)
    with pytest.raises(NoProgressError, match="3 trials") as refusal:
        Budgets(trials=40, max_failures=2).check_failures(study)

    limit = int(refusal.value.hint.rpartition(" ")[2])
    Budgets(trials=40, max_failures=limit).check_failures(study)


def test_a_search_of_which_only_imported_trials_have_a_score_has_not_succeeded() -> None:
    with pytest.raises(NoProgressError, match="none of 1 trials has succeeded"):
        Budgets(trials=40).check_success(study_of(None, imported=[0.9]))


def attempts_at(*, heard: int, unheard: int) -> Trial:
    """Return a trial in hand that died so many times, and was as often started without a word of how that ended."""
    study = study_of(running_epochs=0).interrupt(1)
    for _ in range(heard):
        study = study.start(1, now=START).stumble(1, "killed by SIGSEGV")
    for _ in range(unheard):
        study = study.start(1, now=START)
    return study.trial(1)


@pytest.mark.parametrize(
    ("heard", "unheard", "reason"),
    [
        (2, 2, ""),
        (3, 0, "died 3 times without getting on: killed by SIGSEGV"),
        (3, 2, "died 3 times without getting on: killed by SIGSEGV"),
        (0, 3, "started 3 times without getting on: killed each time"),
        (2, 3, "started 3 times without getting on: killed each time"),
    ],
)
def test_deaths_of_a_trial_and_kills_of_the_job_are_limited_each_for_itself(
    heard: int, unheard: int, reason: str
) -> None:
    assert Budgets(trials=40, max_attempts=3).given_up(attempts_at(heard=heard, unheard=unheard)) == reason


def test_a_trial_that_got_on_may_die_as_often_again() -> None:
    study = study_of(running_epochs=0)
    for _ in range(2):
        study = study.start(1, now=START).stumble(1, "killed by SIGSEGV")
    study = study.get_on(1, ({"val_accuracy": 0.5},), seconds=1.0).start(1, now=START).stumble(1, "killed again")

    assert Budgets(trials=40, max_attempts=3).given_up(study.trial(1)) == ""
