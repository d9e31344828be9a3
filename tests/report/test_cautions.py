"""What a reader of the best trial is warned of."""

import shlex
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from job.core.fingerprint import DataDescription
from job.core.given_space import with_given
from job.core.objective import parse_objective
from job.core.space import Categorical, Dimension, Integer, Real, Space, Value
from job.core.study import Study
from job.core.tested import Figure, NumberResult, TestResult
from job.report.cautions import find_cautions
from tests.fakes import START, study_of

RATE = Real("learning_rate", 1e-6, 1e-2, "log-uniform")


def searched(dimension: Dimension, *values: Value) -> Study:
    """Return a study of one dimension whose trials had `values`, each better than the one before."""
    study = Study(fingerprint=replace(study_of().fingerprint, space=Space((dimension,))))
    for number, value in enumerate(values, start=1):
        study = study.propose({dimension.name: value})
        logs = {"val_accuracy": number / 100}
        study = study.complete(number, (logs,), seconds=1.0, now=START, model_sha256="")
    return study


def guessed(*scores: float, classes: int = 10, images: int = 250, objective: str = "val_accuracy:max") -> Study:
    """Return a study whose scores are of so many images of so many classes."""
    names = tuple(map(str, range(classes)))
    data = DataDescription(train=900, validation=images, test=300, image_shape=(8, 8, 1), class_names=names)
    return study_of(*scores, objective=objective, epochs=1).describe_data(data)


def middle(dimension: Real | Integer) -> Value:
    value = (dimension.low + dimension.high) / 2
    return dimension.nearest(int(value) if isinstance(dimension, Integer) else value)


def sentences(study: Study) -> list[str]:
    return [caution["sentence"] for caution in find_cautions(study)]


def test_a_best_value_at_a_bound_is_told_with_the_option_that_widens_it() -> None:
    (caution,) = find_cautions(searched(RATE, 1e-4, 0.01))

    assert caution == {
        "kind": "bound",
        "dimension": "learning_rate",
        "flag": "--bounds learning_rate=1e-06:0.1",
        "sentence": "learning_rate lies at its upper bound, 0.01, in the best trial: better values may lie beyond. "
        "A new search with --bounds learning_rate=1e-06:0.1 would tell.",
    }


@pytest.mark.parametrize(
    ("dimension", "value", "flag"),
    [
        (RATE, 1e-6, "learning_rate=1e-07:0.01"),
        (Real("a rate", 1.0, 9.0), 9.0, "'a rate=1:18'"),
        (Real("dropout", 0.0, 0.5), 0.5, "dropout=0:1"),
        (Real("momentum", 0.5, 0.9), 0.5, "momentum=0.1:0.9"),
        (Real("offset", -2.0, 2.0), -2.0, "offset=-6:2"),
        (Integer("nodes", 5, 512), 512, "nodes=5:1024"),
        (Integer("nodes", 16, 32), 16, "nodes=1:32"),
        (Integer("width", 20, 2000, "log-uniform"), 20, "width=2:2000"),
        (Integer("units", 32, 96, step=32), 96, "units=32:192"),
        (Integer("units", 24, 56, step=16), 24, "units=8:56"),
        (Real("dropout", 0.1, 0.4, step=0.3), 0.4, "dropout=0.1:0.7"),
    ],
)
def test_a_bound_is_widened_on_its_side_by_what_suits_its_scale(
    dimension: Real | Integer, value: Value, flag: str
) -> None:
    (caution,) = find_cautions(searched(dimension, middle(dimension), value))

    assert caution["flag"] == f"--bounds {flag}"


@pytest.mark.parametrize(
    ("dimension", "value", "sentence"),
    [
        (Integer("layers", 1, 5), 1, "layers lies at its lower bound, 1, in the best trial."),
        (Real("dropout", 0.0, 0.5), 0.0, "dropout lies at its lower bound, 0, in the best trial."),
        (Real("share", 0.0, 1.0), 1.0, "share lies at its upper bound, 1, in the best trial."),
        (Real("far", 0.0, 1e15), 1e15, "far lies at its upper bound, 1e+15, in the best trial."),
    ],
    ids=["a number of layers", "none at all", "the whole", "the largest number"],
)
def test_a_bound_that_cannot_be_widened_is_named_alone(dimension: Real | Integer, value: Value, sentence: str) -> None:
    assert sentences(searched(dimension, middle(dimension), value)) == [sentence]


@pytest.mark.parametrize(("value", "near"), [(0.0095, True), (0.0089, False), (1.09e-6, True), (1.11e-6, False)])
def test_within_a_hundredth_of_the_range_on_its_scale_a_value_lies_at_the_bound(value: float, near: bool) -> None:
    assert bool(sentences(searched(RATE, 1e-4, value))) == near


