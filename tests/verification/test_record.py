"""What a study records of its steps, against what follows from its trials and its journal."""

import math
from dataclasses import replace

import pytest

from job.core.ending import EndKind
from job.core.journal import Dropped, Enqueued, Entry, Retried
from job.core.study import Study
from job.core.trial import Status
from job.verification.inputs import check_journal
from job.verification.record import check_numbers, check_steps
from tests.fake_confirmation import confirming
from tests.fakes import START, study_of
from tests.verification.searches import searched, with_step, with_trial


def found(study: Study) -> list[tuple[str, str]]:
    return [(each.place, each.name) for each in check_steps(study).differences]


@pytest.mark.parametrize(
    "study",
    [
        study_of(),
        study_of(0.9, None, 0.8, imported=[0.7], running_epochs=2, running_batch=3),
        study_of(0.9, running_epochs=2, running_batch=3).fail(2, "its node is gone", now=START, kind=EndKind.LOST),
        searched(lookahead=3, failing=(2, 3)),
        searched(lookahead=2, requests={3: Dropped(1), 4: Dropped(4)}),
        searched(imported=[0.8], requests={3: Dropped(1)}),
    ],
)
def test_nothing_differs_in_a_study_that_changed_by_its_own_rules(study: Study) -> None:
    assert found(study) == []
    assert check_journal(study).differences == ()
    assert check_numbers(study) == ()


@pytest.mark.parametrize("status", [Status.FAILED, Status.RUNNING, Status.DROPPED, Status.IMPORTED])
def test_a_status_that_is_not_that_of_the_step_is_found(status: Status) -> None:
    assert found(with_trial(searched(), 3, status=status)) == [("trial 3", "status")]


def test_a_trial_without_a_step_is_one_from_elsewhere_or_a_difference() -> None:
    study = searched()

    assert found(replace(study, steps=study.steps[:-1])) == [("trial 6", "status")]


def test_a_step_that_failed_is_not_of_a_trial_that_completed() -> None:
    assert ("trial 3", "status") in found(with_step(searched(), 3, ended=EndKind.DIVERGED))


def test_a_virtual_end_is_found_to_its_last_bit() -> None:
    study = searched()
    ends = math.nextafter(study.steps[2].ends or 0.0, 0)

    (difference,) = check_steps(with_step(study, 3, ends=ends)).differences
    assert (difference.place, difference.name) == ("step 3", "virtual end")
    assert (difference.recorded, difference.now) == (ends, study.steps[2].ends)


def test_other_batches_than_the_virtual_time_tells_are_found() -> None:
    assert found(with_trial(searched(failing=(3,)), 3, batches=99)) == [("step 3", "virtual end")]


def test_the_virtual_end_of_a_trial_that_was_dropped_in_hand_is_after_all_that_was_planned_by_then() -> None:
    study = searched(lookahead=2, requests={4: Dropped(4)})
    assert study.steps[3].ended is EndKind.DROPPED

    assert found(with_step(study, 4, ends=1.0)) == [("step 4", "virtual end")]


def test_seconds_that_are_not_those_of_the_trial_are_found() -> None:
    assert found(with_step(searched(), 2, seconds=3.0)) == [("step 2", "seconds")]


def test_the_steps_of_a_trial_before_its_last_try_are_not_compared() -> None:
    study = searched(failing=(3,), requests={4: Retried(3)})

    assert check_steps(study).not_compared == ("step 3, of a trial that was begun again or gone on with since",)
    assert found(study) == []


def test_numbers_that_are_not_those_of_their_places_are_found() -> None:
    study = searched()

    assert [each.place for each in check_numbers(with_step(study, 3, number=4))] == ["step 3"]
    assert [each.place for each in check_numbers(with_trial(study, 3, number=4))] == ["trial 3"]
    assert [each.place for each in check_numbers(with_step(study, 3, trial=7))] == ["step 3"]
    again = confirming(0.91, 0.94)
    swapped = replace(again, replicates=tuple(reversed(again.replicates)))
    assert [each.place for each in check_numbers(swapped)] == ["trial 2 again on seed 1", "trial 1 again on seed 1"]


ASKED = searched(requests={2: Enqueued({"filters": 9})})


def journal(study: Study, *entries: Entry) -> list[tuple[str, str]]:
    return [(each.place, each.name) for each in check_journal(replace(study, journal=entries)).differences]


def test_a_request_that_a_step_claims_and_the_journal_lacks_is_found() -> None:
    assert journal(ASKED, ASKED.journal[0]) == [("step 3", "input that is not in the journal")]


def test_a_request_that_was_taken_in_twice_is_found() -> None:
    assert journal(ASKED, *ASKED.journal, ASKED.journal[1]) == [("input request-2", "times taken in")]


def test_a_request_that_was_carried_out_twice_is_found() -> None:
    (difference,) = check_journal(with_step(ASKED, 5, request="request-2")).differences
    assert (difference.name, difference.recorded, difference.now) == ("times carried out", 2, 1)


def test_a_request_that_was_carried_out_before_it_came_is_found() -> None:
    limits, asked = ASKED.journal

    assert journal(ASKED, limits, replace(asked, step=5)) == [("step 3", "first step of input request-2")]


def test_inputs_that_are_not_in_the_order_of_their_steps_are_found() -> None:
    limits, asked = ASKED.journal

    assert journal(ASKED, asked, limits) == [("input 2", "first step")]
    assert journal(ASKED, limits, asked, replace(limits, step=99, at=START)) == [("input 3", "first step")]


def test_the_journal_tells_how_many_inputs_there_are() -> None:
    assert check_journal(ASKED).told == "2 inputs, each taken in once and carried out once at most"


def test_replicates_are_counted_apart_from_trials() -> None:
    told = check_steps(confirming(0.91, 0.94, running=True)).told
    assert told.startswith("4 trials and 3 trainings to confirm stand where their steps say")
