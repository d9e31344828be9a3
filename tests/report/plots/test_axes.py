"""Ticks and names along axes."""

import pytest

from job.core.space import Categorical, Integer, Real, Space, summarize_space
from job.report.plots.axes import format_ticks, linear_ticks, log_ticks, positions, shorten, spread

(REAL, FEW, MANY, CATEGORY) = summarize_space(
    Space((Real("rate", 0.0, 1.0), Integer("few", 1, 5), Integer("many", 1, 500), Categorical("kind", ("a", True, 2))))
)


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (1e-6, 1e-2, [1e-6, 1e-5, 1e-4, 1e-3, 1e-2]),
        (0.9, 110, [1, 2, 5, 10, 20, 50, 100]),
        (0.5, 150, [1, 3, 10, 30, 100]),
    ],
)
def test_logarithmic_ticks_are_few_and_round(low: float, high: float, ticks: list[float]) -> None:
    assert log_ticks(low, high) == pytest.approx(ticks)


def test_a_narrow_logarithmic_axis_has_ticks_too() -> None:
    assert len(log_ticks(0.0010, 0.0011)) >= 2


def test_a_very_wide_logarithmic_axis_leaves_decades_out() -> None:
    assert 2 <= len(log_ticks(1e-100, 1e100)) <= 7


def test_whole_numbers_have_no_ticks_between_them() -> None:
    assert linear_ticks(1, 3, whole=True) == [1, 2, 3]
    assert linear_ticks(1, 1, whole=True) == [1]


@pytest.mark.parametrize(
    ("ticks", "texts"),
    [
        ([0.001, 0.1, 10], ["0.001", "0.1", "10"]),
        ([1e-5, 1e-4], ["10⁻⁵", "10⁻⁴"]),
        ([0, 5e14], ["0", "5·10¹⁴"]),
        ([-0.2, 0.30000000000000004], ["-0.2", "0.3"]),
    ],
)
def test_ticks_of_one_axis_are_written_alike(ticks: list[float], texts: list[str]) -> None:
    assert format_ticks(ticks) == texts


def test_categories_lie_in_their_order() -> None:
    assert list(positions(CATEGORY, [2, "a", True])) == [2, 0, 1]


def test_the_dots_of_one_category_are_apart_and_near_it() -> None:
    moves = spread(CATEGORY, "x", range(1, 50))

    assert len(set(moves)) == 49
    assert max(abs(moves)) <= 0.3


def test_the_dots_of_an_integer_are_apart_and_nearer_to_it_than_to_what_lies_between() -> None:
    moves = spread(FEW, "y", range(1, 50))

    assert len(set(moves)) == 49
    assert max(abs(moves)) <= 0.15


def test_dots_that_have_room_stay_where_they_are() -> None:
    assert not spread(REAL, "x", [1, 2]).any()
    assert not spread(MANY, "x", [1, 2]).any()


def test_a_long_name_is_shortened_and_what_cannot_be_drawn_is_left_out() -> None:
    assert shorten("activation") == "activation"
    assert shorten("a\nb\x00c") == "a b c"
    assert shorten("x" * 100, 5) == "xxxx…"
