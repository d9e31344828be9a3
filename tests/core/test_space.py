"""The space that is searched."""

import math
from enum import StrEnum
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from job.core.space import Categorical, Dimension, Integer, Prior, Real, Space, Value, describe
from job.core.values import shown
from job.errors import SettingsError
from tests.fakes import SPACE

INSIDE: dict[str, Value] = {"learning_rate": 1e-3, "filters": 32, "dropout": 0.25, "activation": "relu"}


@pytest.mark.parametrize(
    ("low", "high"),
    [(1.0, 0.0), (1.0, 1.0), (math.nan, 1.0), (0.0, math.nan), (-math.inf, 1.0), (0.0, math.inf), (False, True)],
)
def test_bounds_that_leave_nothing_between_them_are_refused_by_the_dimensions_name(low: float, high: float) -> None:
    with pytest.raises(SettingsError, match=r"^dropout: expected a lower bound below the upper one"):
        Real("dropout", low, high)


@pytest.mark.parametrize("low", [0, -1])
@pytest.mark.parametrize("kind", [Real, Integer])
def test_a_logarithm_needs_positive_bounds(kind: type[Real] | type[Integer], low: int) -> None:
    with pytest.raises(SettingsError, match=r"^units: expected positive bounds for a log-uniform dimension"):
        kind("units", low, 10, "log-uniform")


@pytest.mark.parametrize(("low", "high"), [(1.0, 8), (1, 8.0), (1, 8.5)])
def test_an_integer_dimension_needs_whole_numbers_as_bounds(low: float, high: float) -> None:
    with pytest.raises(SettingsError, match=r"^filters: expected whole numbers"):
        Integer("filters", low, high)  # type: ignore[arg-type]


@pytest.mark.parametrize("categories", [(), ("relu", "relu"), (1, 1.0), (1, True)])
def test_categories_that_are_none_or_not_distinct_are_refused(categories: tuple[Value, ...]) -> None:
    with pytest.raises(SettingsError, match=r"^activation: expected one or more distinct categories"):
        Categorical("activation", categories)


@pytest.mark.parametrize("dimensions", [(), (Real("x", 0.0, 1.0), Integer("x", 0, 1))])
def test_a_space_needs_dimensions_with_distinct_names(dimensions: tuple[Dimension, ...]) -> None:
    with pytest.raises(SettingsError, match="distinct names"):
        Space(dimensions)


@pytest.mark.parametrize("prior", ["uniform", "log-uniform"])
@pytest.mark.parametrize(("value", "inside"), [(1, True), (1.0, True), (4.5, True), (8.0, True), (0.999, False)])
def test_both_bounds_belong_to_a_real_dimension(value: float, inside: bool, prior: Prior) -> None:
    assert (value in Real("x", 1.0, 8.0, prior)) is inside


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, True, "0.5", None])
def test_what_is_not_a_finite_number_is_outside_a_real_dimension(value: object) -> None:
    assert value not in Real("x", -2.0, 2.0)


@pytest.mark.parametrize(
    ("value", "inside"), [(1, True), (8, True), (0, False), (9, False), (2.0, False), (True, False)]
)
def test_only_whole_numbers_up_to_the_bounds_belong_to_an_integer_dimension(value: object, inside: bool) -> None:
    assert (value in Integer("x", 1, 8)) is inside


@pytest.mark.parametrize(("value", "inside"), [(1, True), (True, False), (1.0, False), ("1", False), ("relu", True)])
def test_a_category_is_itself_and_not_an_equal_value_of_another_type(value: object, inside: bool) -> None:
    assert (value in Categorical("x", (1, "relu"))) is inside


