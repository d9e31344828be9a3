"""Which hyper-parameters matter, and how far that is to be believed."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from job.core.objective import parse_objective
from job.core.space import Categorical, Dimension, Integer, Params, Real, Space
from job.core.study import Study
from job.proposals.draws import values_at
from job.report.content import EffectSummary, ImportanceSummary, SkillSummary
from job.report.importance import summarize_importance
from job.report.refits import refit_surrogate
from tests.fakes import START, study_of

Function = Callable[[Params], float]

NETWORK = Space(
    (
        Real("learning_rate", 1e-6, 1e-2, "log-uniform"),
        Integer("num_dense_layers", 1, 5),
        Integer("num_dense_nodes", 5, 512),
        Categorical("activation", ("relu", "sigmoid")),
    )
)
# With so few the shares are exact to about 0.03, and found in a fraction of the time.
SAMPLES = 256
FEW_SAMPLES = 16  # where a test looks at no share
CUBE = Space((Real("x", 0.0, 1.0), Real("y", 0.0, 1.0), Real("z", 0.0, 1.0)))


def number(params: Params, name: str) -> float:
    value = params[name]
    assert isinstance(value, int | float)
    return value


def network_score(params: Params) -> float:
    """Return a score that the learning rate decides, the activation a little, and the nodes and layers not at all."""
    rate = np.log10(number(params, "learning_rate"))
    return float(0.95 - 0.08 * (rate + 3) ** 2 - 0.1 * (params["activation"] == "sigmoid"))


def importance_of(study: Study, *, samples: int = SAMPLES) -> ImportanceSummary:
    return summarize_importance(study, refit_surrogate(study), samples=samples)


def searched(
    space: Space, function: Function, trials: int, *, noise: float = 0.0, surrogate: str = "GP", seed: int = 0
) -> Study:
    """Return a study of random points whose scores are those of `function` with normal noise; NaN fails a trial."""
    generator = np.random.default_rng(seed)
    columns = [values_at(each, generator.random(trials)) for each in space.dimensions]
    points = [space.params(values) for values in zip(*columns, strict=True)]
    fingerprint = replace(study_of().fingerprint, space=space, default=points[0], surrogate=surrogate)
    study = Study(fingerprint=fingerprint)
    for trial, point in enumerate(points, start=1):
        study = study.propose(point)
        score = function(point) + noise * float(generator.normal())
        if np.isnan(score):
            study = study.fail(trial, "the loss became NaN in epoch 1", now=START)
        else:
            study = study.complete(trial, ({"val_accuracy": score},), seconds=1.0, now=START, model_sha256="")
    return study


@cache
def known_study(noise: float) -> Study:
    """Return a study of 40 trials of the network, which several tests look at."""
    return searched(NETWORK, network_score, 40, noise=noise)


@cache
def known_importance(noise: float) -> ImportanceSummary:
    return importance_of(known_study(noise))


@cache
def straight_study(trials: int) -> Study:
    """Return a study of a score that one of three dimensions decides."""
    return searched(CUBE, lambda params: 0.5 * number(params, "x"), trials)


@cache
def straight_importance(trials: int) -> ImportanceSummary:
    return importance_of(straight_study(trials), samples=FEW_SAMPLES)


def effects_in(importance: ImportanceSummary) -> dict[str, EffectSummary]:
    return {effect["name"]: effect for effect in importance["dimensions"]}


def effects_of(study: Study) -> dict[str, EffectSummary]:
    return effects_in(importance_of(study))


def skill_of(importance: ImportanceSummary) -> SkillSummary:
    assert importance["skill"] is not None
    return importance["skill"]


@pytest.mark.parametrize("surrogate", ["GP", *(pytest.param(each, marks=pytest.mark.slow) for each in ("RF", "ET"))])
def test_the_dimension_that_decides_is_found_and_those_that_do_nothing_are_too(surrogate: str) -> None:
    study = searched(NETWORK, network_score, 30, noise=0.01, surrogate=surrogate)
    importance = importance_of(study)

    first, *_, last = importance["dimensions"]
    effects = {effect["name"]: effect for effect in importance["dimensions"]}
    nodes = effects["num_dense_nodes"]
    assert first["name"] == "learning_rate" and first["total"]["low"] > 0.7
    assert last["total"]["share"] < 0.01
    assert {nodes["name"], last["name"]} <= {"num_dense_layers", "num_dense_nodes", "activation"}
    assert nodes["total"]["high"] < 0.1
    assert nodes["sentence"].startswith("0 % (0 to ") and nodes["sentence"].endswith("; hardly matters")
    assert " costs about " in first["sentence"]
    assert first["told"] and nodes["told"]
    assert skill_of(importance)["rank_correlation"] > 0.8


def test_a_dimension_is_fixed_at_the_value_of_the_best_trial() -> None:
    best, effects = known_study(0.0).best, effects_in(known_importance(0.0))

    assert best is not None
    at_best = {name: effect["at_best"] for name, effect in effects.items()}
    assert {name: each and each["value"] for name, each in at_best.items()} == best.params


def test_the_worst_value_of_a_dimension_costs_what_it_does_with_the_others_at_their_best() -> None:
    effects = effects_in(known_importance(0.0))

    assert effects["activation"]["at_worst"]["value"] == "sigmoid"
    assert effects["activation"]["at_worst"]["cost"] == pytest.approx(0.1, abs=0.02)
    assert effects["activation"]["at_best"] is not None
    assert effects["activation"]["at_best"]["cost"] == pytest.approx(0.0, abs=0.02)
    assert effects["learning_rate"]["at_worst"]["value"] == pytest.approx(1e-6)
    assert effects["learning_rate"]["at_worst"]["cost"] == pytest.approx(0.08 * 9, abs=0.05)


def test_the_shares_of_a_sum_are_those_of_its_terms_variances() -> None:
    effects = effects_of(searched(CUBE, lambda params: 3 * number(params, "x") + number(params, "y"), 40))

    for name, share in (("x", 0.9), ("y", 0.1), ("z", 0.0)):
        assert effects[name]["main"]["share"] == pytest.approx(share, abs=0.02)
        assert effects[name]["total"]["share"] == pytest.approx(share, abs=0.02)


def test_an_interaction_is_in_the_total_shares_alone() -> None:
    def saddle(params: Params) -> float:
        return 4 * (number(params, "x") - 0.5) * (number(params, "y") - 0.5)

    effects = effects_of(searched(CUBE, saddle, 40))

    for name in ("x", "y"):
        assert effects[name]["main"]["share"] < 0.03
        assert effects[name]["total"]["share"] > 0.97
        assert re.match(r"\d+ % \(\d+ to \d+ %\), 0 % alone; ", effects[name]["sentence"])
    assert effects["z"]["total"]["share"] < 0.02


def test_shares_are_over_the_priors() -> None:
    space = Space((Integer("width", 1, 1000, "log-uniform"), Real("dropout", 0.0, 1.0)))

    def score(params: Params) -> float:
        return float(np.log(number(params, "width")) / np.log(1000) + number(params, "dropout"))

    effects = effects_of(searched(space, score, 40))

    # The logarithm of the width is as evenly spread as the dropout is, but for the steps between its first values.
    assert effects["width"]["total"]["share"] == pytest.approx(0.5, abs=0.04)
    assert effects["dropout"]["total"]["share"] == pytest.approx(0.5, abs=0.04)


@pytest.mark.parametrize("surrogate", ["GP", pytest.param("RF", marks=pytest.mark.slow)])
def test_a_space_of_categories_alone_has_its_shares(surrogate: str) -> None:
    space = Space((Categorical("activation", ("relu", "tanh", "elu")), Categorical("optimizer", ("adam", "sgd"))))

    def score(params: Params) -> float:
        return 0.5 + 0.3 * (params["activation"] == "relu") + 0.02 * (params["optimizer"] == "adam")

    effects = effects_of(searched(space, score, 30, noise=0.001, surrogate=surrogate))

    assert effects["activation"]["total"]["low"] > 0.9
    assert effects["optimizer"]["total"]["high"] < 0.1


def test_what_only_noise_decides_is_said_to_mean_little() -> None:
    importance = importance_of(searched(NETWORK, lambda _: 0.5, 21, noise=0.1, seed=1))

    skill = skill_of(importance)
    assert skill["r2"] < 0.1
    assert skill["sentence"].startswith("Importance means little here: ")
    assert importance["dimensions"]
    for effect in importance["dimensions"]:
        assert not effect["told"]
        assert effect["sentence"] == "cannot be told yet"
    assert importance["untold"].startswith("More trials would tell what cannot be told yet, and a confirmation ")


@pytest.mark.slow
def test_the_interval_is_wider_the_less_the_trials_tell() -> None:
    def widths(noise: float) -> list[float]:
        totals = [effect["total"] for effect in known_importance(noise)["dimensions"]]
        return [total["high"] - total["low"] for total in totals]

    assert max(widths(0.0)) < 0.1
    assert max(widths(0.3)) > 0.3


def test_every_share_lies_in_its_interval_and_the_main_one_below_the_total() -> None:
    for effect in known_importance(0.3)["dimensions"]:
        for share in (effect["main"], effect["total"]):
            assert 0.0 <= share["low"] <= share["share"] <= share["high"] <= 1.0
        assert effect["main"]["share"] <= effect["total"]["share"] + 0.05


def test_an_interval_leaves_room_for_what_the_surrogate_does_not_predict_of_trials_it_has_not_seen() -> None:
    importance = known_importance(0.3)
    skill = skill_of(importance)
    missed = (1 - max(skill["r2"], 0)) / len(importance["dimensions"])

    assert missed > 0.05
    for effect in importance["dimensions"]:
        assert effect["total"]["high"] >= min(effect["total"]["share"] + missed, 1)
        assert effect["at_worst"]["high"] - effect["at_worst"]["cost"] > 3.4 * skill["mean_absolute_error"]
        assert effect["at_worst"]["cost"] - effect["at_worst"]["low"] > 3.4 * skill["mean_absolute_error"]


def test_the_most_important_dimension_stands_first() -> None:
    shares = [effect["total"]["share"] for effect in known_importance(0.3)["dimensions"]]

    assert len(shares) == 4
    assert shares == sorted(shares, reverse=True)


@pytest.mark.slow
def test_it_is_the_same_for_what_is_to_be_minimized() -> None:
    study = searched(NETWORK, network_score, 8, noise=0.01)
    turned = replace(study, fingerprint=replace(study.fingerprint, objective=parse_objective("val_loss:min")))
    losses = [{"val_loss": -trial.history[-1]["val_accuracy"]} for trial in study.trials]
    turned = replace(
        turned,
        trials=tuple(replace(each, history=(logs,)) for each, logs in zip(study.trials, losses, strict=True)),
    )

    effects, turned_effects = effects_of(study), effects_of(turned)

    for name, effect in effects.items():
        assert turned_effects[name]["total"] == pytest.approx(effect["total"])
        assert turned_effects[name]["at_worst"]["cost"] == pytest.approx(effect["at_worst"]["cost"])
    assert effects["learning_rate"]["sentence"].endswith(" points")
    assert "of val_loss" in turned_effects["learning_rate"]["sentence"]


def test_an_accuracy_in_percent_is_told_in_its_own_units() -> None:
    study = searched(CUBE, lambda params: 50 * number(params, "x") + 20, 8)
    importance = importance_of(study)

    assert re.search(r"; 0\.0\d+ costs about \d+ of val_accuracy$", effects_in(importance)["x"]["sentence"])
    assert re.search(r"is off by \d+ of val_accuracy\.$", skill_of(importance)["sentence"])


def test_failed_trials_show_in_the_shares_but_are_not_predicted() -> None:
    def score(params: Params) -> float:
        return float("nan") if number(params, "x") > 0.7 else 0.5 + 0.1 * number(params, "y")

    study = searched(CUBE, score, 40, noise=0.01)
    importance = importance_of(study)

    assert skill_of(importance)["trials"] == len(study.scored) < 40
    assert {effect["name"]: effect for effect in importance["dimensions"]}["x"]["total"]["low"] > 0.1


@pytest.mark.parametrize(("trials", "folds"), [(8, 8), pytest.param(20, 20, marks=pytest.mark.slow), (21, 10)])
def test_few_trials_are_left_out_one_by_one_and_more_in_tenths(trials: int, folds: int) -> None:
    skill = skill_of(straight_importance(trials))

    assert (skill["trials"], skill["folds"]) == (trials, folds)


@pytest.mark.parametrize("trials", [8, 21])
def test_a_surrogate_that_has_it_right_predicts_what_it_has_not_seen(trials: int) -> None:
    skill = skill_of(straight_importance(trials))

    assert skill["r2"] > 0.9
    assert skill["rank_correlation"] > 0.9
    assert skill["median_absolute_error"] <= skill["mean_absolute_error"] < 0.3 * skill["spread"]


def test_a_dimension_of_one_value_is_left_out() -> None:
    space = Space((*CUBE.dimensions[:2], Categorical("optimizer", ("adam",))))

    assert set(effects_of(searched(space, lambda params: number(params, "x"), 8))) == {"x", "y"}


ONE = Space((Real("x", 0.0, 1.0),))
TEN = Space(tuple(Real(f"x{place}", 0.0, 1.0) for place in range(10)))


@pytest.mark.parametrize(
    ("study", "reason"),
    [
        (study_of(), "It takes 8 trials with a score to tell what matters; so far there are 0."),
        (study_of(*[None] * 12), "It takes 8 trials with a score to tell what matters; so far there are 0."),
        (
            searched(NETWORK, network_score, 7),
            "It takes 8 trials with a score to tell what matters; so far there are 7.",
        ),
        (
            searched(TEN, lambda params: number(params, "x0"), 19),
            "It takes 20 trials with a score to tell what matters; so far there are 19.",
        ),
        (searched(NETWORK, lambda _: 0.5, 12), "All scores are the same, so that nothing matters."),
        (
            searched(ONE, lambda params: number(params, "x"), 12),
            "There is one dimension only, and it explains everything.",
        ),
    ],
    ids=["no trial", "all failed", "too few", "too few for its dimensions", "all equal", "one dimension"],
)
def test_where_nothing_can_be_said_there_is_a_reason(study: Study, reason: str) -> None:
    untold: ImportanceSummary = {"reason": reason, "skill": None, "dimensions": [], "irrelevant": None, "untold": ""}
    assert importance_of(study) == untold


@pytest.mark.slow
def test_a_surrogate_that_takes_everything_for_chance_explains_nothing() -> None:
    importance = importance_of(searched(CUBE, lambda _: 0.5, 40, noise=0.1, seed=4))

    assert importance["reason"] == "To the surrogate all points are alike: it takes what differs for chance."
    assert importance["dimensions"] == []
    assert skill_of(importance)["sentence"].startswith("Importance means little here: ")


@pytest.mark.parametrize("surrogate", ["GP", pytest.param("RF", marks=pytest.mark.slow)])
def test_it_is_the_same_each_time_and_is_json(surrogate: str) -> None:
    study = searched(NETWORK, network_score, 8, noise=0.1, surrogate=surrogate)
    np.random.seed(1)  # noqa: NPY002
    importance = importance_of(study, samples=FEW_SAMPLES)
    known_importance(0.0)  # something else in between
    np.random.seed(2)  # noqa: NPY002

    assert importance_of(study, samples=FEW_SAMPLES) == importance
    assert json.loads(json.dumps(importance, allow_nan=False)) == importance


def test_imported_scores_count() -> None:
    study = straight_study(8)
    imported = Study(fingerprint=study.fingerprint)
    for trial in study.trials:
        imported = imported.import_trial(trial.params, trial.history[-1]["val_accuracy"])

    of_imported, of_own = importance_of(imported, samples=FEW_SAMPLES), straight_importance(8)
    assert of_imported == of_own and of_own["dimensions"]


@pytest.mark.slow
def test_its_data_are_read_without_heavy_libraries_and_made_without_keras() -> None:
    program = """
