"""The objective and its sign."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from job.core.objective import Direction, Objective, parse_objective
from job.errors import ExitCode, SettingsError

DIRECTIONS: st.SearchStrategy[Direction] = st.sampled_from(["max", "min"])
VALUES = st.floats(allow_nan=False)


@given(VALUES, VALUES, DIRECTIONS)
def test_the_better_of_two_values_has_the_lower_loss(one: float, other: float, direction: Direction) -> None:
    better = one > other if direction == "max" else one < other

    objective = Objective("score", direction)

    assert (objective.loss(one) < objective.loss(other)) is better


@given(VALUES, DIRECTIONS)
def test_a_loss_gives_back_the_value_it_came_from(value: float, direction: Direction) -> None:
    objective = Objective("score", direction)

    assert objective.value(objective.loss(value)) == value


@pytest.mark.parametrize("direction", ["max", "min"])
@pytest.mark.parametrize("metric", ["val_accuracy", "val_loss", "my_metric"])
def test_a_direction_that_is_given_wins_over_the_metrics_name(metric: str, direction: Direction) -> None:
    assert parse_objective(f"{metric}:{direction}") == Objective(metric, direction)


@pytest.mark.parametrize(
    ("metric", "direction"),
    [
        ("val_accuracy", "max"),
        ("val_sparse_categorical_accuracy", "max"),
        ("val_auc", "max"),
        ("precision", "max"),
        ("val_recall", "max"),
        ("val_f1_score", "max"),
        ("val_mean_iou", "max"),
        ("loss", "min"),
        ("val_loss", "min"),
        ("val_mean_squared_error", "min"),
        ("val_categorical_crossentropy", "min"),
    ],
)
def test_kerass_names_tell_the_direction(metric: str, direction: Direction) -> None:
    assert parse_objective(metric) == Objective(metric, direction)


@pytest.mark.parametrize("metric", ["val_cosine_similarity", "score"])
def test_a_name_that_tells_no_direction_asks_for_one(metric: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        parse_objective(metric)

    assert metric in str(refusal.value)
    assert refusal.value.hint == f"write {metric}:max or {metric}:min"


@pytest.mark.parametrize("metric", ["val_auc_loss", "precision_error"])
def test_a_name_that_tells_both_directions_asks_for_one(metric: str) -> None:
    with pytest.raises(SettingsError):
        parse_objective(metric)


def test_a_direction_is_understood_in_any_case() -> None:
    assert parse_objective("val_loss:MAX") == Objective("val_loss", "max")


@pytest.mark.parametrize("text", ["", ":max", "val_loss:up", "val_loss:min:max", "val_loss:max "])
def test_what_is_no_objective_is_refused_with_the_text_that_was_given(text: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        parse_objective(text)

    assert str(refusal.value) == f"--objective: expected METRIC, METRIC:max or METRIC:min, found {text!r}"
    assert refusal.value.exit_code == ExitCode.USAGE


@given(st.text("abc_019", min_size=1, max_size=9), DIRECTIONS)
def test_an_objective_reads_what_it_writes(metric: str, direction: Direction) -> None:
    objective = Objective(metric, direction)

    assert parse_objective(str(objective)) == objective