@pytest.mark.parametrize(
    ("dimensions", "size"),
    [
        ((Integer("a", 1, 4), Categorical("b", ("x", "y", "z"))), 12),
        ((Categorical("b", (True,)),), 1),
        ((Integer("a", -2, 2, "uniform"),), 5),
        ((Integer("a", 1, 4), Real("c", 0.0, 1.0)), None),
    ],
)
def test_the_size_counts_the_points_unless_a_dimension_is_real(
    dimensions: tuple[Dimension, ...], size: int | None
) -> None:
    assert Space(dimensions).size == size


def test_params_with_a_value_inside_each_dimension_pass() -> None:
    SPACE.check(INSIDE)


@pytest.mark.parametrize(
    ("name", "value"), [("learning_rate", 0.1), ("filters", 65), ("dropout", math.nan), ("activation", "elu")]
)
def test_a_value_outside_is_refused_with_its_name_and_what_would_be_inside(name: str, value: Value) -> None:
    with pytest.raises(SettingsError) as refusal:
        SPACE.check({**INSIDE, name: value})

    assert str(refusal.value).startswith(f"{name}: {value!r} is outside ")


@pytest.mark.parametrize("params", [{}, {"dropout": 0.1}, {**INSIDE, "units": 3}])
def test_params_that_do_not_name_each_dimension_are_refused(params: dict[str, Value]) -> None:
    with pytest.raises(SettingsError, match="expected values for learning_rate, filters, dropout, activation"):
        SPACE.check(params)


@given(st.permutations(list(INSIDE.items())))
def test_values_come_in_the_order_of_the_dimensions_whatever_that_of_the_params(items: list[tuple[str, Value]]) -> None:
    assert SPACE.values(dict(items)) == [1e-3, 32, 0.25, "relu"]
    assert SPACE.params(SPACE.values(dict(items))) == INSIDE


@pytest.mark.parametrize("count", [3, 5])
def test_values_of_another_number_than_the_dimensions_are_not_named(count: int) -> None:
    with pytest.raises(ValueError, match="zip"):
        SPACE.params([1] * count)


@pytest.mark.parametrize(
    ("dimension", "text"),
    [
        (Real("x", 1e-6, 1e-2, "log-uniform"), "1e-06 … 0.01 (log-uniform)"),
        (Real("x", 0.0, 0.5), "0 … 0.5"),
        (Integer("x", 8, 64), "8 … 64"),
        (Categorical("x", ("relu", 2, True)), "relu | 2 | True"),
        (Integer("x", 1, 1234567), "1 … 1234567"),
    ],
)
def test_a_dimension_is_described_as_a_person_writes_it(dimension: Dimension, text: str) -> None:
    assert describe(dimension) == text


class Kind(StrEnum):
    ADAM = "adam"


def test_values_of_numpy_and_of_enums_become_pythons_own() -> None:
    given: list[Any] = [np.int64(16), np.float32(0.5), np.bool_(True), np.str_("relu"), Kind.ADAM]
    low: Any = np.int8(0)
    high: Any = np.float32(1)
    space = Space([Categorical(np.str_("x"), given), Real("y", low, high), Integer("z", low + 1, 5)])

    assert space == Space((Categorical("x", (16, 0.5, True, "relu", "adam")), Real("y", 0.0, 1.0), Integer("z", 1, 5)))
    categorical, real, integer = space.dimensions
    assert isinstance(categorical, Categorical) and isinstance(real, Real) and isinstance(integer, Integer)
    assert [type(each) for each in categorical.categories] == [int, float, bool, str, str]
    assert (type(real.low), type(integer.low), type(categorical.name)) == (float, int, str)
    assert 16 in categorical and np.int64(16) not in categorical


@pytest.mark.parametrize(
    "category",
    [
        (1, 2),
        [1],
        None,
        {},
        print,
        math.inf,
        math.nan,
        2**53 + 1,
        10**5000,
        "",
        " a",
        "a\n",
        "\ud800",
        "x" * 201,
        np.zeros(2),
        np.datetime64("2020-01-01", "ns"),
    ],
    ids=lambda category: shown(category)[:20],
)
def test_what_no_state_or_table_can_hold_is_no_category(category: object) -> None:
    with pytest.raises(
        SettingsError, match=r"^activation: expected as category a number, True, False or a text"
    ) as refusal:
        Categorical("activation", (category, "relu"))  # type: ignore[arg-type]

    assert shown(category) in str(refusal.value) and len(str(refusal.value)) < 300


