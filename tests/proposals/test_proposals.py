"""What to try next, and the result in scikit-optimize's own form."""

import json
import math
import os
import random
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
import skopt
import skopt.space
import skopt.utils
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from skopt import plots
from threadpoolctl import threadpool_limits

from job.core.evidence import Evidence, fitting
from job.core.fingerprint import Fingerprint
from job.core.objective import parse_objective
from job.core.space import Categorical, Dimension, Integer, Params, Real, Space, Value
from job.core.study import Study
from job.core.trial import Origin, Status
from job.errors import ExitCode, SettingsError
from job.proposals.propose import propose
from job.proposals.result import dump_result, load_result
from job.proposals.scikit_optimize.optimizer import fitted
from job.state.study_json import dump
from tests.fakes import START, study_of

RESULT = dump_result(study_of(0.9, 0.8), with_model=True)
FINITE = Space((Integer("filters", 8, 9), Categorical("activation", ("relu", "tanh", "elu"))))
# The two forests differ in how their trees split only: what holds of one is asked of the other among the slow tests.
SURROGATES = ("GP", "RF", pytest.param("ET", marks=pytest.mark.slow))

# What a process prints that proposes twice for the study in a file.
PROPOSE_TWICE = """
import json, sys
from pathlib import Path
from job.proposals.scikit_optimize.optimizer import fitted
from job.proposals.propose import propose
from job.state.study_json import load
study = load(Path(sys.argv[1]).read_bytes())
print(json.dumps([propose(study), propose(study)]))
"""


def with_settings(study: Study, **changes: Any) -> Study:
    return replace(study, fingerprint=replace(study.fingerprint, **changes))


def empty_study(space: Space, default: Params, **changes: Any) -> Study:
    fingerprint = replace(study_of().fingerprint, space=space, default=default, **changes)
    return Study(fingerprint=fingerprint)


def completed(study: Study, params: Params, score: float) -> Study:
    study = study.propose(params)
    history = ({"val_accuracy": score},)
    return study.complete(len(study.trials), history, seconds=1.0, now=START, model_sha256="")


def test_the_points_that_are_given_come_first_and_then_as_many_random_ones_as_asked_for() -> None:
    given: list[Params] = [{"x": 0.5}, {"x": 0.25}, {"x": 0.125}]
    for n_given in range(len(given) + 1):
        points = given[:n_given]
        study = empty_study(
            Space((Real("x", 0.0, 1.0),)), points[0] if points else {}, also=tuple(points[1:]), initial_points=2
        )
        for number in range(n_given + 3):
            params = propose(study)
            assert params is not None
            assert params == points[number] if number < n_given else params not in given
            optimizer = fitted(study, with_lies=False)
            assert bool(optimizer.models) == (number >= n_given + 2)
            origin = Origin.GIVEN if params in given else Origin.PROPOSED
            study = study.propose(params, origin=origin)
            history = ({"val_accuracy": 0.5 + float(params["x"]) / 10},)
            study = study.complete(len(study.trials), history, seconds=1.0, now=START, model_sha256="")


def failed(study: Study, params: Params) -> Study:
    study = study.propose(params)
    return study.fail(len(study.trials), "diverged", now=START)


def one_of_each(study: Study, params: Params, score: float) -> Study:
    """Add a trial that completes, fails or goes on running, in turn."""
    match len(study.trials) % 3:
        case 0:
            return completed(study, params, score)
        case 1:
            return failed(study, params)
        case _:
            return study.propose(params)


def scores(count: int) -> list[float]:
    drawn = random.Random(0)
    return [drawn.random() for _ in range(count)]


def points_of(study: Study) -> list[tuple[Value, ...]]:
    return [tuple(study.fingerprint.space.values(trial.params)) for trial in study.trials]


def test_the_default_point_comes_first() -> None:
    study = study_of()

    assert propose(study) == study.fingerprint.default


@pytest.mark.parametrize(
    ("surrogate", "count"), [("GP", 1), ("GP", 12), ("RF", 12), pytest.param("ET", 12, marks=pytest.mark.slow)]
)
def test_the_same_study_has_the_same_proposal(surrogate: str, count: int) -> None:
    study = with_settings(study_of(*scores(count), None, running_epochs=1), surrogate=surrogate)

    assert propose(study) == propose(study)


