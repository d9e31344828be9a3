"""What is tried without a surrogate: random points, and those of a Sobol sequence."""

from dataclasses import replace
from io import BytesIO
from typing import Any

import numpy as np
import pytest
import skopt

from job.core.space import Categorical, Integer, Params, Real, Space
from job.core.study import Study
from job.proposals.designs import random_points
from job.proposals.propose import propose
from job.proposals.result import dump_result, load_result
from job.proposals.surrogate import fit_surrogate
from job.report.importance import summarize_importance
from job.report.refits import refit_surrogate
from tests.fakes import START, run_python, study_of
from tests.proposals.test_any_dimension import completed

SPACE = Space((Real("x", 0.0, 1.0), Real("y", 1e-4, 1.0, "log-uniform"), Categorical("kind", ("a", "b"))))
DEFAULT: Params = {"x": 0.5, "y": 1e-2, "kind": "a"}
FINITE = Space((Categorical("kind", ("a", "b", "c")), Integer("n", 1, 2)))


def begun(space: Space = SPACE, default: Params | None = None, **settings: Any) -> Study:
    return Study(fingerprint=replace(study_of().fingerprint, space=space, default=default or {}, **settings))


def searched(study: Study, trials: int) -> Study:
    """Return the study after so many trials; fewer where the space is used up."""
    while len(study.trials) < trials and (params := propose(study)) is not None:
        study = completed(study, params, 0.5 + len(study.trials) / 100)
    return study


def points_of(study: Study) -> list[Params]:
    return [trial.params for trial in study.trials]


def test_every_sixteenth_of_a_dimension_has_one_of_sixteen_points_of_a_sobol_sequence() -> None:
    points = points_of(searched(begun(surrogate="none", design="sobol"), 16))
    assert sorted(int(16 * float(point["x"])) for point in points) == list(range(16))
    assert sorted(int(4 * np.log10(float(point["y"])) + 16) for point in points) == list(range(16))
    assert sum(point["kind"] == "a" for point in points) == 8


def test_a_sobol_sequence_goes_on_after_the_points_that_are_given_and_after_those_of_users() -> None:
    plain = points_of(searched(begun(surrogate="none", design="sobol"), 5))
    after_default = searched(begun(default=DEFAULT, surrogate="none", design="sobol"), 4)
    asked_for = completed(after_default, {"x": 0.25, "y": 0.5, "kind": "b"}, 0.5)
    assert points_of(searched(asked_for, 7)) == [DEFAULT, *plain[:3], asked_for.trials[-1].params, *plain[3:]]
    other = begun(surrogate="none", design="sobol", seed=8)
    assert points_of(searched(other, 1)) != plain[:1]


@pytest.mark.parametrize("design", ["random", "sobol"])
def test_a_search_without_a_surrogate_goes_on_as_one_with_a_surrogate_begins(design: str) -> None:
    surrogate = searched(begun(default=DEFAULT, initial_points=5, design=design), 6)
    none = searched(begun(default=DEFAULT, initial_points=1, design=design, surrogate="none"), 7)
    assert points_of(surrogate) == points_of(none)[:6]
    assert propose(surrogate) != none.trials[6].params


@pytest.mark.parametrize("surrogate", ["none", "additive-gp"])
@pytest.mark.parametrize("design", ["random", "sobol"])
def test_a_finite_space_is_used_up_without_a_point_tried_twice(design: str, surrogate: str) -> None:
    study = searched(begun(FINITE, surrogate=surrogate, design=design), 99)
    assert len({tuple(point.items()) for point in points_of(study)}) == len(study.trials) == FINITE.size
    assert propose(study) is None


def test_random_points_of_the_additive_surrogate_are_drawn_by_the_priors_anew_for_each_trial_and_seed() -> None:
    of_it: dict[str, Any] = {"surrogate": "additive-gp", "design": "random", "initial_points": 60}
    points = points_of(searched(begun(**of_it), 60))
    assert sum(float(point["x"]) < 0.25 for point in points) == pytest.approx(15, abs=8)
    assert sum(float(point["y"]) < 1e-3 for point in points) == pytest.approx(15, abs=8)
    assert sum(point["kind"] == "a" for point in points) == pytest.approx(30, abs=12)
    assert points_of(searched(begun(**of_it), 3)) == points[:3] != points_of(searched(begun(**of_it, seed=8), 3))


