"""Numbers on a step, and categories in their order."""

import pytest

from job.core.space import Categorical, Dimension, Integer, Ordinal, Real, Space, Value, describe
from job.errors import SettingsError


def values_of(dimension: Dimension) -> list[Value]:
    return [dimension.at(index) for index in range(dimension.size or 0)]


def test_numbers_on_a_step_are_those_that_steps_lead_to_as_decimal_numbers() -> None:
    assert values_of(Real("x", -0.1, 0.5, step=0.1)) == [-0.1, 0.0, 0.1, 0.2, 0.3, 0.4, 0.5]
    assert values_of(Real("x", 0.1, 0.7, "log-uniform", step=0.2)) == [0.1, 0.3, 0.5, 0.7]
    assert values_of(Integer("n", 32, 128, step=32)) == [32, 64, 96, 128]


@pytest.mark.parametrize(
    ("dimension", "inside", "outside"),
    [
        (Real("x", 0, 1, step=0.1), [0, 0.3, 1.0], [0.35, 0.1 + 0.2, 1.1, True, "0.3"]),
        (Integer("n", 1, 7, step=2), [1, 3, 7], [2, 9, -1, 3.0, True]),
        (Ordinal("size", ("small", 2, True)), ["small", 2, True], [1, "2", "large"]),
    ],
)
def test_what_lies_between_two_steps_or_is_no_category_is_outside(
    dimension: Dimension, inside: list[object], outside: list[object]
) -> None:
    assert all(value in dimension for value in inside)
    assert not any(value in dimension for value in outside)


@pytest.mark.parametrize("step", [0, -1, 0.5, True, "1", [1]])
def test_the_step_of_an_integer_dimension_is_a_positive_whole_number(step: object) -> None:
    with pytest.raises(SettingsError, match=r"^units: expected as step a positive whole number, found"):
        Integer("units", 1, 5, step=step)  # type: ignore[arg-type]


@pytest.mark.parametrize("step", [0.0, -0.1, float("nan"), float("inf"), True, "0.1"])
def test_the_step_of_a_real_dimension_is_a_positive_number(step: object) -> None:
    with pytest.raises(SettingsError, match=r"^dropout: expected as step a positive number, found"):
        Real("dropout", 0, 0.5, step=step)  # type: ignore[arg-type]


def test_an_upper_bound_that_no_step_leads_to_is_refused_with_the_next_ones() -> None:
    with pytest.raises(
        SettingsError, match=r"^units: expected an upper bound that steps of 32 from 8 lead to"
    ) as error:
        Integer("units", 8, 500, step=32)
    assert error.value.hint == "the next ones are 488 and 520"
    with pytest.raises(SettingsError) as error:
        Real("dropout", 0, 0.5, step=0.2)
    assert error.value.hint == "the next ones are 0.4 and 0.6"


def test_steps_that_floats_cannot_tell_apart_are_refused() -> None:
    with pytest.raises(SettingsError, match=r"^x: expected a larger step"):
        Real("x", 1e6, 1e6 + 1, step=1e-5)


@pytest.mark.parametrize(
    ("dimension", "value", "nearest"),
    [
        (Real("x", 0, 0.5, step=0.1), 0.26, 0.3),
        (Real("x", 0, 0.5, step=0.1), 7, 0.5),
        (Integer("n", 1, 7, step=3), 5, 4),
        (Ordinal("size", (1, 2, 4)), 2, 2),
        (Ordinal("size", (1, 2, 4)), 3, 1),
        (Categorical("a", ("relu",)), "tanh", "relu"),
    ],
)
def test_the_nearest_value_is_one_of_the_dimension(dimension: Dimension, value: Value, nearest: Value) -> None:
    assert dimension.nearest(value) == nearest
    assert nearest in dimension


@pytest.mark.parametrize(
    ("dimension", "text", "code"),
    [
        (
            Integer("n", 32, 128, "log-uniform", step=32),
            "32 … 128 in steps of 32 (log-uniform)",
            "Integer(name='n', low=32, high=128, prior='log-uniform', step=32)",
        ),
        (
            Real("x", 0, 0.5, step=0.1),
            "0 … 0.5 in steps of 0.1",
            "Real(name='x', low=0.0, high=0.5, prior='uniform', step=0.1)",
        ),
        (Real("x", 0, 0.5), "0 … 0.5", "Real(name='x', low=0.0, high=0.5, prior='uniform')"),
        (Ordinal("size", ["s", "m"]), "s < m", "Ordinal(name='size', categories=('s', 'm'))"),
    ],
)
def test_steps_and_orders_are_described(dimension: Dimension, text: str, code: str) -> None:
    assert (describe(dimension), repr(dimension)) == (text, code)


def test_an_ordinal_dimension_is_no_categorical_one_of_the_same_values() -> None:
    one: Dimension = Categorical("a", (1, 2))
    assert one != Ordinal("a", (1, 2))
    with pytest.raises(SettingsError, match=r"^a: expected one or more distinct categories"):
        Ordinal("a", (1, 1))


def test_the_points_of_a_space_of_steps_are_counted_and_listed() -> None:
    space = Space((Real("x", 0, 1, step=0.5), Ordinal("o", (1, 2))))
    assert space.size == 6
    assert [space.values(point) for point in space.points({"o": 2})] == [[0.0, 2], [0.5, 2], [1.0, 2]]