def test_a_proposal_does_not_depend_on_the_global_random_numbers_and_leaves_them_alone() -> None:
    study = study_of(*scores(12))
    np.random.seed(1)  # noqa: NPY002
    random.seed(1)
    before = propose(study)
    following = (np.random.random(), random.random())  # noqa: NPY002
    np.random.seed(1)  # noqa: NPY002
    random.seed(1)

    assert (np.random.random(), random.random()) == following  # noqa: NPY002
    assert propose(study) == before


def test_a_proposal_does_not_depend_on_what_is_no_choice_of_the_search() -> None:
    study = study_of(*scores(12))
    elsewhen = tuple(replace(trial, seconds=9.0, started_at=1.0, model_sha256="f") for trial in study.trials)

    assert propose(replace(study, trials=elsewhen, runs=())) == propose(study)


@pytest.mark.parametrize("count", [1, 12])
def test_another_seed_has_another_proposal(count: int) -> None:
    study = study_of(*scores(count))

    assert propose(with_settings(study, seed=8)) != propose(study)


# The tests' own process has a thread for each core: one thread is another number on any machine but the smallest.
@pytest.fixture(scope="module", params=[1, pytest.param(2, marks=pytest.mark.slow)], ids="{} threads".format)
def elsewhere(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Params]:
    """What a fresh process with so many BLAS threads proposes for a study of 50 trials, twice."""
    path = tmp_path_factory.mktemp("elsewhere") / "study.json"
    path.write_bytes(dump(study_of(*scores(50))))
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": str(request.param), "PYTHONHASHSEED": str(request.param)}
    command = [sys.executable, "-c", PROPOSE_TWICE, str(path)]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    proposals: list[Params] = json.loads(done.stdout)
    return proposals


def test_a_process_with_any_number_of_threads_proposes_the_same(elsewhere: list[Params]) -> None:
    assert elsewhere[1] == propose(study_of(*scores(50)))


def test_the_first_proposal_of_a_process_is_that_of_a_later_one(elsewhere: list[Params]) -> None:
    first, second = elsewhere

    assert first == second


@pytest.mark.parametrize("surrogate", SURROGATES)
def test_proposals_are_new_points_of_the_space_in_plain_types(surrogate: str) -> None:
    space = Space(
        (
            Real("learning_rate", 1e-6, 1e-2, "log-uniform"),
            Integer("units", 1, 1000, "log-uniform"),
            Categorical("batch_norm", (True, False)),
            Categorical("width", (1, 2.5, "auto")),
            Categorical("activation", ("relu",)),
        )
    )
    default: Params = {"learning_rate": 1e-3, "units": 8, "batch_norm": True, "width": 1, "activation": "relu"}
    study = empty_study(space, default, surrogate=surrogate, initial_points=2)
    for score in scores(7):
        params = propose(study)
        assert params is not None
        assert {type(value) for value in params.values()} <= {int, float, str, bool}
        assert json.loads(json.dumps(params)) == params
        study = one_of_each(study, params, score)  # checks that the point is inside

    assert len(set(points_of(study))) == 7


@pytest.mark.parametrize(
    ("surrogate", "acquisition"),
    [
        ("GP", "EI"),
        ("GP", "PI"),
        ("GP", "LCB"),
        *(pytest.param(*each, marks=pytest.mark.slow) for each in (("RF", "EI"), ("ET", "LCB"))),
    ],
)
def test_a_finite_space_is_used_up_without_a_point_tried_twice(surrogate: str, acquisition: str) -> None:
    default: Params = {"filters": 8, "activation": "tanh"}
    study = empty_study(FINITE, default, surrogate=surrogate, acquisition=acquisition, initial_points=2)
    for score in scores(6):
        params = propose(study)
        assert params is not None
        study = one_of_each(study, params, score)

    assert len(set(points_of(study))) == 6
    assert propose(study) is None


@pytest.mark.parametrize(
    "dimension", [Categorical("x", ("only",)), Categorical("x", (True, False)), Integer("x", 1, 3)]
)
def test_the_smallest_spaces_are_used_up_too(dimension: Dimension) -> None:
    space = Space((dimension,))
    first: Params = {"x": dimension.categories[0] if isinstance(dimension, Categorical) else dimension.low}
    study = empty_study(space, first, initial_points=1)
    while params := propose(study):
        study = completed(study, params, 0.5)

    assert len(set(points_of(study))) == len(study.trials) == space.size


