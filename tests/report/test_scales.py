"""Scales of the columns: which values they mark, and where they put a value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from job.report.scales import Scale, error, logarithmic, losses, place, uniform


@pytest.mark.parametrize(
    ("scale", "ticks"),
    [
        (uniform(0.0, 0.5), [0, 0.1, 0.2, 0.3, 0.4, 0.5]),
        (uniform(1, 5, whole=True), [1, 2, 3, 4, 5]),
        (uniform(5, 512, whole=True), [100, 200, 300, 400, 500]),
        (uniform(1, 2, whole=True), [1, 2]),
        (logarithmic(1e-6, 1e-2), [1e-6, 1e-5, 1e-4, 1e-3, 1e-2]),
        (logarithmic(20, 500, whole=True), [20, 50, 100, 200, 500]),
        (logarithmic(1e-15, 1e15), [1e-15, 1e-10, 1e-5, 1, 1e5, 1e10, 1e15]),
        (error([11.26, 99.08]), [50, 80, 90, 95, 98, 99]),
    ],
)
def test_round_values_are_marked(scale: Scale, ticks: list[float]) -> None:
    assert scale["ticks"] == ticks


def test_accuracies_near_perfection_are_as_far_apart_as_their_errors() -> None:
    scale = error([90.0, 99.0, 99.9])

    assert place(99.0, scale) == pytest.approx(0.5)
    assert place(99.9, scale) == 1


def test_a_perfect_accuracy_has_a_place() -> None:
    scale = error([50.0, 98.0, 100.0])

    assert place(50.0, scale) == 0
    assert 0 < place(98.0, scale) < 1
    assert place(100.0, scale) == 1


def test_losses_are_logarithmic_only_where_they_span_an_order_of_magnitude() -> None:
    assert losses([0.02, 3.0])["form"] == "log"
    assert losses([0.2, 0.9])["form"] == "linear"
    assert losses([-1.0, 50.0])["form"] == "linear"


finite = st.floats(min_value=-1e15, max_value=1e15, allow_subnormal=False)


@given(st.lists(finite.map(lambda value: round(value, 3)), min_size=1))
def test_every_scale_of_losses_holds_its_values_and_marks_a_few_of_its_own(values: list[float]) -> None:
    _check(losses(values), values)


@given(st.lists(st.integers(0, 10_000).map(lambda value: value / 100), min_size=1))
def test_every_scale_of_accuracies_holds_its_values_and_marks_a_few_of_its_own(values: list[float]) -> None:
    _check(error(values), values)


def _check(scale: Scale, values: list[float]) -> None:
    assert scale["low"] < scale["high"]
    assert all(-1e-9 <= place(value, scale) <= 1 + 1e-9 for value in values)
    assert len(scale["ticks"]) <= 7
    span = scale["high"] - scale["low"]
    assert all(scale["low"] - span * 1e-6 <= tick <= scale["high"] + span * 1e-6 for tick in scale["ticks"])
