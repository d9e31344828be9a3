"""Searches that were saved by each surrogate: the plan asked again answers the points that were tried, to the bit.

A change of what is proposed shows here. What is written stays: another way to propose has another name. Of
scikit-optimize's Gaussian process the last bits are others on another kind of processor.
"""

import math
from pathlib import Path

import pytest

from job.core.past import known_at
from job.core.plan import NewTrial, plan
from job.core.study import Study
from job.core.trial import Origin, Status
from job.proposals.expectation import expected_when_planned
from job.proposals.propose import propose
from job.state import study_json
from job.verification.finding import Difference
from job.verification.replay import check_plan
from tests.state.proposals.write import FOLDER, STUDIES

EARLIER = ("format_2", "format_3", "format_6")


def load(path: Path) -> Study:
    return study_json.load(path.read_bytes())


def differences(study: Study) -> list[Difference]:
    found = check_plan(study, propose, lambda *_: None).differences
    return [each for each in found if study.fingerprint.surrogate != "GP" or not is_rounding(each)]


def is_rounding(difference: Difference) -> bool:
    one, other = difference.recorded, difference.now
    return isinstance(one, float) and isinstance(other, float) and math.isclose(one, other, rel_tol=1e-6)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name in {"GP", "RF", "ET"} else name for name in STUDIES]
)
def test_each_step_of_a_saved_search_is_what_the_plan_answers_now(name: str) -> None:
    study = load(FOLDER / f"{name}.json")
    assert study.trial(3).status is Status.FAILED
    assert [trial.number for trial in study.trials if trial.origin is Origin.ENQUEUED] == [6]
    assert differences(study) == []


@pytest.mark.parametrize("name", EARLIER)
def test_each_step_of_a_search_of_an_earlier_release_is_what_the_plan_answers_now(name: str) -> None:
    study = load(Path(__file__).parent / name / "unbroken.json")
    assert differences(study) == []


@pytest.mark.parametrize("name", [name for name in STUDIES if name.startswith("additive-gp")])
def test_what_was_expected_of_each_trial_of_a_saved_search_is_what_is_expected_now(name: str) -> None:
    study = load(FOLDER / f"{name}.json")
    expected = []
    for step in study.steps:
        planned = plan(study, propose, number=step.number)
        assert isinstance(planned, NewTrial)
        expected.append(expected_when_planned(known_at(study, step.number, step.begins), planned))
    assert expected == [trial.expected for trial in study.trials]
    assert sum(each is not None for each in expected) == len(study.trials) - 3