def test_imported_points_are_not_tried_again() -> None:
    study = empty_study(FINITE, {"filters": 8, "activation": "relu"}, initial_points=1)
    imported = ((8, "relu"), (8, "tanh"), (8, "elu"), (9, "relu"), (9, "tanh"))
    for score, (filters, activation) in enumerate(imported):
        study = study.import_trial({"filters": filters, "activation": activation}, float(score))

    assert propose(study) == {"filters": 9, "activation": "elu"}
    assert propose(study.propose({"filters": 9, "activation": "elu"})) is None


@pytest.mark.parametrize("surrogate", SURROGATES)
def test_proposals_beside_running_trials_differ_from_them(surrogate: str) -> None:
    study = with_settings(study_of(*scores(12)), surrogate=surrogate)
    for _ in range(3):
        params = propose(study)
        assert params is not None
        study = study.propose(params)

    assert len(study.with_status(Status.RUNNING)) == 3
    assert len(set(points_of(study))) == len(study.trials)


def test_a_running_trial_moves_the_next_proposal_away_from_its_point() -> None:
    study = study_of(*scores(12))
    running = propose(study)
    assert running is not None
    beside = propose(study.propose(running))
    assert beside is not None

    assert abs(float(beside["dropout"]) - float(running["dropout"])) > 1e-3 or beside["filters"] != running["filters"]


@pytest.mark.parametrize("count", [1, 14])
@pytest.mark.parametrize("surrogate", SURROGATES)
def test_after_nothing_but_failures_there_is_still_a_proposal(surrogate: str, count: int) -> None:
    study = with_settings(study_of(*[None] * count), surrogate=surrogate)
    params = propose(study)
    assert params is not None

    assert len(set(points_of(study.propose(params)))) == count + 1


def test_with_nothing_but_running_trials_there_is_still_a_proposal() -> None:
    study = with_settings(study_of(), initial_points=2)
    for _ in range(4):
        params = propose(study)
        assert params is not None
        study = study.propose(params)

    assert len(set(points_of(study))) == 4


@pytest.mark.parametrize("surrogate", SURROGATES)
def test_scores_that_are_all_the_same_still_give_a_proposal(surrogate: str) -> None:
    assert propose(with_settings(study_of(*[0.1] * 12), surrogate=surrogate)) is not None


def test_one_score_among_failures_still_gives_a_proposal() -> None:
    assert propose(study_of(*[None] * 12, 0.5)) is not None


@pytest.mark.parametrize("seed", range(4))
def test_where_trials_fail_is_shunned(seed: int) -> None:
    study = empty_study(Space((Real("x", 0.0, 1.0),)), {"x": 0.5}, initial_points=1, seed=seed)
    for x in (0.05, 0.15, 0.25, 0.35, 0.45):
        study = failed(study, {"x": x})
    for x in (0.55, 0.65, 0.75, 0.95):
        study = completed(study, {"x": x}, 0.9 - (x - 0.8) ** 2)
    params = propose(study)
    assert params is not None

    assert float(params["x"]) > 0.5


@pytest.mark.parametrize("objective", ["val_accuracy:max", "val_loss:min"])
def test_proposals_move_towards_better_scores(objective: str) -> None:
    study = empty_study(Space((Real("x", 0.0, 1.0),)), {"x": 0.5}, initial_points=1)
    study = with_settings(study, objective=study_of(objective=objective).fingerprint.objective)
    sign = 1 if objective.endswith("max") else -1
    for number, x in enumerate((0.0, 0.2, 0.4, 0.6, 0.8), start=1):
        history = ({study.fingerprint.objective.metric: -sign * (x - 0.9) ** 2},)
        study = study.propose({"x": x}).complete(number, history, seconds=1.0, now=START, model_sha256="")
    params = propose(study)
    assert params is not None

    assert float(params["x"]) > 0.6


def test_real_numbers_up_to_the_largest_bound_are_proposed() -> None:
    space = Space((Real("scale", 0.0, 1e15),))
    study = empty_study(space, {"scale": 1.0}, initial_points=1, surrogate="RF")

    assert propose(completed(completed(study, {"scale": 1.0}, 0.5), {"scale": 1e14}, 0.4)) is not None


def load_dumped(data: bytes, directory: Path) -> Any:
    path = directory / "result.joblib"
    path.write_bytes(data)
    return skopt.load(path)


