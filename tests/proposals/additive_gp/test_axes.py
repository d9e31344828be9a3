"""One dimension in numbers."""

import math
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from job.core.space import Categorical, Dimension, Integer, Ordinal, Real, Value
from job.proposals.additive_gp.axes import Axis
from job.proposals.draws import Floats, values_at
from tests.spaces import dimensions

ORDINARY = (
    Real("rate", 1e-6, 1e-2, "log-uniform"),
    Real("dropout", 0.0, 0.5),
    Real("shift", -3.0, 7.0),
    Real("scale", 1e-30, 1e15, "log-uniform"),
)
NARROW = (
    Real("x", 1e6, 1e6 + 1e-3),
    Real("x", 1e6, 1e6 + 1e-3, "log-uniform"),
    Real("x", 0.999, 0.9999, "log-uniform"),
)
COUNTED = (
    Integer("units", 1, 512, "log-uniform"),
    Integer("layers", -2, 9),
    Integer("width", 8, 64, step=8),
    Integer("depth", 10, 1000, "log-uniform", step=10),
    Real("dropout", 0.0, 0.5, step=0.1),
    Real("rate", 0.001, 0.1, "log-uniform", step=0.001),
    Ordinal("size", ("small", "medium", "large")),
    Categorical("any", (False, 1, 2.5, "1e-3", -0.125)),
    Categorical("any", ("true", True, 0, 3, "relu")),
)

few_examples = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])


@st.composite
def axes(draw: st.DrawFn) -> Axis:
    dimension = draw(dimensions("x"))
    assume(dimension.size != 1)
    return Axis(dimension)


def some_codes(axis: Axis) -> Floats:
    """Return up to some hundreds of codes from end to end, in order."""
    if axis.levels is None:
        return np.linspace(0.0, 1.0, 101)
    return np.unique(np.rint(np.linspace(0, axis.levels - 1, 101)))


def precision(dimension: Dimension, value: float) -> float:
    """Return how far off a real number may be that comes back from its code."""
    assert isinstance(dimension, Real)
    low, high = dimension.low, dimension.high
    largest = max(abs(low), abs(high))
    if dimension.prior == "log-uniform":
        return value * (1e-11 * (high - low) / largest + 1e-13)
    return 1e-11 * (high - low) + 1e-15 * largest


@pytest.mark.parametrize("dimension", COUNTED, ids=repr)
def test_a_value_that_is_counted_is_the_value_of_its_code(dimension: Dimension) -> None:
    axis = Axis(dimension)
    values = [dimension.at(place) for place in range(dimension.size or 0)]

    codes = [axis.code(value) for value in values]
    back = [axis.value(code) for code in codes]

    assert codes == list(range(len(values)))
    assert [(type(each), each) for each in back] == [(type(each), each) for each in values]


@pytest.mark.parametrize("dimension", [*ORDINARY, *NARROW], ids=repr)
def test_a_real_number_is_the_value_of_its_code_but_for_digits_beyond_those_that_matter(dimension: Real) -> None:
    axis = Axis(dimension)

    for value in values_at(dimension, np.linspace(0.0, 1.0, 101)):
        assert 0.0 <= axis.code(value) <= 1.0
        assert abs(float(axis.value(axis.code(value))) - float(value)) <= precision(dimension, float(value))
    assert [axis.value(0.0), axis.value(1.0)] == pytest.approx([dimension.low, dimension.high], rel=1e-11)


@given(axis=axes(), share=st.floats(0.0, 1.0))
@few_examples
def test_the_value_of_a_code_of_any_dimension_is_inside_it(axis: Axis, share: float) -> None:
    code = share if axis.levels is None else math.floor(share * (axis.levels - 1))

    value = axis.value(code)

    assert value in axis.dimension
    if axis.levels is not None:
        assert axis.code(value) == code
    elif isinstance(value, float):
        again = float(axis.value(axis.code(value)))
        assert abs(again - value) <= precision(axis.dimension, value)


