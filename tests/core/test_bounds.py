"""Bounds from the command line, and the space within them."""

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from job.core.bounds import Bounds, bounds_giving, parse_bounds
from job.core.given_space import with_given
from job.core.space import Categorical, Dimension, Integer, Real
from job.errors import ExitCode, SettingsError
from tests.fakes import SPACE


@pytest.mark.parametrize(
    ("text", "bounds"),
    [
        ("learning_rate=1e-5:1e-3", ("learning_rate", 1e-5, 1e-3)),
        ("filters=8:16", ("filters", 8.0, 16.0)),
        (" x = -2 : 2 ", ("x", -2.0, 2.0)),
        ("weight-decay of all=0:1", ("weight-decay of all", 0.0, 1.0)),
        ("learning_rate=1e-4:1e-2:log", ("learning_rate", 1e-4, 1e-2, "log-uniform")),
        ("filters=8:16: Linear ", ("filters", 8.0, 16.0, "uniform")),
    ],
)
def test_bounds_are_a_name_two_numbers_and_perhaps_a_scale(text: str, bounds: tuple[Any, ...]) -> None:
    assert parse_bounds(text) == Bounds(*bounds)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "filters",
        "filters=",
        "filters=8",
        "filters=8:",
        "filters=:8",
        "=1:2",
        "x=1:2:3",
        "x=1:2:",
        "x=1:2:log:log",
        "x=a:b",
        "x=1-2",
    ],
)
def test_what_is_no_bounds_is_refused_with_what_was_found(text: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        parse_bounds(text)

    assert str(refusal.value).startswith("--bounds: expected NAME=LOW:HIGH")
    assert str(refusal.value).endswith(f"found {text!r}")
    assert refusal.value.exit_code == ExitCode.USAGE


@pytest.mark.parametrize("bounds", [None, []])
def test_without_bounds_the_space_is_the_problems(bounds: list[str] | None) -> None:
    assert with_given(SPACE, bounds=bounds) == SPACE


def test_bounds_replace_those_of_their_dimension_and_keep_its_kind_its_prior_and_its_place() -> None:
    space = with_given(SPACE, bounds=["filters=16:32", "learning_rate=1e-5:1e-3"])

    assert space.dimensions == (
        Real("learning_rate", 1e-5, 1e-3, "log-uniform"),
        Integer("filters", 16, 32),
        *SPACE.dimensions[2:],
    )
    assert isinstance(space.dimensions[1], Integer)
    assert isinstance(space.dimensions[1].low, int)


def test_bounds_may_be_wider_than_the_problems() -> None:
    assert with_given(SPACE, bounds=["filters=1:1024"]).dimensions[1] == Integer("filters", 1, 1024)


def test_bounds_of_an_unknown_dimension_are_refused_with_the_names_that_there_are() -> None:
    with pytest.raises(SettingsError, match=r"^--bounds: the problem has no dimension filter, rate$") as refusal:
        with_given(SPACE, bounds=["rate=0:1", "filter=8:16", "filters=8:16"])

    assert refusal.value.hint == "its dimensions are learning_rate, filters, dropout, activation"


@pytest.mark.parametrize(
    ("bounds", "name"),
    [
        ("filters=16:8", "filters"),
        ("filters=8:8", "filters"),
        ("filters=8.5:16", "filters"),
        ("filters=8:inf", "filters"),
        ("filters=nan:16", "filters"),
        ("dropout=0.5:0.1", "dropout"),
        ("dropout=nan:0.5", "dropout"),
        ("dropout=0:inf", "dropout"),
        ("dropout=0:1e999", "dropout"),
        ("learning_rate=0:1", "learning_rate"),
        ("learning_rate=-1:1", "learning_rate"),
        ("activation=0:1", "activation"),
    ],
)
def test_impossible_bounds_are_refused_with_the_name_of_the_dimension(bounds: str, name: str) -> None:
    with pytest.raises(SettingsError, match=rf"\b{name}\b") as refusal:
        with_given(SPACE, bounds=[bounds])

    assert refusal.value.exit_code == ExitCode.USAGE


def test_whole_numbers_beyond_64_bits_are_impossible_bounds() -> None:
    with pytest.raises(SettingsError, match="filters"):
        with_given(SPACE, bounds=["filters=8:1e30"])


def test_bounds_given_twice_for_one_dimension_are_refused() -> None:
    with pytest.raises(SettingsError, match="filters"):
        with_given(SPACE, bounds=["filters=8:16", "filters=32:64"])


@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9))
def test_any_two_numbers_in_order_are_bounds_of_a_real_dimension(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assume(high - low > 1e-9 * max(1, abs(low), abs(high)))

    assert with_given(SPACE, bounds=[f"dropout={low}:{high}"]).dimensions[2] == Real("dropout", low, high)


@pytest.mark.parametrize(
    ("wanted", "to", "text"),
    [
        (Integer("n", 1, 5), Integer("n", 2, 3), "n=1:5"),
        (Real("x", 1e-6, 1e-2, "log-uniform"), Real("x", 1e-5, 1e-3, "log-uniform"), "x=1e-06:0.01"),
        (Real("x", 1e-6, 1e-2, "log-uniform"), Real("x", 1e-5, 1e-3), "x=1e-06:0.01:log"),
        (Integer("n", 1, 5), Integer("n", 1, 5, "log-uniform"), "n=1:5:uniform"),
        (Integer("n", 2, 6, step=2), Integer("n", 2, 4, step=2), "n=2:6"),
        (Integer("n", 2, 6, step=2), Integer("n", 2, 6), ""),
        (Real("n", 1, 5), Integer("n", 2, 3), ""),
        (Categorical("a", ("relu",)), Categorical("a", ("relu", "tanh")), ""),
        (Integer("two words", 1, 5), Integer("two words", 2, 3), "two words=1:5"),
    ],
)
def test_the_bounds_that_make_one_dimension_another_are_told_where_there_are_any(
    wanted: Dimension, to: Dimension, text: str
) -> None:
    assert bounds_giving(wanted, to=to) == text