def test_the_result_holds_the_space_the_points_and_the_losses(tmp_path: Path) -> None:
    study = study_of(0.9, 0.7, imported=[0.8])
    result = load_dumped(dump_result(study, with_model=True), tmp_path)

    assert [dimension.name for dimension in result.space.dimensions] == list(study.fingerprint.space.names)
    assert [tuple(point) for point in result.x_iters] == points_of(study)
    assert list(result.func_vals) == [-0.8, -0.9, -0.7]
    assert (result.fun, tuple(result.x)) == (-0.9, points_of(study)[1])


def test_a_loss_that_is_minimized_keeps_its_sign_in_the_result(tmp_path: Path) -> None:
    result = load_dumped(dump_result(study_of(0.3, 0.2, objective="val_loss:min"), with_model=True), tmp_path)

    assert list(result.func_vals) == [0.3, 0.2]


def test_a_failed_trial_has_the_worst_score_seen_in_the_result(tmp_path: Path) -> None:
    result = load_dumped(dump_result(study_of(None, 0.9, 0.7, None), with_model=True), tmp_path)

    assert list(result.func_vals) == [-0.7, -0.9, -0.7, -0.7]


def test_a_running_trial_is_not_in_the_result(tmp_path: Path) -> None:
    result = load_dumped(dump_result(study_of(0.9, 0.7, running_epochs=2), with_model=True), tmp_path)

    assert list(result.func_vals) == [-0.9, -0.7]


@pytest.mark.parametrize("study", [study_of(), study_of(None, None), study_of(running_epochs=2)])
def test_without_a_score_there_is_no_result(study: Study) -> None:
    assert dump_result(study, with_model=True) == b""


@pytest.mark.parametrize("surrogate", SURROGATES)
def test_a_result_of_40_trials_has_one_model_and_is_small(surrogate: str, tmp_path: Path) -> None:
    data = dump_result(with_settings(study_of(*scores(38), None, None), surrogate=surrogate), with_model=True)

    assert len(load_dumped(data, tmp_path).models) == 1
    assert len(data) < 200_000


def test_a_result_of_the_additive_surrogate_has_the_gaussian_process_of_scikit_optimize(tmp_path: Path) -> None:
    ours, theirs = (with_settings(study_of(*scores(12)), surrogate=name) for name in ("additive-gp", "GP"))
    result, same = (load_dumped(dump_result(study, with_model=True), tmp_path) for study in (ours, theirs))
    assert repr(result.specs) == repr(same.specs) and result.specs["args"]["base_estimator"] == "GP"
    assert repr(result.models[0].kernel_) == repr(same.models[0].kernel_)
    assert load_result(dump_result(ours, with_model=True), ours.fingerprint, source="").trials[0].value == scores(12)[0]


def test_a_result_from_before_the_surrogate_is_asked_has_no_model(tmp_path: Path) -> None:
    assert load_dumped(dump_result(study_of(0.9, 0.8), with_model=True), tmp_path).models == []


@pytest.mark.parametrize("surrogate", SURROGATES)
def test_a_result_without_its_model_is_else_the_same(surrogate: str, tmp_path: Path) -> None:
    study = with_settings(study_of(*scores(12), None, imported=[0.8]), surrogate=surrogate)
    whole = load_dumped(dump_result(study, with_model=True), tmp_path)
    plain = load_dumped(dump_result(study, with_model=False), tmp_path)

    assert (len(whole.models), plain.models) == (1, [])
    assert whole.keys() == plain.keys()
    assert whole.space.dimensions == plain.space.dimensions
    same = ("x", "x_iters", "fun", "hpo_job")
    assert [whole[name] for name in same] == [plain[name] for name in same]
    assert list(whole.func_vals) == list(plain.func_vals)
    assert repr(whole.specs) == repr(plain.specs)
    assert whole.random_state.randint(2**31) == plain.random_state.randint(2**31)


def test_a_result_without_its_model_begins_a_search_as_the_whole_one_does() -> None:
    study = study_of(*scores(12), None, imported=[0.8])
    whole, plain = (
        load_result(dump_result(study, with_model=with_model), study.fingerprint, source="result.joblib")
        for with_model in (True, False)
    )
    assert plain.trials == whole.trials and len(plain.trials) == 14