@pytest.mark.parametrize("categories", ["relu", 5, None, {"relu": 1}, {"relu"}])
def test_categories_are_a_list_or_a_tuple(categories: object) -> None:
    with pytest.raises(SettingsError, match=r"^activation: expected a list of categories, found"):
        Categorical("activation", categories)  # type: ignore[arg-type]


@pytest.mark.parametrize("categories", [(1, "1"), (True, "True"), (0.5, "0.5"), (0.0, -0.0), (True, 1.0)])
def test_categories_that_are_equal_or_read_alike_are_refused(categories: tuple[Value, ...]) -> None:
    with pytest.raises(SettingsError, match=r"^activation: expected one or more distinct categories"):
        Categorical("activation", categories)


@pytest.mark.parametrize("name", ["", " ", " a", "a\n", "\udcff", "a=b", "a:b", "x" * 201, 3, None, ("a",)])
def test_a_name_is_a_text_that_an_option_and_a_table_can_hold(name: object) -> None:
    for make in (lambda: Real(name, 0, 1), lambda: Integer(name, 0, 1), lambda: Categorical(name, (1,))):  # type: ignore[arg-type]
        with pytest.raises(SettingsError, match=r"^expected as name of a dimension a text"):
            make()


@pytest.mark.parametrize("prior", ["log", "", None, ["uniform"]])
def test_an_unknown_prior_is_refused(prior: object) -> None:
    with pytest.raises(SettingsError, match=r"^x: expected one of uniform, log-uniform, found"):
        Real("x", 1, 2, prior)  # type: ignore[arg-type]


@pytest.mark.parametrize(("low", "high"), [(1e-200, 1e-150), (5e-324, 1.0), (9e-31, 1.0)])
def test_a_logarithm_of_next_to_nothing_is_refused(low: float, high: float) -> None:
    with pytest.raises(SettingsError, match=r"^x: expected bounds from 1e-30 on for a log-uniform dimension"):
        Real("x", low, high, "log-uniform")


@pytest.mark.parametrize("prior", ["uniform", "log-uniform"])
@pytest.mark.parametrize(("low", "high"), [(1, 1 + 1e-15), (1e15 - 1, 1e15), (1, math.nextafter(1, 2))])
def test_bounds_with_next_to_no_number_between_them_are_refused(low: float, high: float, prior: Prior) -> None:
    with pytest.raises(SettingsError, match=r"^x: expected bounds that are further apart"):
        Real("x", low, high, prior)


@pytest.mark.parametrize(("low", "high"), [(0, 1e-300), (-1e-31, 0.0)])
def test_a_dimension_as_narrow_as_nothing_is_refused(low: float, high: float) -> None:
    with pytest.raises(SettingsError, match=r"^x: expected bounds that are further apart"):
        Real("x", low, high)


@pytest.mark.parametrize("kind", [Real, Integer])
@pytest.mark.parametrize("bound", [10**400, 10**5000, 2e15], ids=shown)
def test_a_bound_too_large_for_any_number_is_refused(kind: type[Real] | type[Integer], bound: int) -> None:
    with pytest.raises(SettingsError, match=r"^x: expected bounds within"):
        kind("x", 1, bound)


@pytest.mark.parametrize("dimensions", [5, None, "xy", [5], [Real], {"x": Real("x", 0, 1)}])
def test_a_space_is_of_dimensions_alone(dimensions: object) -> None:
    with pytest.raises(SettingsError, match=r"^expected a list of Real, Integer, Categorical and Ordinal, found"):
        Space(dimensions)  # type: ignore[arg-type]
