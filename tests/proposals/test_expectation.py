"""What a surrogate expects of a proposal: asked in passing, of what the plan knew, and without a say in anything."""

from dataclasses import replace
from typing import Any

import pytest

from job.core.expectation import Expectation
from job.core.journal import Enqueued
from job.core.plan import NewTrial, plan
from job.core.space import Params
from job.core.study import Study
from job.core.trial import Origin
from job.proposals.expectation import expected_of, expected_when_planned
from job.proposals.propose import propose
from job.proposals.scikit_optimize import optimizer
from job.proposals.surrogate import fit_surrogate
from tests.fakes import START, study_of

SCORES = (0.9, 0.7, 0.95, 0.8)


def asking(study: Study, **changes: Any) -> Study:
    """Return the study with all its trials so far before those that the surrogate is asked for."""
    changes = {"default": {}, "initial_points": len(study.trials), **changes}
    return replace(study, fingerprint=replace(study.fingerprint, **changes))


def planned_of(study: Study) -> tuple[NewTrial, Expectation | None]:
    planned = plan(study, propose)
    assert isinstance(planned, NewTrial)
    return planned, expected_when_planned(study, planned)


@pytest.mark.parametrize("surrogate", ["GP", "RF"])
def test_what_is_expected_of_a_proposal_is_what_the_surrogate_predicts_there(surrogate: str) -> None:
    study = asking(study_of(*SCORES), surrogate=surrogate)

    planned, expected = planned_of(study)

    model = fit_surrogate(study)
    assert model is not None and expected is not None
    mean, std = model.predict([planned.params])
    believed, _ = model.predict([trial.params for trial in study.trials])
    assert expected.score == pytest.approx(float(mean[0]), rel=1e-5)
    assert expected.deviation == pytest.approx(float(std[0]), rel=1e-3)
    assert expected.is_improvement == (float(mean[0]) >= max(believed))
    assert max(float(mean[0]) - max(believed), 0) - 1e-4 <= expected.improvement < 1


def test_less_of_a_loss_is_expected_as_an_improvement_too() -> None:
    more, less = asking(study_of(*SCORES)), asking(study_of(*(-score for score in SCORES), objective="val_loss:min"))

    (planned, expected), (planned_less, expected_less) = planned_of(more), planned_of(less)

    assert planned.params == planned_less.params
    assert expected is not None and expected_less == replace(expected, score=-expected.score)


def test_to_ask_what_is_expected_takes_no_further_fit_and_changes_no_proposal() -> None:
    study = asking(study_of(*SCORES))
    planned = plan(study, propose)
    fits = optimizer._fit.cache_info().misses

    assert isinstance(planned, NewTrial) and expected_when_planned(study, planned) is not None

    assert optimizer._fit.cache_info().misses == fits
    assert plan(study, propose) == planned
    proposed = study.propose(planned.params).expect(expected_when_planned(study, planned))
    assert propose(proposed) == propose(study.propose(planned.params))


@pytest.mark.parametrize(
    "study",
    [
        study_of(*SCORES),  # random points come first
        asking(study_of(), default=study_of().fingerprint.default),  # given
        asking(study_of(0.9)),
        asking(study_of(0.9, 0.9, None)),
        asking(study_of(*SCORES), surrogate="none"),
    ],
    ids=["design", "given", "one score", "equal scores", "no surrogate"],
)
def test_nothing_is_expected_of_points_that_no_surrogate_with_knowledge_has_chosen(study: Study) -> None:
    assert planned_of(study)[1] is None


def test_of_a_point_that_is_asked_for_in_part_something_is_expected_and_of_a_whole_one_nothing() -> None:
    study = asking(study_of(*SCORES))
    part: Params = {"activation": "tanh"}
    whole = {**study.trial(1).params, "filters": 9}

    planned, expected = planned_of(study.enter(Enqueued(part), now=START, request="a"))
    assert (planned.origin, planned.params["activation"]) == (Origin.ENQUEUED, "tanh")
    assert expected == expected_of(study, planned.params) is not None

    planned, expected = planned_of(study.enter(Enqueued(whole), now=START, request="a"))
    assert (planned.params, expected) == (whole, None)


def test_what_is_expected_is_what_was_known_when_the_trial_was_planned() -> None:
    """The fifth trial is planned at virtual time 0 beside the fourth, whose score has come in since."""
    before = study_of(*SCORES[:3])
    beside = asking(before, lookahead=2, initial_points=3)
    begins = beside.steps[-1].begins
    study = beside.propose(study_of(*SCORES).trial(4).params, worker=1, begins=begins)
    study = study.complete(4, ({"val_accuracy": 0.99},), seconds=1.0, now=START, model_sha256="")
    planned = NewTrial(params={**study.trial(4).params, "filters": 9}, origin=Origin.PROPOSED, worker=2, begins=begins)

    expected = expected_when_planned(study, planned)

    pending = beside.propose(study.trial(4).params, worker=1, begins=begins)
    assert expected == expected_when_planned(pending, planned) is not None
    assert expected != expected_of(study, planned.params)


def test_what_is_no_finite_number_is_not_recorded() -> None:
    study = asking(study_of(1e200, 2e200, -1e200, 3e200, objective="val_loss:min"), surrogate="RF")
    assert expected_of(study, study.trial(1).params) is None
