"""What a search learns from trials that were trained again: they are more scores of the same points."""

from dataclasses import replace

import numpy as np
import pytest

from job.core.journal import Dropped
from job.core.past import known_at
from job.core.study import Study
from job.proposals.additive_gp.fit import model_of
from job.proposals.contenders import contenders
from job.proposals.propose import propose
from job.proposals.result import dump_result
from job.proposals.surrogate import FittedSurrogate, fit_surrogate
from job.proposals.told import told
from tests.core.test_confirmation import ended
from tests.fakes import START, study_of

SCORES = (0.5, 0.7, 0.6, 0.72, 0.95, 0.71, 0.55, 0.62, 0.74, 0.66)  # of which the fifth is a lucky one
UNLUCKY = (0.7, 0.68, 0.72, 0.71)


def again(study: Study, of: int, *scores: float | None) -> Study:
    """Return a study in which a trial was trained again so often, with these scores, None for a failed one."""
    for score in scores:
        study = study.replicate(of, len(study.replicates) + 1)
        study = ended(study, study.replicates[-1].number, score)
    return study


def searched(surrogate: str = "additive-gp", *scores: float, objective: str = "val_accuracy:max") -> Study:
    study = study_of(*scores or SCORES, objective=objective)
    return replace(study, fingerprint=replace(study.fingerprint, surrogate=surrogate, initial_points=5))


def fitted(study: Study) -> FittedSurrogate:
    surrogate = fit_surrogate(study)
    assert surrogate is not None
    return surrogate


def noise(study: Study) -> float:
    """Return the standard deviation of a score that the surrogate takes for noise, in the objective's units."""
    model = model_of(study)
    return float(np.sqrt(np.mean([each.kernel.noise for each in model.posteriors]))) * model.warping.unit


def test_replicates_that_have_completed_are_heard_of_after_the_trials() -> None:
    study = again(study_of(0.9, None, 0.7, running_epochs=1), 3, 0.6, None, 0.8).replicate(1, 4)
    assert told(study, with_lies=False) == ([1, 2, 3, -1, -3], [-0.9, -0.7, -0.7, -0.6, -0.8])
    assert told(study, with_lies=True) == ([1, 2, 3, 4, -1, -3], [-0.9, -0.7, -0.7, -0.9, -0.6, -0.8])


def test_those_of_a_dropped_trial_are_not_heard_of_any_more() -> None:
    study = again(study_of(0.9, 0.8, 0.7), 1, 0.6).enter(Dropped(1), now=START)
    assert told(study, with_lies=False) == ([2, 3], [-0.8, -0.7])


def test_those_that_had_not_ended_when_a_step_was_planned_did_not_count_for_it() -> None:
    study = again(searched(), 5, *UNLUCKY)
    study = study.propose(study.fingerprint.default, begins=study.steps[-2].ends)
    past = known_at(study, study.steps[-1].number, study.steps[-1].begins)
    assert told(past, with_lies=False)[0] == [*range(1, 11), -1, -2, -3]


@pytest.mark.parametrize("surrogate", ["additive-gp", "GP", pytest.param("RF", marks=pytest.mark.slow)])
def test_less_is_expected_of_a_point_whose_score_was_luck_and_the_next_one_is_another(surrogate: str) -> None:
    study = searched(surrogate)
    confirmed, refuted = again(study, 5, *[0.95] * 6), again(study, 5, *[0.6] * 6)
    expected, less = (fitted(each).predict([study.trial(5).params])[0][0] for each in (confirmed, refuted))

    assert less < expected - 0.1
    tried = [trial.params for trial in study.trials]
    assert len({str(propose(each)) for each in (study, confirmed, refuted)} - {*map(str, tried)}) == 3
    assert fitted(refuted).numbers == (*range(1, 11), *[5] * 6)


def test_scores_that_differ_at_one_point_are_noise_and_equal_ones_are_none() -> None:
    apart, alike = (noise(again(searched(), 5, *scores)) for scores in ((0.87, 0.99, 0.9, 1.0), [0.95] * 4))
    assert alike < 0.02 and 0.03 < apart < 0.1


def test_replicates_turn_no_direction() -> None:
    more = again(searched(), 5, *UNLUCKY)
    turned = searched("additive-gp", *(-score for score in SCORES), objective="val_loss:min")
    assert propose(again(turned, 5, *(-score for score in UNLUCKY))) == propose(more)


@pytest.mark.parametrize("surrogate", ["additive-gp", "GP"])
def test_a_lucky_trial_is_trusted_less_once_it_was_trained_again(surrogate: str) -> None:
    study = searched(surrogate)
    assert contenders(study, 1) == (5,)
    assert contenders(again(study, 5, 0.5, 0.55, 0.52, 0.53), 1) != (5,)
    assert contenders(again(study, 5, 0.95, 0.96), 1) == (5,)


def test_with_too_few_scores_for_a_surrogate_the_one_that_there_is_comes_first() -> None:
    assert contenders(again(study_of(0.9, None), 1, 0.1), 2) == (1,)


@pytest.mark.parametrize("with_model", [False, True])
def test_the_result_has_each_trial_once(with_model: bool) -> None:
    study = searched("RF")
    known = again(study, 5, *UNLUCKY)
    assert dump_result(known, with_model=with_model) == dump_result(study, with_model=with_model)