def test_a_result_without_its_model_can_be_drawn_by_scikit_optimize(tmp_path: Path) -> None:
    result = load_dumped(dump_result(study_of(*scores(12)), with_model=False), tmp_path)

    assert len(plots.plot_convergence(result).lines[0].get_xdata()) == 12


def test_the_model_beside_a_trial_is_that_from_which_the_trial_was_proposed(tmp_path: Path) -> None:
    before, beside = study_of(*scores(12)), study_of(*scores(12), running_epochs=0)
    models = [load_dumped(dump_result(study, with_model=True), tmp_path).models[-1] for study in (before, beside)]

    points = np.random.default_rng(0).random((5, models[0].n_features_in_))
    np.testing.assert_array_equal(models[0].predict(points), models[1].predict(points))


def test_failed_trials_of_a_result_are_left_out_and_not_taken_for_bad_ones() -> None:
    study = study_of(None, 0.9, 0.7, None, imported=[0.8])

    taken, evidence = evidence_in(dump_result(study, with_model=True), study.fingerprint)

    assert ([value for _, value in taken], evidence.left_out) == ([0.8, 0.9, 0.7], {"failed": 2})


def test_what_was_dumped_is_loaded(tmp_path: Path) -> None:
    study = study_of(0.9, None, *scores(12))
    path = tmp_path / "result.joblib"
    path.write_bytes(dump_result(study, with_model=True))

    taken, _ = evidence_in(path.read_bytes(), study.fingerprint)

    assert list(taken) == [(dict(trial.params), trial.score(study.fingerprint.objective)) for trial in study.completed]
    assert {type(value) for params, _ in taken for value in params.values()} == {int, float, str}
    assert {type(score) for _, score in taken} == {float}


def evidence_in(data: bytes, fingerprint: Fingerprint) -> tuple[tuple[tuple[Params, float], ...], Evidence]:
    return fitting(load_result(data, fingerprint, source="result.joblib"), fingerprint)


DIMENSIONS = (
    skopt.space.Real(1e-6, 1e-2, "log-uniform"),
    skopt.space.Integer(8, 64),
    skopt.space.Real(0.0, 0.5),
    skopt.space.Categorical(["relu", "tanh"]),
)


def sum_of_numbers(point: Sequence[Any]) -> float:
    return float(point[0] + point[1] + point[2])


def dump_points(path: Path, dimensions: Sequence[Any], losses: Sequence[float] = (0.3, 0.2, 0.1)) -> None:
    """Dump a result of random points of the dimensions as a user of scikit-optimize does."""
    space = skopt.space.Space(dimensions)
    skopt.dump(skopt.utils.create_result(space.rvs(len(losses), random_state=0), losses, space), path)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_plain_result_of_gp_minimize_is_loaded(tmp_path: Path) -> None:
    with threadpool_limits(1):
        result = skopt.gp_minimize(sum_of_numbers, list(DIMENSIONS), n_calls=12, random_state=0, acq_func="EI")
    skopt.dump(result, tmp_path / "result.pkl", store_objective=False)

    taken, _ = evidence_in((tmp_path / "result.pkl").read_bytes(), study_of().fingerprint)

    assert [list(params.values()) for params, _ in taken] == result.x_iters
    assert [-value for _, value in taken] == list(result.func_vals)
    assert json.loads(json.dumps(taken)) == [list(each) for each in taken]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_loss_that_is_no_number_is_left_out(value: float, tmp_path: Path) -> None:
    dump_points(tmp_path / "result.pkl", DIMENSIONS, [0.3, value, 0.1])

    taken, evidence = evidence_in((tmp_path / "result.pkl").read_bytes(), study_of().fingerprint)

    assert ([-value for _, value in taken], evidence.left_out) == ([0.3, 0.1], {"without a score": 1})


