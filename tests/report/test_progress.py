"""How much of a search is left."""

from dataclasses import replace

import pytest

from job.core.limits import Limits
from job.report.progress import estimate_seconds_left, share_done
from tests.fake_confirmation import TRAININGS, confirming
from tests.fake_rungs import begin_trial, plan_trial, reach, search_on_rungs, stop_trial
from tests.fakes import START, TRIAL_SECONDS, study_of

NOW = START + 3600


def test_the_time_left_comes_from_the_mean_trial() -> None:
    assert estimate_seconds_left(study_of(0.9, 0.8, budget=10)) == 8 * TRIAL_SECONDS
    assert estimate_seconds_left(study_of(0.9, running_epochs=2, budget=3)) == pytest.approx(TRIAL_SECONDS * 4 / 3)


def test_the_time_left_of_a_first_trial_comes_from_its_epochs() -> None:
    assert estimate_seconds_left(study_of(running_epochs=1, budget=2)) == pytest.approx(TRIAL_SECONDS * 5 / 3)


def test_the_time_left_is_at_least_that_of_the_trial_in_hand() -> None:
    study = study_of(0.9, 0.8, running_epochs=2, budget=2)
    hours = study.enter(Limits(trials=40, max_hours=1.5 / 60), now=NOW)

    assert [estimate_seconds_left(each) for each in (study, hours)] == [pytest.approx(TRIAL_SECONDS / 3)] * 2


def test_the_time_left_ends_with_the_hours_of_the_budget() -> None:
    study = study_of(0.9).open_run(now=NOW, limits=Limits(trials=1000, max_hours=0.5))

    assert estimate_seconds_left(study) == 1800 - TRIAL_SECONDS


def test_no_time_left_is_told_before_a_trial_or_without_a_budget() -> None:
    assert estimate_seconds_left(study_of()) is None
    assert estimate_seconds_left(study_of(0.9, budget=None)) is None


def test_trials_that_stopped_early_make_the_mean_one_shorter() -> None:
    study = stop_trial(search_on_rungs(0.9, budget=4))

    assert estimate_seconds_left(study) == pytest.approx(TRIAL_SECONDS + 20 * 0.33)


def test_a_trial_beyond_the_rung_at_which_others_stopped_is_taken_to_last_as_long_as_one_that_ended() -> None:
    study = begin_trial(stop_trial(search_on_rungs(0.9, budget=3)))
    beyond = reach(study, 3, 0.33, 0.7)

    assert estimate_seconds_left(study) == pytest.approx((TRIAL_SECONDS + 20 * 0.33) / 2)
    assert estimate_seconds_left(beyond) == pytest.approx(TRIAL_SECONDS - 20 * 0.33)


def test_a_first_trial_beyond_the_rung_at_which_others_stopped_is_taken_to_last_its_epochs() -> None:
    study = reach(begin_trial(stop_trial(search_on_rungs(budget=2))), 2, 1.0, 0.95)

    assert estimate_seconds_left(study) == pytest.approx(2 * 20)


def test_trials_at_work_share_what_is_left_and_planned_ones_are_not_at_work() -> None:
    study = search_on_rungs(0.9, budget=9)
    two = plan_trial(begin_trial(begin_trial(study)))

    assert estimate_seconds_left(two) == pytest.approx(8 * TRIAL_SECONDS / 2)


def test_trials_that_an_earlier_run_has_begun_are_not_at_work() -> None:
    study = begin_trial(begin_trial(search_on_rungs(0.9, budget=9))).open_run(now=NOW)

    assert estimate_seconds_left(study.start(2, now=NOW)) == pytest.approx(8 * TRIAL_SECONDS)


def test_the_time_left_counts_the_trainings_of_a_confirmation_before_it_has_begun() -> None:
    study = study_of(0.9, 0.8, budget=4)
    whole = study.limited(Limits(trials=4, confirm="3x2"), now=NOW)
    half_of_the_epochs = study.limited(Limits(trials=4, confirm="auto"), now=NOW)
    none_yet = study_of(running_epochs=1, budget=4).limited(Limits(trials=4, confirm="3x2"), now=NOW)

    assert estimate_seconds_left(whole) == (2 + TRAININGS) * TRIAL_SECONDS
    assert estimate_seconds_left(half_of_the_epochs) == (2 + 2) * TRIAL_SECONDS
    assert estimate_seconds_left(none_yet) == pytest.approx((4 + TRAININGS - 1 / 3) * TRIAL_SECONDS)


def test_the_time_left_in_a_confirmation_is_that_of_the_trainings_to_come() -> None:
    assert estimate_seconds_left(confirming(0.91)) == 6 * TRIAL_SECONDS
    assert estimate_seconds_left(confirming(0.91, running=True)) == 6 * TRIAL_SECONDS
    assert estimate_seconds_left(confirming(0.91, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9)) == 0.0


def test_a_search_that_ended_before_its_budget_trains_no_trials_beside_its_confirmation() -> None:
    study = confirming(0.91, running=True)
    target = study.limited(replace(study.limits, trials=40, target=0.9), now=NOW)
    assert estimate_seconds_left(target) == 6 * TRIAL_SECONDS


def test_a_training_of_the_confirmation_lasts_as_long_as_a_trial_to_its_end() -> None:
    study = stop_trial(search_on_rungs(0.9, budget=2)).limited(Limits(trials=2, confirm="1x2"), now=NOW)
    assert estimate_seconds_left(study) == 2 * TRIAL_SECONDS


def test_the_confirmation_is_part_of_what_is_to_be_done() -> None:
    assert share_done(confirming()) == pytest.approx(4 / 11)
    assert share_done(confirming(0.91, 0.9, running=True)) == pytest.approx(6 / 11)
    assert share_done(confirming(0.91, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9)) == 1.0
    assert share_done(confirming(None, None, None)) == 1.0  # all have failed, and there is nothing to measure
