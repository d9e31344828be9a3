"""The plan asked again for every step of a saved search."""

import math
from dataclasses import replace
from pathlib import Path

import pytest

from job.core.journal import Dropped, Enqueued, Retried
from job.core.known import Known
from job.core.limits import Limits
from job.core.run import RunEnd
from job.core.space import Params
from job.core.study import Study
from job.core.trial import Origin
from job.state import study_json
from job.verification.finding import Difference
from job.verification.inputs import check_journal
from job.verification.replay import check_plan
from tests.fakes import START
from tests.verification.searches import propose, searched, with_step, with_trial

FORMATS = Path(__file__).parents[1] / "state"

INTERVENED = searched(
    trials=8,
    lookahead=2,
    failing=(3,),
    requests={2: Enqueued({"filters": 9}), 6: Retried(3), 7: Dropped(1)},
    imported=(0.8, 0.7),
)


def differences(study: Study) -> tuple[Difference, ...]:
    return check_plan(study, propose, lambda *_: None).differences


def places(study: Study) -> list[tuple[str, str]]:
    return [(each.place, each.name) for each in differences(study)]


@pytest.mark.parametrize(
    "study", [Study(fingerprint=searched().fingerprint), searched(), searched(lookahead=3), INTERVENED]
)
def test_nothing_differs_in_a_search_that_was_carried_out_as_planned(study: Study) -> None:
    assert differences(study) == ()


def test_a_search_with_requests_has_carried_them_out() -> None:
    assert [step.request for step in INTERVENED.steps if step.request] == ["request-2", "request-6"]
    assert [trial.status for trial in INTERVENED.trials][:3] == ["dropped", "imported", "completed"]
    assert INTERVENED.trial(5).origin == "enqueued"


def test_each_step_is_told_before_it_is_asked_for() -> None:
    told: list[tuple[int, int]] = []
    check_plan(searched(trials=3), propose, lambda *step: told.append(step))

    assert told == [(1, 3), (2, 3), (3, 3)]


def test_the_last_bit_of_a_value_is_found_and_told_in_full() -> None:
    study = searched()
    recorded = math.nextafter(float(study.trial(4).params["dropout"]), 1)
    changed = with_trial(study, 4, params={**study.trial(4).params, "dropout": recorded})

    now = study.trial(4).params["dropout"]
    assert differences(changed) == (Difference(place="step 4", name="dropout", recorded=recorded, now=now),)


def test_minus_zero_is_another_value_than_zero() -> None:
    study = searched()
    zero = Enqueued({**study.fingerprint.default, "dropout": 0.0})
    asked = searched(requests={2: zero})

    assert places(with_trial(asked, 3, params={**zero.params, "dropout": -0.0})) == [("step 3", "dropout")]


def test_a_changed_score_is_found_in_what_was_proposed_after_it() -> None:
    study = searched()
    trial = study.trial(3)
    last = {**trial.history[-1], "val_accuracy": math.nextafter(trial.history[-1]["val_accuracy"], 0)}
    changed = with_trial(study, 3, history=(*trial.history[:-1], last))

    found = places(changed)
    assert ("step 4", "dropout") in found
    assert {place for place, _ in found} <= {"step 4", "step 5", "step 6"}


def test_what_a_step_is_recorded_to_be_is_compared_as_a_whole() -> None:
    study = with_trial(with_step(searched(lookahead=2), 3, worker=7, begins=1.0, request="x"), 3, origin=Origin.GIVEN)

    names = [name for place, name in places(study) if place == "step 3"]
    assert names == ["worker", "virtual beginning", "input", "origin"]


def test_a_limit_that_would_have_ended_the_search_before_is_found() -> None:
    study = searched(trials=6)
    entry = study.journal[0]
    changed = replace(study, journal=(replace(entry, input=Limits(trials=4)),))

    first = differences(changed)[0]
    assert (first.place, first.recorded) == ("step 5", "a new trial")
    assert first.now == "the search ends: 4 of 4 trials are complete"


def test_a_search_that_ended_and_would_go_on_is_found() -> None:
    study = searched(trials=6)
    changed = replace(study, journal=(replace(study.journal[0], input=Limits(trials=7)),))

    assert differences(changed) == (
        Difference(place="after step 6", name="what is done", recorded="the search ends", now="a new trial"),
    )
    assert differences(changed.close_run(RunEnd.INTERRUPTED)) == ()


@pytest.mark.parametrize(("removed", "step"), [(1, 3), (2, 7)], ids=["a point", "another try"])
def test_a_request_that_is_missing_in_the_journal_is_found(removed: int, step: int) -> None:
    journal = tuple(entry for place, entry in enumerate(INTERVENED.journal) if place != removed)

    assert differences(replace(INTERVENED, journal=journal))[0].place == f"step {step}"


def test_a_drop_that_is_missing_in_the_journal_is_found_in_what_was_proposed_without_the_trial() -> None:
    study = searched(requests={3: Dropped(2)})
    assert differences(study) == ()

    assert ("step 4", "dropout") in places(replace(study, journal=study.journal[:1]))


def test_a_step_of_a_failed_trial_that_did_not_fail_is_found() -> None:
    changed = with_step(searched(failing=(3,), requests={4: Retried(3)}), 5, request="")

    assert [each.name for each in differences(changed)][:1] == ["input"]


@pytest.mark.parametrize("file", ["format_2/unbroken.json", "format_3/unbroken.json"])
@pytest.mark.parametrize("last_limits", [Limits(trials=6), Limits(trials=2), Limits(max_failures=1)])
def test_the_limits_of_earlier_releases_are_not_known_and_not_compared(file: str, last_limits: Limits) -> None:
    study = study_json.load((FORMATS / file).read_bytes())
    study = replace(study, journal=(replace(study.journal[0], input=last_limits),)).close_run(RunEnd.INTERRUPTED)

    def as_recorded(known: Known, _: Params) -> Params:
        return study.trial(len(known.trials) + 1).params

    assert check_plan(study, as_recorded, lambda *_: None).differences == ()
    assert check_journal(study).not_compared == (
        "limits at the first 6 steps: an earlier release planned these, and did not record them",
    )


def test_a_search_that_goes_on_after_an_earlier_release_has_its_later_limits_compared() -> None:
    study = searched(trials=6)
    for number in (1, 2):
        study = with_step(study, number, attempts=())
    assert check_journal(study).not_compared[0].startswith("limits at the first 3 steps")

    changed = replace(study, journal=(replace(study.journal[0], input=Limits(trials=2)),))
    assert [place for place, _ in places(changed)][:1] == ["step 4"]


def test_a_step_that_waits_for_its_first_start_is_none_of_an_earlier_release() -> None:
    study = searched(trials=3)
    planned = study.propose(propose(study, {}), begins=study.steps[-1].ends)

    assert check_journal(planned).not_compared == ()


def test_a_search_that_has_not_ended_is_asked_for_no_end() -> None:
    study = searched(trials=3)
    assert check_plan(study, propose, lambda *_: None).told.endswith("to the last bit; and then the end")

    going_on = study.open_run(now=START, limits=Limits(trials=9))
    assert check_plan(going_on, propose, lambda *_: None).told == (
        "3 of 3 steps are what the plan answers again, to the last bit"
    )
