"""Durations as people write them."""

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from job.settings.durations import parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("90", 90),
        ("1.5", 1.5),
        ("45s", 45),
        ("50m", 3000),
        ("1h30m", 5400),
        ("1.5h", 5400),
        ("2d", 172800),
        ("1d2h3m4s", 93784),
    ],
)
def test_a_duration_is_seconds_or_amounts_with_units(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@given(st.integers(0, 99), st.integers(0, 99), st.integers(0, 99))
def test_the_parts_of_a_duration_add_up(hours: int, minutes: int, seconds: int) -> None:
    assert parse_duration(f"{hours}h{minutes}m{seconds}s") == hours * 3600 + minutes * 60 + seconds


@pytest.mark.parametrize(
    "text",
    ["", " ", "-5", "+5", "m", "1h30", "5 m", " 5m", "5m\n", "1e3", "nan", "inf", "5M", "1,5h", "5w", "1:30", ".5"],
)
def test_what_is_no_duration_is_refused_with_what_was_found(text: str) -> None:
    with pytest.raises(typer.BadParameter) as refusal:
        parse_duration(text)

    assert refusal.value.message == f"expected a duration such as 90, 50m or 1h30m, found {text!r}"
