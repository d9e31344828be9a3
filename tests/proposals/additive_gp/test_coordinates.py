"""Points as rows of numbers."""

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from numpy.random import RandomState

from job.core.space import Categorical, Integer, Params, Real, Space, Value
from job.proposals.additive_gp.coordinates import Coordinates
from job.proposals.draws import Floats
from tests.proposals.additive_gp.examples import MIXED, drawn_rows
from tests.spaces import points, spaces

# A parent of one value, a grandparent, several parents, and a child that stands before what it depends on.
FAMILY = Space(
    (
        Real("both", 1e-3, 1.0, "log-uniform", when={"only": ["here"], "switch": [True]}),
        Categorical("kind", ("a", "b", "c")),
        Categorical("only", ("here",), when={"kind": ["a", "c"]}),
        Integer("child", 1, 5, when={"only": ["here"]}),
        Categorical("switch", (True, False), when={"kind": ["b", "c"]}),
        Real("grandchild", 0.0, 1.0, when={"switch": [False]}),
        Real("always", 0.0, 1.0),
    )
)

few_examples = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)


def check_rows(coordinates: Coordinates, rows: Floats) -> list[dict[str, Value]]:
    """Return the points of rows, each of which must be one of the space, and be told by its row alone."""
    found = [coordinates.point(row) for row in rows]
    for each in found:
        coordinates.space.check(each)
    again = coordinates.rows(found)
    assert (np.isnan(again) == np.isnan(rows)).all()
    for column, axis in enumerate(coordinates.axes):
        # Between bounds that are very close there are fewer numbers than codes.
        allowed = 0.0 if axis.levels is not None else 1e-4
        assert again[:, column] == pytest.approx(rows[:, column], abs=allowed, rel=0.0, nan_ok=True)
    return found


@pytest.mark.parametrize("space", [MIXED, FAMILY], ids=["mixed", "family"])
def test_the_row_of_the_point_of_a_row_is_that_row_to_the_last_bit(space: Space) -> None:
    coordinates = Coordinates(space)
    rows = drawn_rows(coordinates, 300)

    found = check_rows(coordinates, rows)

    assert coordinates.rows(found).tobytes() == rows.tobytes()


def test_what_is_active_depends_on_parents_of_one_value_on_several_and_on_those_of_parents() -> None:
    coordinates = Coordinates(FAMILY)
    names = [axis.dimension.name for axis in coordinates.axes]
    assert names == ["both", "kind", "child", "switch", "grandchild", "always"]
    codes = np.zeros((6, 6))
    codes[:, 1] = [0, 0, 1, 1, 2, 2]
    codes[:, 3] = [0, 1, 0, 1, 0, 1]

    active = [
        {name for name, code in zip(names, row, strict=True) if not np.isnan(code)}
        for row in coordinates.possible(codes)
    ]

    assert active == [
        {"kind", "child", "always"},
        {"kind", "child", "always"},
        {"kind", "switch", "always"},
        {"kind", "switch", "grandchild", "always"},
        {"kind", "child", "switch", "both", "always"},
        {"kind", "child", "switch", "grandchild", "always"},
    ]


@given(data=st.data(), space=spaces(), seed=st.integers(0, 99))
@few_examples
def test_drawn_rows_of_any_space_are_points_of_it(data: st.DataObject, space: Space, seed: int) -> None:
    assume(space.size != 1)
    check_rows(Coordinates(space), drawn_rows(Coordinates(space), 8, seed))

    point = data.draw(points(space))
    row = Coordinates(space).rows([point])
    (again,) = check_rows(Coordinates(space), row)
    assert {name for name in point if type(point[name]) is not type(again[name])} == set()


