"""The surrogate as a function that can be asked."""

import io
import math
from dataclasses import replace

import numpy as np
import pytest
import skopt

from job.core.space import Categorical, Params, Space
from job.core.study import Study
from job.proposals.result import dump_result
from job.proposals.scikit_optimize.regression import SkoptRegressor
from job.proposals.surrogate import FittedSurrogate, fit_surrogate
from tests.fakes import study_of

SCORES = [0.9 - 0.02 * (number * 7 % 13) for number in range(16)]
SURROGATES = ("GP", "RF", pytest.param("ET", marks=pytest.mark.slow))  # another forest


def fitted(study: Study) -> FittedSurrogate:
    surrogate = fit_surrogate(study)
    assert surrogate is not None
    return surrogate


def with_surrogate(study: Study, name: str) -> Study:
    return replace(study, fingerprint=replace(study.fingerprint, surrogate=name))


def points_between(study: Study, count: int) -> list[Params]:
    """Return points of which each dimension runs from one end to the other."""
    shares = np.linspace(0.0, 1.0, count)
    return [
        {
            "learning_rate": 1e-6 * 10 ** (4 * float(share)),
            "filters": 8 + round(56 * float(share)),
            "dropout": 0.5 * float(share),
            "activation": "relu" if place % 2 else "tanh",
        }
        for place, share in enumerate(shares)
    ]


@pytest.mark.parametrize("objective", ["val_accuracy:max", "val_loss:min"])
def test_it_predicts_the_objective_in_its_own_units(objective: str) -> None:
    study = study_of(*(20 * score for score in SCORES), objective=objective)
    surrogate = fitted(study)

    mean, std = surrogate.predict([trial.params for trial in study.trials])

    assert np.corrcoef(mean, [20 * score for score in SCORES])[0, 1] > 0.5
    assert (mean > 10).all() and (mean < 20).all()
    assert (std >= 0).all()


@pytest.mark.parametrize("name", SURROGATES)
def test_it_is_the_model_of_the_dumped_result(name: str) -> None:
    study = with_surrogate(study_of(*SCORES), name)
    points = points_between(study, 9)
    result = skopt.load(io.BytesIO(dump_result(study, with_model=True)))
    encoded = result.space.transform([study.fingerprint.space.values(point) for point in points])
    expected_loss, expected_std = result.models[-1].predict(encoded, return_std=True)

    mean, std = fitted(study).predict(points)

    assert mean == pytest.approx(-expected_loss)
    assert std == pytest.approx(expected_std, abs=1e-6)


def test_a_proposal_is_made_with_the_same_fit() -> None:
    study = study_of(*SCORES)

    first, second = (fitted(study).regressor for _ in range(2))

    assert isinstance(first, SkoptRegressor) and isinstance(second, SkoptRegressor)
    assert first.model is second.model


@pytest.mark.parametrize("name", [*SURROGATES, "additive-gp"])
def test_it_predicts_many_points_as_it_does_each_of_them(name: str) -> None:
    study = with_surrogate(study_of(*SCORES), name)
    surrogate, points = fitted(study), points_between(study, 2500)

    mean, std = surrogate.predict(points)
    alone = [surrogate.predict([points[place]]) for place in (0, 1100, 2499)]

    assert mean[[0, 1100, 2499]] == pytest.approx([float(each[0][0]) for each in alone])
    assert std[[0, 1100, 2499]] == pytest.approx([float(each[1][0]) for each in alone])
    assert surrogate.predict_mean(surrogate.encode(points)) == pytest.approx(mean)


def test_it_predicts_nothing_of_no_points() -> None:
    surrogate = fitted(study_of(*SCORES))

    mean, std = surrogate.predict([])

    assert mean.shape == std.shape == (0,)
    assert surrogate.predict_mean(surrogate.encode([])).shape == (0,)


def test_it_is_surer_where_there_are_trials() -> None:
    study = study_of(*SCORES, objective="val_loss:min")
    near = study.trials[3].params
    far: Params = {"learning_rate": 1e-2, "filters": 64, "dropout": 0.0, "activation": "tanh"}

    _, std = fitted(study).predict([near, far])

    assert std[0] < std[1]


def test_a_failed_trial_counts_as_the_worst_and_one_that_runs_not_at_all() -> None:
    surrogate = fitted(study_of(0.9, None, 0.4, 0.7, running_epochs=1))

    assert surrogate.numbers == (1, 2, 3, 4)
    assert list(surrogate.values) == [0.9, 0.4, 0.4, 0.7]


@pytest.mark.parametrize("scores", [(), (0.9,), (0.9, None), (None, None)])
def test_there_is_none_with_fewer_than_two_scores(scores: tuple[float | None, ...]) -> None:
    assert fit_surrogate(study_of(*scores)) is None


def test_there_is_one_before_the_initial_points_are_through() -> None:
    study = study_of(0.9, 0.5)

    mean, _ = fitted(study).predict([trial.params for trial in study.trials])

    assert mean[0] > mean[1]


@pytest.mark.parametrize("name", SURROGATES)
def test_equal_scores_are_predicted_everywhere(name: str) -> None:
    study = with_surrogate(study_of(*[0.5] * 12), name)

    mean, std = fitted(study).predict(points_between(study, 20))

    assert mean == pytest.approx(0.5)
    assert np.isfinite(std).all()


def test_the_global_random_numbers_do_not_change_it() -> None:
    study = with_surrogate(study_of(*SCORES), "RF")
    points, again = points_between(study, 9), study_of(*SCORES[:-1])
    np.random.seed(1)  # noqa: NPY002
    before, _ = fitted(study).predict(points)
    fit_surrogate(again)  # so that the next fit is a new one
    np.random.seed(2)  # noqa: NPY002

    after, _ = fitted(study).predict(points)

    assert list(after) == list(before)


@pytest.mark.parametrize("name", ["GP", *(pytest.param(forest, marks=pytest.mark.slow) for forest in ("RF", "ET"))])
def test_without_a_trial_it_knows_nothing_of_its_score(name: str) -> None:
    surrogate, changed = (fitted(with_surrogate(study_of(*SCORES[:-1], last), name)) for last in (0.1, 0.9))
    last = len(SCORES) - 1
    point = surrogate.points[last]

    means = [float(each.without([last]).predict([point])[0][0]) for each in (surrogate, changed)]

    assert means[0] == pytest.approx(means[1], abs=1e-6)
    assert changed.predict([point])[0][0] - surrogate.predict([point])[0][0] > 0.01


def test_without_some_trials_it_has_the_others_and_the_whole_stays_as_it_was() -> None:
    surrogate = fitted(study_of(*SCORES))
    mean, _ = surrogate.predict(surrogate.points)

    fewer = surrogate.without([0, 5])

    assert fewer.numbers == (2, 3, 4, 5, *range(7, 17))
    assert len(fewer.points) == len(fewer.losses) == 14
    assert math.isfinite(fewer.predict([surrogate.points[0]])[0][0])
    assert list(surrogate.predict(surrogate.points)[0]) == list(mean)


def test_there_is_none_of_a_space_of_one_point() -> None:
    study, space = study_of(0.9, 0.5, 0.7), Space((Categorical("activation", ("relu",)),))
    trials = tuple(replace(trial, params={"activation": "relu"}) for trial in study.trials)
    fingerprint = replace(study.fingerprint, surrogate="additive-gp", space=space, default={"activation": "relu"})

    assert fit_surrogate(replace(study, fingerprint=fingerprint, trials=trials)) is None
