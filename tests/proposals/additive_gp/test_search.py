"""Where a function of points is highest."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.random import RandomState

from job.core.space import Categorical, Integer, Params, Real, Space, Value
from job.proposals.additive_gp.coordinates import Coordinates
from job.proposals.additive_gp.moves import around
from job.proposals.additive_gp.search import Search, leaders
from job.proposals.draws import Floats
from tests.proposals.additive_gp.examples import LINE, MIXED, drawn_rows

FINITE = Space(
    (
        Categorical("kind", ("a", "b", "c")),
        Integer("units", 1, 4, when={"kind": ["b"]}),
        Categorical("sure", (True, False), when={"kind": ["b", "c"]}),
        Real("share", 0.0, 0.2, step=0.1),
    )
)  # of (1 + 4 * 2 + 2) * 3 points


def best_of_all(params: Params) -> float:
    """Return what is highest, at 0, for a rate of 0.01, sgd with a momentum of 0.9, 64 units, medium and 0.2."""
    off = abs(math.log10(float(params["rate"])) + 2.0) + abs(math.log2(float(params["units"])) - 6.0) / 4
    off += abs(float(params["dropout"]) - 0.2) + 0.1 * (params["size"] != "medium")
    return -off - (abs(float(params["momentum"]) - 0.9) if params["optimizer"] == "sgd" else 0.5)


def of_rows(points: Coordinates, function: Callable[[Params], float]) -> Callable[[Floats], Floats]:
    return lambda rows: np.array([function(points.point(row)) for row in rows])


def highest(
    points: Coordinates, tried: Floats, function: Callable[[Params], float], seed: int = 0
) -> dict[str, Value] | None:
    """Return the untried point at which a function is highest, with the tried ones as good ones."""
    values = of_rows(points, function)
    good = tried[leaders(-values(tried), 5)]
    row = Search(points=points, tried=tried, chance=RandomState(seed)).highest(values, good)
    return None if row is None else points.point(row)


@pytest.mark.parametrize("seed", range(3))
def test_the_highest_point_of_a_mixed_space_is_found(seed: int) -> None:
    points = Coordinates(MIXED)

    found = highest(points, drawn_rows(points, 5, seed), best_of_all, seed)

    assert found is not None
    MIXED.check(found)
    assert best_of_all(found) > -0.02
    assert (found["optimizer"], found["size"], found["dropout"]) == ("sgd", "medium", 0.2)


def test_a_ridge_is_climbed_on_which_no_drawn_point_is() -> None:
    points = Coordinates(Space(tuple(Real(f"x{number}", 0.0, 1.0) for number in range(6))))

    def worth(rows: Floats) -> Floats:
        height: Floats = -np.abs(rows - 0.37).sum(axis=1)
        return height

    found = Search(points=points, tried=points.rows([]), chance=RandomState(0)).highest(worth, drawn_rows(points, 5))

    assert found is not None and worth(found[None, :])[0] > -0.08


def test_the_same_random_numbers_find_the_same_point_and_others_another() -> None:
    points = Coordinates(MIXED)
    tried = drawn_rows(points, 5)

    one, same, other = (highest(points, tried, best_of_all, seed) for seed in (0, 0, 1))

    assert one == same != other


def test_a_point_that_was_tried_is_not_found_though_it_is_the_highest() -> None:
    points = Coordinates(MIXED)
    best: Params = {"rate": 0.01, "optimizer": "adam", "units": 64, "size": "medium", "dropout": 0.2}
    tried = points.rows([best, {**best, "dropout": 0.1}])

    def worth(params: Params) -> float:
        return float(params == best) - abs(math.log10(float(params["rate"])) + 2.0)

    found = highest(points, tried, worth)

    assert found is not None and found not in (points.point(row) for row in tried)


@pytest.mark.parametrize(
    ("fixed", "count"),
    [({}, 33), ({"share": 0.1}, 11), ({"sure": True}, 15), ({"units": 2}, 6), ({"kind": "a", "share": 0.2}, 1)],
    ids=str,
)
def test_a_finite_space_is_used_up_point_by_point_all_with_the_fixed_values(fixed: Params, count: int) -> None:
    points = Coordinates(FINITE, tuple(fixed.items()))
    origin = points.rows([{"kind": "c", "sure": False, "share": 0.0}])
    found: list[dict[str, Value]] = []

    for seed in range(count + 1):
        search = Search(points=points, tried=points.rows(found), chance=RandomState(seed))
        row = search.highest(lambda rows: rows[:, 0], origin)
        found += [] if row is None else [points.point(row)]

    assert len({tuple(each.items()) for each in found}) == len(found) == count
    assert all({name: each[name] for name in fixed} == fixed for each in found)


def test_real_numbers_that_are_fixed_leave_a_finite_space_too() -> None:
    space = Space((Real("x", 0.0, 1.0), Categorical("c", ("a", "b", "d"))))
    points = Coordinates(space, (("x", 1 / 3),))
    tried: list[Params] = [{"x": 1 / 3, "c": "a"}, {"x": 0.5, "c": "b"}, {"x": 1 / 3, "c": "d"}]

    last = highest(points, points.rows(tried), lambda params: 0.0)

    assert last is not None and last == {"x": 1 / 3, "c": "b"}
    assert highest(points, points.rows([*tried, last]), lambda params: 0.0) is None


def test_the_first_codes_are_known_as_tried() -> None:
    """Of a logarithmic scale, whose first value rounding may place a little below its first one."""
    points = Coordinates(Space((Integer("x", 5, 250, "log-uniform"),)))
    tried = points.rows([{"x": 5}, {"x": 7}])

    found = Search(points=points, tried=tried, chance=RandomState(0)).highest(lambda rows: -rows[:, 0], tried)

    assert found is not None and points.point(found) == {"x": 6}


@pytest.mark.parametrize("left", [6001, 7000, 8500, 8999])
def test_the_last_point_of_a_small_space_is_found_though_the_prior_has_it_seldom(left: int) -> None:
    points = Coordinates(Space((Integer("x", 1, 9000, "log-uniform"),)))
    tried = points.rows([{"x": value} for value in range(1, 9001) if value != left])

    assert highest(points, tried, lambda params: 0.0) == {"x": left}


@pytest.mark.parametrize("seed", range(4))
def test_of_a_large_space_an_untried_point_is_found_where_those_looked_at_first_have_been_tried(seed: int) -> None:
    points = Coordinates(Space((Integer("x", 1, 20_000),)))
    tried = points.rows([{"x": value} for value in range(1, 20_001) if value % 2000])

    found = highest(points, tried, lambda params: 0.0, seed)

    assert found is not None and int(found["x"]) % 2000 == 0


def test_of_points_between_which_no_climb_is_worth_it_the_highest_is_taken() -> None:
    points, looked_at = Coordinates(LINE), list[float]()

    def nearly_flat(rows: Floats) -> Floats:
        looked_at.extend(rows[:, 0])
        height: Floats = 1e-7 * rows[:, 0]
        return height

    found = Search(points=points, tried=points.rows([]), chance=RandomState(0)).highest(nearly_flat, np.array([[0.2]]))

    assert found is not None and found[0] == max(looked_at[:400])


def test_the_least_are_told_in_order_and_of_those_alike_the_earliest_first() -> None:
    values = np.array([3.0, 1.0, 2.0, 1.0 + 1e-12, 1.0 - 1e-12, 0.5, 2.0 - 1e-6])

    assert leaders(values, 6).tolist() == [5, 1, 3, 4, 6, 2]
    assert leaders(values, 1).tolist() == [5]
    assert leaders(values, 9).tolist() == [5, 1, 3, 4, 6, 2, 0]
    assert leaders(values[:0], 3).tolist() == []
    assert leaders(1e9 * values, 3).tolist() == [5, 4, 1]
    assert values[5] == 0.5


def test_next_to_a_point_are_those_that_differ_in_one_dimension_by_a_step() -> None:
    points = Coordinates(MIXED)
    point: Params = {"rate": 1e-3, "optimizer": "adam", "units": 8, "size": "small", "dropout": 0.5}

    found = [points.point(row) for row in around(points, points.rows([point])[0], RandomState(0))]

    for each in found:
        MIXED.check(each)
        changed = {name for name in point if each[name] != point[name]}
        assert len(changed) == 1
    values = {name: sorted({each[name] for each in found} - {point[name]}, key=str) for name in point}
    assert values["optimizer"] == ["rmsprop", "sgd"]  # each of few categories
    assert values["size"] == ["large", "medium"]
    assert values["dropout"] == [0.0, 0.1, 0.2, 0.3, 0.4]
    assert {7, 9} < set(values["units"]) and 4 <= len(values["units"]) <= 12  # those beside it, and longer steps
    assert len(values["rate"]) == 10
    ratios = np.log10([float(each) / 1e-3 for each in values["rate"]])
    assert sorted(ratios / 4) == pytest.approx([-0.3, -0.1, -0.03, -0.01, -0.003, 0.003, 0.01, 0.03, 0.1, 0.3])


def test_a_move_draws_what_it_makes_active_and_none_is_made_in_what_is_inactive() -> None:
    points = Coordinates(FINITE)

    from_a = [
        points.point(row) for row in around(points, points.rows([{"kind": "a", "share": 0.0}])[0], RandomState(0))
    ]

    assert [each["kind"] for each in from_a] == ["b", "c", "a", "a"]
    assert set(from_a[0]) == {"kind", "units", "sure", "share"} and set(from_a[1]) == {"kind", "sure", "share"}
    drawn = {
        points.point(around(points, points.rows([{"kind": "a", "share": 0.0}])[0], RandomState(seed))[0])["units"]
        for seed in range(30)
    }
    assert drawn == {1, 2, 3, 4}


def test_at_the_end_of_an_axis_steps_lead_inside_alone() -> None:
    points = Coordinates(Space((Real("x", 0.0, 1.0), Integer("n", 1, 1000))))

    rows = around(points, points.rows([{"x": 0.0, "n": 1000}])[0], RandomState(0))

    assert rows.tolist() != [] and (rows >= 0).all() and (rows <= [1.0, 999.0]).all()
    assert [row[0] for row in rows if row[1] == 999] == [0.003, 0.01, 0.03, 0.1, 0.3]
    assert {row[1] for row in rows if row[0] == 0.0} == {699, 899, 969, 989, 996, 998}  # the last of them beside it


def test_with_fixed_values_a_move_leaves_these_and_their_parents_as_they_are() -> None:
    points = Coordinates(FINITE, (("sure", True),))
    start: Params = {"kind": "c", "sure": True, "share": 0.1}

    found = [points.point(row) for row in around(points, points.rows([start])[0], RandomState(0))]

    assert [each["kind"] for each in found if each["share"] != 0.1] == ["c", "c"]
    assert {each["sure"] for each in found} == {True}
