"""What is proposed in spaces of steps and orders, of which scikit-optimize knows nothing."""

from dataclasses import replace
from functools import cache
from io import BytesIO

import numpy as np
import pytest
import skopt

from job.core.evidence import fitting
from job.core.space import Categorical, Integer, Ordinal, Params, Real, Space
from job.core.study import Study
from job.proposals.draws import values_at
from job.proposals.propose import propose
from job.proposals.result import dump_result, load_result
from job.proposals.surrogate import fit_surrogate
from tests.fakes import START, study_of

STEPS = Space(
    (
        Integer("units", 32, 512, "log-uniform", step=32),
        Real("dropout", 0, 0.5, step=0.1),
        Ordinal("size", ("small", "medium", "large")),
        Real("rate", 1e-4, 1e-1, "log-uniform"),
    )
)
DEFAULT: Params = {"units": 64, "dropout": 0.2, "size": "medium", "rate": 1e-3}


def begun(space: Space, default: Params, *, surrogate: str = "GP", initial_points: int = 3) -> Study:
    fingerprint = replace(
        study_of().fingerprint, space=space, default=default, surrogate=surrogate, initial_points=initial_points
    )
    return Study(fingerprint=fingerprint)


def completed(study: Study, params: Params, score: float) -> Study:
    study = study.propose(params)  # checks that the point is inside
    history = ({"val_accuracy": score},)
    return study.complete(len(study.trials), history, seconds=1.0, now=START, model_sha256="")


def merit(params: Params) -> float:
    """Return a score of STEPS that is best at 192 units without dropout, of the largest size, at a rate of 0.01."""
    size = ("small", "medium", "large").index(str(params["size"]))
    off = abs(np.log2(float(params["units"]) / 192)) / 4 + float(params["dropout"]) + (2 - size) / 4
    return float(0.9 - 0.2 * off - 0.05 * abs(np.log10(float(params["rate"])) + 2))


def searched(study: Study, trials: int) -> Study:
    while len(study.trials) < trials:
        params = propose(study)
        assert params is not None
        study = completed(study, params, merit(params))
    return study


@cache
def six_trials() -> Study:
    return searched(begun(STEPS, DEFAULT), 6)


@pytest.mark.slow
def test_proposals_on_steps_find_the_best_value() -> None:
    study = searched(six_trials(), 12)
    best = study.best
    assert best is not None
    assert (best.params["size"], best.params["dropout"]) == ("large", 0.0)
    assert merit(best.params) > 0.83


@pytest.mark.parametrize("surrogate", ["RF", pytest.param("ET", marks=pytest.mark.slow)])
def test_proposals_of_forests_on_steps_are_new_points_of_the_space(surrogate: str) -> None:
    study = searched(begun(STEPS, DEFAULT, surrogate=surrogate, initial_points=1), 4)
    assert len({tuple(trial.params.values()) for trial in study.trials}) == 4


def test_the_same_study_on_steps_has_the_same_proposal() -> None:
    study = six_trials()
    assert propose(study) == propose(study)


def test_fixed_values_are_in_the_proposal() -> None:
    study = six_trials()
    proposed = propose(study, {"size": "small", "dropout": 0.5})
    assert proposed is not None
    assert (proposed["size"], proposed["dropout"]) == ("small", 0.5)


def test_a_surrogate_sees_an_order_as_steps_of_the_same_length() -> None:
    surrogate = fit_surrogate(six_trials())
    assert surrogate is not None
    points = [{**DEFAULT, "size": size} for size in ("small", "medium", "large")]
    assert np.diff(surrogate.encode(points), axis=0).tolist() == [[0, 0, 0.5, 0]] * 2


def test_a_surrogate_sees_a_step_as_a_share_of_the_way_on_the_dimensions_scale() -> None:
    surrogate = fit_surrogate(six_trials())
    assert surrogate is not None
    values = ((32, 0.0), (64, 0.1), (512, 0.5))
    points: list[Params] = [{**DEFAULT, "units": units, "dropout": dropout} for units, dropout in values]
    assert surrogate.encode(points)[:, :2].tolist() == [pytest.approx(each) for each in ([0, 0], [0.25, 0.2], [1, 1])]


@pytest.mark.parametrize("space", [Space((Ordinal("x", (1, 2, 4)),)), Space((Ordinal("x", ("only",)),))])
def test_a_space_of_an_order_alone_is_used_up(space: Space) -> None:
    study = begun(space, {"x": space.dimensions[0].nearest("")}, initial_points=1)
    while (params := propose(study)) is not None:
        study = completed(study, params, 0.5)
    assert len(study.trials) == space.size


def test_each_value_on_a_step_has_its_share_of_the_quantiles() -> None:
    quantiles = (np.arange(1000) + 0.5) / 1000
    drawn = values_at(Real("x", 0, 0.3, step=0.1), quantiles)
    assert [drawn.count(each) for each in (0.0, 0.1, 0.2, 0.3)] == [250] * 4
    logarithmic = values_at(Integer("n", 10, 90, "log-uniform", step=40), quantiles)
    counts = [logarithmic.count(each) for each in (10, 50, 90)]
    assert sum(counts) == 1000 and counts[0] > counts[1] > counts[2] > 100


def test_a_result_of_steps_and_orders_is_loaded_as_it_was_and_by_scikit_optimize() -> None:
    study = six_trials()
    data = dump_result(study, with_model=True)
    taken, _ = fitting(load_result(data, study.fingerprint, source="result.joblib"), study.fingerprint)
    assert [params for params, _ in taken] == [trial.params for trial in study.trials]

    result = skopt.load(BytesIO(data))
    assert result.x_iters[0] == [64, 0.2, 1, 1e-3]


def test_a_result_tells_the_categories_that_it_has_the_places_of() -> None:
    space = Space((Ordinal("x", (1, 2, 4)),))
    study = completed(begun(space, {"x": 4}), {"x": 4}, 0.5)
    data = dump_result(study, with_model=False)
    for other, taken in (
        (Ordinal("x", (0, 1, 2, 4)), ({"x": 4},)),
        (Categorical("x", (1, 2, 4)), ({"x": 4},)),
        (Ordinal("x", (1, 2)), ()),
    ):
        fingerprint = replace(study.fingerprint, space=Space((other,)))
        found, _ = fitting(load_result(data, fingerprint, source="result.joblib"), fingerprint)
        assert tuple(params for params, _ in found) == taken