def test_a_bound_that_all_trials_have_in_common_says_nothing() -> None:
    assert sentences(searched(Integer("layers", 1, 5), 5)) == []
    assert sentences(searched(Integer("layers", 1, 5), 5, 5)) == []


def test_neither_inner_values_nor_categories_are_at_a_bound() -> None:
    assert sentences(searched(Integer("layers", 1, 5), 1, 4)) == []
    assert sentences(searched(Categorical("kind", ("a", "b")), "a", "b")) == []


@given(
    low=st.integers(-(10**6), 10**6),
    width=st.integers(2, 10**6),
    whole=st.booleans(),
    log=st.booleans(),
    upper=st.booleans(),
)
def test_the_option_is_one_that_a_search_accepts_and_makes_the_space_longer_at_that_end_alone(
    low: int, width: int, whole: bool, log: bool, upper: bool
) -> None:
    low = abs(low) + 1 if log else low
    kind = Integer if whole else Real
    dimension = kind("x", low, low + width, "log-uniform" if log else "uniform")
    (caution,) = find_cautions(searched(dimension, low + width // 2, low + width if upper else low))

    if caution["flag"] is None:
        assert not upper and low in (0, 1)
        return
    _, bounds = shlex.split(caution["flag"])
    (wider,) = with_given(Space((dimension,)), bounds=[bounds]).dimensions
    assert not isinstance(wider, Categorical)
    assert (wider.low < low, wider.high > low + width) == (not upper, upper)
    assert wider.low == low if upper else wider.high == low + width


def test_a_best_score_within_the_luck_of_guessing_is_told() -> None:
    assert sentences(guessed(0.1, 0.08)) == [
        "The best score, 10.00 %, is no better than guessing: naming one of 10 classes at random gets 10 % right."
    ]
    (of_many,) = sentences(guessed(*[0.1] * 11, 0.14))
    assert of_many == (
        "The best score, 14.00 %, is no better than guessing: naming one of 10 classes at random gets 10 % right, "
        "and the best of 12 trials somewhat more by chance."
    )


def test_the_same_score_is_better_than_guessing_on_more_images_or_as_the_only_one() -> None:
    assert sentences(guessed(*[0.1] * 11, 0.14, images=10_000)) == []
    assert sentences(guessed(0.14)) == []


def test_the_most_common_class_is_what_to_guess_where_the_test_tells_it() -> None:
    confusion = ((0, 70, 0), (0, 200, 0), (0, 30, 0))
    study = guessed(0.4, 0.66, classes=3)
    tested = study.record_test(TestResult(number=2, metrics={"accuracy": 0.66}, confusion=confusion))

    assert sentences(study) == []
    assert sentences(tested) == [
        "The best score, 66.00 %, is no better than guessing: naming the most common class each time gets 67 % right."
    ]


def test_numbers_that_their_mean_guesses_as_well_are_told() -> None:
    skilled, unskilled = (
        NumberResult(name=name, mae=Figure(value=1.0), rmse=Figure(value=1.0), r2=Figure(value=r2))
        for name, r2 in (("1", 0.5), ("2", -0.125))
    )
    study = study_of(0.5, objective="val_mae:min")
    said = "The best model predicts no better than the mean of the true numbers"
    assert sentences(study.record_test(TestResult(number=1, metrics={}, numbers=(skilled,)))) == []
    assert sentences(study.record_test(TestResult(number=1, metrics={}, numbers=(unskilled,)))) == [
        f"{said}: in the test, R² is -0.12."
    ]
    assert sentences(study.record_test(TestResult(number=1, metrics={}, numbers=(skilled, unskilled)))) == [
        f"{said} for number 2: in the test, R² is -0.12."
    ]


def test_an_accuracy_of_labels_or_parts_of_a_sequence_is_not_held_against_guessing() -> None:
    untold = TestResult(number=1, metrics={"accuracy": 0.1}, untold="the model has 2 outputs", uncounted=True)
    assert sentences(guessed(0.1).record_test(untold)) == []


@pytest.mark.parametrize("objective", ["val_loss:min", "val_auc:max", "val_accuracy:min", "accuracy:max"])
def test_of_metrics_whose_guess_is_not_known_nothing_is_said(objective: str) -> None:
    assert sentences(guessed(0.01, objective=objective)) == []


def test_nothing_is_said_before_the_data_are_known_or_without_a_best_trial() -> None:
    assert find_cautions(study_of(0.01)) == []
    assert find_cautions(guessed()) == []
    assert find_cautions(study_of(imported=[0.01])) == []


def test_percentages_for_shares_are_no_guess() -> None:
    study = guessed(91.2)
    assert study.fingerprint.objective == parse_objective("val_accuracy:max")
    assert sentences(study) == []
