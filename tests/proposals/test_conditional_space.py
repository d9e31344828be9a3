"""What is proposed in a space of which dimensions are there only with some values of others."""

from functools import cache
from io import BytesIO

import numpy as np
import pytest
import skopt

from job.core.evidence import fitting
from job.core.space import Categorical, Integer, Params, Real, Space
from job.core.study import Study
from job.proposals.draws import points_at
from job.proposals.propose import propose
from job.proposals.result import dump_result, load_result
from job.proposals.surrogate import fit_surrogate
from tests.proposals.test_any_dimension import begun, completed

SPACE = Space(
    (
        Real("rate", 1e-4, 1e-1, "log-uniform"),
        Categorical("optimizer", ("adam", "sgd")),
        Real("momentum", 0.0, 0.99, when={"optimizer": ["sgd"]}),
        Categorical("nesterov", (True, False), when={"optimizer": ["sgd"]}),
    )
)
DEFAULT: Params = {"rate": 1e-3, "optimizer": "adam"}


def merit(params: Params) -> float:
    """Return a score that is best with sgd, at a momentum of 0.9 and a rate of 0.01."""
    score = 0.8 - 0.1 * abs(np.log10(float(params["rate"])) + 2)
    return float(score + 0.15 - 0.2 * abs(float(params["momentum"]) - 0.9) if "momentum" in params else score)


@cache
def searched(trials: int, surrogate: str = "GP") -> Study:
    study = begun(SPACE, DEFAULT, surrogate=surrogate)
    while len(study.trials) < trials:
        params = propose(study)
        assert params is not None
        study = completed(study, params, merit(params))  # checks that it has the active dimensions and no other
    return study


@pytest.mark.slow
def test_proposals_find_the_best_value_of_a_dimension_that_is_not_always_there() -> None:
    best = searched(14).best
    assert best is not None
    assert best.params["optimizer"] == "sgd"
    assert float(best.params["momentum"]) > 0.7


@pytest.mark.parametrize("surrogate", ["RF", pytest.param("ET", marks=pytest.mark.slow)])
def test_forests_propose_new_points(surrogate: str) -> None:
    study = searched(5, surrogate)
    assert len({tuple(SPACE.values(trial.params)) for trial in study.trials}) == 5


def test_inactive_dimensions_add_no_distance() -> None:
    surrogate = fit_surrogate(searched(4))
    assert surrogate is not None
    adam: list[Params] = [{**DEFAULT, "momentum": momentum} for momentum in (0.1, 0.9)]
    first, second = surrogate.encode([*adam[:1], *adam[1:]])
    assert first.tolist() == second.tolist() == surrogate.encode([DEFAULT])[0].tolist()
    sgd: list[Params] = [
        {"rate": 1e-3, "optimizer": "sgd", "nesterov": True, "momentum": momentum} for momentum in (0.1, 0.9)
    ]
    assert np.ptp(surrogate.encode(sgd), axis=0).max() > 0.5


def test_a_finite_conditional_space_is_used_up_without_a_point_tried_twice() -> None:
    space = Space(
        (
            Categorical("nesterov", (True, False), when={"optimizer": ["sgd"]}),
            Categorical("optimizer", ("adam", "sgd")),
            Integer("layers", 1, 2),
        )
    )
    study = begun(space, {"optimizer": "adam", "layers": 1}, initial_points=2)
    while (params := propose(study)) is not None:
        study = completed(study, params, 0.1 * len(params))
    assert len(study.trials) == space.size == 6
    assert len({tuple(trial.params.items()) for trial in study.trials}) == 6


def test_a_fixed_value_brings_the_values_that_make_it_active() -> None:
    study = searched(4)
    proposed = propose(study, {"momentum": 0.25})
    assert proposed is not None
    assert (proposed["optimizer"], proposed["momentum"]) == ("sgd", 0.25)
    beside = propose(study, {"optimizer": "adam"})
    assert beside is not None
    assert set(beside) == {"rate", "optimizer"}


def test_fixed_values_of_a_whole_point_are_that_point() -> None:
    whole: Params = {"rate": 0.1, "optimizer": "adam"}
    assert propose(searched(4), whole) == whole


def test_there_is_no_point_with_values_that_exclude_each_other() -> None:
    assert propose(searched(4), {"optimizer": "adam", "momentum": 0.5}) is None


def test_a_result_is_flat_and_is_loaded_as_it_was() -> None:
    study = searched(4)
    data = dump_result(study, with_model=True)
    taken, _ = fitting(load_result(data, study.fingerprint, source="result.joblib"), study.fingerprint)
    assert [params for params, _ in taken] == [trial.params for trial in study.trials]
    result = skopt.load(BytesIO(data))
    assert result.x_iters[0] == [1e-3, "adam", 0.495, True]
    assert [dimension.name for dimension in result.space.dimensions] == list(SPACE.names)


def test_all_random_points_with_a_fixed_value_have_it() -> None:
    points = points_at(SPACE, np.random.default_rng(0).random((4, 50)), {"momentum": 0.25})
    assert all((point["optimizer"], point["momentum"]) == ("sgd", 0.25) for point in points)


def test_random_points_have_their_share_of_each_branch() -> None:
    points = points_at(SPACE, np.random.default_rng(0).random((4, 1000)))
    assert 400 < sum("momentum" in point for point in points) < 600
    for point in points[:20]:
        SPACE.check(point)