@pytest.mark.parametrize(
    ("dimensions", "reason"),
    [
        pytest.param(DIMENSIONS[::-1], "with learning_rate outside 1e-06 … 0.01 (log-uniform)", id="another order"),
        pytest.param(
            (*DIMENSIONS[:3], skopt.space.Categorical(["elu", "selu"])),
            "with activation outside relu | tanh",
            id="other categories",
        ),
        pytest.param(
            (DIMENSIONS[0], skopt.space.Integer(65, 99), *DIMENSIONS[2:]),
            "with filters outside 8 … 64",
            id="other bounds",
        ),
        pytest.param(
            (DIMENSIONS[0], skopt.space.Real(8.0, 64.0), *DIMENSIONS[2:]),
            "with filters outside 8 … 64",
            id="another kind",
        ),
    ],
)
def test_points_of_a_result_of_another_space_are_counted(
    dimensions: Sequence[Any], reason: str, tmp_path: Path
) -> None:
    dump_points(tmp_path / "result.pkl", dimensions)

    taken, evidence = evidence_in((tmp_path / "result.pkl").read_bytes(), study_of().fingerprint)
    assert (taken, evidence.left_out) == ((), {reason: 3})


@pytest.mark.parametrize("dimensions", [DIMENSIONS[:3], (*DIMENSIONS, skopt.space.Real(0.0, 1.0))])
def test_a_result_that_names_no_dimensions_and_has_others_in_number_is_refused(
    dimensions: Sequence[Any], tmp_path: Path
) -> None:
    dump_points(tmp_path / "result.pkl", dimensions)

    with pytest.raises(SettingsError, match="is of another space: expected 4 dimensions, found") as refusal:
        evidence_in((tmp_path / "result.pkl").read_bytes(), study_of().fingerprint)

    assert refusal.value.exit_code == ExitCode.USAGE
    assert "learning_rate, filters, dropout, activation" in refusal.value.hint


def test_a_result_that_names_its_dimensions_in_another_order_is_read_by_their_names(tmp_path: Path) -> None:
    space = Space((Real("dropout", 0.0, 1.0), Real("momentum", 0.0, 1.0)))
    fingerprint = replace(study_of().fingerprint, space=space, default={"dropout": 0.1, "momentum": 0.9})
    swapped = [skopt.space.Real(0.0, 1.0, name="momentum"), skopt.space.Real(0.0, 1.0, name="dropout")]
    dump_points(tmp_path / "result.pkl", swapped)

    result = skopt.load(tmp_path / "result.pkl")
    taken, _ = evidence_in((tmp_path / "result.pkl").read_bytes(), fingerprint)
    assert [[params["momentum"], params["dropout"]] for params, _ in taken] == result.x_iters


def test_a_result_of_ours_tells_what_its_losses_are_of() -> None:
    study = study_of(0.4, objective="val_loss:min")
    data = dump_result(study, with_model=False)
    for objective, taken in (("val_loss:min", [0.4]), ("val_loss:max", [0.4]), ("val_mae:min", [])):
        fingerprint = replace(study.fingerprint, objective=parse_objective(objective))
        assert [value for _, value in evidence_in(data, fingerprint)[0]] == taken


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda _data: b"", id="empty"),
        pytest.param(lambda _data: b"\x00" * 100, id="zeros"),
        pytest.param(lambda data: data[: len(data) // 2], id="half"),
        pytest.param(lambda data: data[:-20], id="end lost"),
        pytest.param(lambda _data: b"not a pickle", id="text"),
    ],
)
def test_a_damaged_result_is_refused_with_its_path(damage: Callable[[bytes], bytes], tmp_path: Path) -> None:
    path = tmp_path / "result.joblib"
    path.write_bytes(damage(RESULT))

    _assert_no_result(path, study_of().fingerprint)


@given(position=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_flipped_bit_of_a_result_is_found_or_changes_nothing(position: float, bit: int, tmp_path: Path) -> None:
    damaged = bytearray(RESULT)
    damaged[int(position * len(RESULT))] ^= 1 << bit
    path = tmp_path / "result.joblib"
    path.write_bytes(damaged)
    try:
        taken, _ = evidence_in(path.read_bytes(), study_of().fingerprint)
    except SettingsError:
        return

    assert list(taken) == [
        (dict(trial.params), score) for trial, score in zip(study_of(0.9, 0.8).trials, (0.9, 0.8), strict=True)
    ]


def test_a_file_of_something_else_than_a_result_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "result.joblib"
    joblib.dump({"x": 1}, path)

    _assert_no_result(path, study_of().fingerprint)


def _assert_no_result(path: Path, fingerprint: Fingerprint) -> None:
    with pytest.raises(SettingsError) as refusal:
        load_result(path.read_bytes(), fingerprint, source=str(path))

    assert str(refusal.value).startswith(f"{path} is not a result of scikit-optimize")
    assert refusal.value.hint