import sys
from job.report.importance import summarize_importance
print(*({"numpy", "scipy", "skopt"} & set(sys.modules)), sep="")
from tests.report.importance.test_importance import NETWORK, importance_of, network_score, searched
assert importance_of(searched(NETWORK, network_score, 8), samples=16)["dimensions"]
print(*({"keras", "tensorflow", "matplotlib"} & set(sys.modules)), sep="")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert (done.returncode, done.stdout) == (0, "\n\n"), done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(("trials", "seconds"), [(40, 4), (200, 8)])
def test_it_takes_a_few_seconds_of_one_core(trials: int, seconds: float) -> None:
    study = searched(NETWORK, network_score, trials, noise=0.05)
    started = time.process_time()

    importance_of(study, samples=2048)

    assert time.process_time() - started < seconds


@pytest.mark.parametrize(
    ("dimension", "expected"),
    [
        (Integer("layers", 1, 4), {1: 250, 2: 250, 3: 250, 4: 250}),
        (Categorical("optimizer", ("adam", "sgd")), {"adam": 500, "sgd": 500}),
    ],
)
def test_each_of_a_few_values_has_its_share_of_the_quantiles(dimension: Dimension, expected: dict[object, int]) -> None:
    drawn = values_at(dimension, (np.arange(1000) + 0.5) / 1000)

    assert {value: drawn.count(value) for value in dict.fromkeys(drawn)} == expected


@pytest.mark.parametrize(
    ("dimension", "middle"),
    [
        (Real("rate", 1e-6, 1e-2, "log-uniform"), 1e-4),
        (Real("dropout", 0.2, 0.8), 0.5),
        (Integer("width", 10, 1000, "log-uniform"), 97),
    ],
)
def test_the_quantiles_of_a_number_follow_its_prior(dimension: Real | Integer, middle: float) -> None:
    low, half, high = values_at(dimension, np.array([0.0, 0.5, 1.0]))

    assert low == pytest.approx(dimension.low)
    assert half == pytest.approx(middle)
    assert high == pytest.approx(dimension.high)
    assert low in dimension and high in dimension