@pytest.mark.parametrize("dimension", ORDINARY, ids=repr)
def test_real_numbers_of_ordinary_ranges_have_no_more_than_thirteen_digits(dimension: Real) -> None:
    axis = Axis(dimension)

    values = [axis.value(code) for code in np.random.RandomState(0).random_sample(200)]

    digits = [len(Decimal(repr(value)).normalize().as_tuple().digits) for value in values]
    assert 11 <= max(digits) <= 13


@pytest.mark.parametrize("dimension", NARROW, ids=repr)
def test_between_bounds_that_are_close_there_are_many_numbers_all_the_same(dimension: Real) -> None:
    axis = Axis(dimension)

    values = [axis.value(code) for code in np.linspace(0.0, 1.0, 2001)]

    assert len(set(values)) == 2001
    assert values == sorted(values, key=float)
    assert all(value in dimension for value in values)


@given(axis=axes())
@few_examples
def test_positions_rise_with_the_codes_from_0_to_1(axis: Axis) -> None:
    assume(axis.is_ordered)

    positions = axis.positions(some_codes(axis))

    assert positions[0] == 0.0
    assert positions[-1] == pytest.approx(1.0)
    assert (np.diff(positions) > 0).all()


def test_positions_are_even_on_the_scale_of_the_dimension() -> None:
    powers = Axis(Integer("units", 1, 256, "log-uniform"))
    steps = Axis(Real("rate", 0.01, 0.16, "log-uniform", step=0.01))

    assert powers.positions(np.array([0.0, 1, 3, 15, 255])) == pytest.approx([0, 1 / 8, 2 / 8, 4 / 8, 1])
    assert steps.positions(np.array([0.0, 1, 3, 7, 15])) == pytest.approx([0, 0.25, 0.5, 0.75, 1])
    assert Axis(ORDINARY[0]).code(1e-4) == pytest.approx(0.5)
    assert Axis(ORDINARY[2]).code(-1.0) == pytest.approx(0.2)


@given(axis=axes())
@few_examples
def test_the_code_nearest_to_the_position_of_a_code_is_that_code(axis: Axis) -> None:
    assume(axis.is_ordered)
    codes, off = some_codes(axis), 0.0
    if isinstance(axis.dimension, Integer | Real) and axis.levels is not None:
        largest = max(abs(axis.dimension.low), abs(axis.dimension.high))
        off = 1e-13 * largest / (axis.dimension.step or 1)  # of positions of the very largest numbers

    near = axis.codes_near(axis.positions(codes))

    assert near == pytest.approx(codes, abs=off, rel=1e-12)


@pytest.mark.parametrize("dimension", [*COUNTED[:7], *(Integer("x", low, 50 * low, "log-uniform") for low in (5, 7))])
def test_the_nearest_codes_are_those_of_values_and_none_is_a_negative_zero(dimension: Dimension) -> None:
    """A row is known by its bytes, in which the two zeros differ."""
    axis = Axis(dimension)

    codes = axis.codes_near(np.linspace(0.0, 1.0, 1001))

    assert set(codes) <= set(range(axis.levels or 0))
    assert not np.signbit(codes).any()
    assert (np.diff(codes) >= 0).all()


@given(axis=axes())
@few_examples
def test_codes_at_quantiles_are_those_of_the_values_at_them(axis: Axis) -> None:
    quantiles = np.linspace(0.0, 1.0, 33)

    codes, values = axis.codes_at(quantiles), values_at(axis.dimension, quantiles)

    for code, value in zip(codes, values, strict=True):
        assert same(axis, axis.value(code), value)


def same(axis: Axis, one: Value, other: Value) -> bool:
    if axis.levels is None:
        return abs(float(one) - float(other)) <= precision(axis.dimension, float(other))
    return type(one) is type(other) and one == other


def test_only_categories_are_in_no_order() -> None:
    assert [Axis(each).is_ordered for each in COUNTED] == [True] * 7 + [False] * 2
    assert all(Axis(each).is_ordered for each in ORDINARY)