def test_a_random_point_that_the_priors_hardly_ever_give_is_tried_when_no_other_is_left() -> None:
    rare = Space((Integer("n", 1, 10_000, "log-uniform"),))
    assert {point["n"] for point in random_points(rare, 0, {})} == set(range(1, 10_001))
    assert [*random_points(FINITE, 0, {"kind": "b"})][-2:] == [{"kind": "b", "n": 1}, {"kind": "b", "n": 2}]


def test_the_default_surrogate_and_a_design_take_neither_scikit_optimize_nor_scikit_learn_nor_tensorflow() -> None:
    program = """
import sys
from dataclasses import replace
from job.proposals.expectation import expected_of
from job.proposals.propose import propose
from tests.fakes import study_of

given = study_of().fingerprint
for design in ("random", "sobol"):
    study = study_of()
    study = replace(study, fingerprint=replace(given, surrogate="additive-gp", design=design, initial_points=3))
    for number in range(1, 7):
        params = propose(study)
        expected = expected_of(study, params)
        study = study.propose(params)
        study = study.complete(number, ({"val_accuracy": 0.5 + number / 100},), seconds=1.0, now=0.0, model_sha256="")
assert expected is not None
print(*{"skopt", "sklearn", "tensorflow", "keras"} & set(sys.modules))
"""
    done = run_python(program)
    assert (done.returncode, done.stdout) == (0, "\n"), done.stderr


def test_as_long_as_all_trials_have_failed_the_additive_surrogate_is_not_asked() -> None:
    of_it = begun(surrogate="additive-gp", design="sobol", initial_points=1)
    failed, design = of_it, begun(surrogate="additive-gp", design="sobol", initial_points=9)
    for number in range(1, 4):
        params = propose(failed)
        assert params is not None
        failed = failed.propose(params).start(number, now=START).fail(number, "out of memory", now=START)
    assert points_of(failed) == points_of(searched(design, 3))


def test_points_of_the_design_of_the_additive_surrogate_have_no_last_bits_of_a_logarithm() -> None:
    study = searched(begun(surrogate="additive-gp", design="sobol", initial_points=20), 12)
    values = [float(point["y"]) for point in points_of(study)]
    assert values == [float(f"{value:.13g}") for value in values]


def test_values_that_a_user_asks_for_are_kept_with_others_of_the_sequence() -> None:
    study = searched(begun(surrogate="none", design="sobol"), 3)
    proposed = propose(study, {"kind": "b"})
    assert proposed is not None and proposed["kind"] == "b"
    assert propose(completed(study, proposed, 0.5), {"kind": "b"}) != proposed


def test_a_result_without_a_surrogate_has_no_model_and_is_loaded_as_it_was() -> None:
    study = searched(begun(surrogate="none"), 4)
    data = dump_result(study, with_model=True)
    result = skopt.load(BytesIO(data))
    assert (result.models, result.specs["args"]["base_estimator"]) == ([], "dummy")
    assert [trial.params for trial in load_result(data, study.fingerprint, source="result.joblib").trials] == points_of(
        study
    )


@pytest.mark.slow
def test_what_matters_is_told_of_a_surrogate_that_is_fitted_afterwards() -> None:
    study = searched(begun(surrogate="none", design="sobol"), 12)
    with_one = replace(study, fingerprint=replace(study.fingerprint, surrogate="additive-gp"))
    told, known = (summarize_importance(each, refit_surrogate(each), samples=64) for each in (study, with_one))
    assert told["dimensions"] == known["dimensions"] != []
    assert told["skill"] is not None and told["skill"]["sentence"].startswith("The search has no surrogate; this one")
    assert fit_surrogate(study) is not None