@given(data=st.data(), space=spaces(), seed=st.integers(0, 99))
@few_examples
def test_with_values_that_are_fixed_every_row_is_a_point_with_these(
    data: st.DataObject, space: Space, seed: int
) -> None:
    assume(space.size != 1)
    point = data.draw(points(space))
    fixed = {name: point[name] for name in data.draw(st.sets(st.sampled_from(sorted(point))))}
    coordinates = Coordinates(space, tuple(fixed.items()))

    for row in (rows := drawn_rows(coordinates, 8, seed)):
        found = coordinates.point(row)
        space.check(found)
        assert {name: found[name] for name in fixed} == fixed
    assert coordinates.possible(rows).tobytes() == rows.tobytes()


@pytest.mark.parametrize(
    ("fixed", "kinds"),
    [
        ({"both": 1 / 3}, "c"),
        ({"child": 2}, "ac"),
        ({"child": 2, "grandchild": 0.1}, "c"),
        ({"only": "here"}, "ac"),
        ({"switch": False}, "bc"),
        ({"kind": "a", "always": 0.1 + 0.2}, "a"),
    ],
    ids=str,
)
def test_what_is_fixed_holds_the_parents_that_it_needs_at_one_of_the_values_that_they_may_have(
    fixed: Params, kinds: str
) -> None:
    coordinates = Coordinates(FAMILY, tuple(fixed.items()))

    rows = drawn_rows(coordinates, 100)

    found = [coordinates.point(row) for row in rows]
    for each in found:
        FAMILY.check(each)
        assert {name: each[name] for name in fixed} == fixed
    assert {each["kind"] for each in found} == set(kinds)
    # What has the fixed values stays as it is, or a move in one dimension would be one in two.
    assert coordinates.possible(rows).tobytes() == rows.tobytes()
    assert coordinates.rows(found).tobytes() == rows.tobytes()


def test_a_value_is_drawn_for_what_becomes_active_and_the_others_stay() -> None:
    coordinates = Coordinates(FAMILY)
    rows = coordinates.rows([{"kind": "a", "only": "here", "child": 2, "always": 0.25}] * 200)
    rows[:, 1] = 2.0  # of kind c, where switch is active, and one of both and grandchild with it

    completed = coordinates.completed(rows, RandomState(0))

    found = check_rows(coordinates, completed)
    assert {(each["kind"], each["child"], each["always"]) for each in found} == {("c", 2, 0.25)}
    assert {each["switch"] for each in found} == {True, False}
    assert len({each.get("grandchild") for each in found}) > 50
    assert rows.tobytes() != completed.tobytes() and np.isnan(rows[:, 3]).all()


def test_rows_without_conditions_take_no_random_numbers() -> None:
    coordinates = Coordinates(Space((Real("x", 0.0, 1.0), Categorical("y", ("a", "b")))))
    rows, chance = drawn_rows(coordinates, 5), RandomState(0)

    assert coordinates.completed(rows, chance).tobytes() == rows.tobytes()
    assert chance.random_sample() == RandomState(0).random_sample()


def test_positions_of_real_numbers_that_agree_in_nine_decimals_are_one_row() -> None:
    coordinates = Coordinates(Space((Real("x", -1.0, 1.0),)))

    rows = coordinates.rows([{"x": 0.5}, {"x": 0.5 + 1e-10}, {"x": 0.5 + 1e-8}, {"x": -1.0}, {"x": -1.0 + 1e-12}])

    assert [rows[0] == rows[1], rows[0] == rows[2], rows[3] == rows[4]] == [True, False, True]
    assert not np.signbit(rows).any()


@pytest.mark.parametrize("value", [2, 412_058_506_329_448, 266_630_002_325_493, 458_579_661_788_335, 10**15])
def test_whole_numbers_up_to_the_largest_bound_keep_all_their_digits(value: int) -> None:
    coordinates = Coordinates(Space((Integer("x", 1, 10**15),)))

    assert coordinates.point(coordinates.rows([{"x": value}])[0]) == {"x": value}


def test_a_space_of_one_point_has_rows_without_columns() -> None:
    coordinates = Coordinates(Space((Categorical("x", ("only",)),)))

    rows = coordinates.rows([{"x": "only"}] * 3)

    assert rows.shape == (3, 0)
    assert coordinates.point(rows[0]) == {"x": "only"}
