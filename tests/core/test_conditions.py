"""Dimensions that are there only with some values of others."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from job.core.journal import Enqueued
from job.core.requests import check_request
from job.core.space import Categorical, Dimension, Integer, Ordinal, Params, Real, Space, describe_when, summarize_space
from job.core.study import Study
from job.core.values import Value
from job.errors import SettingsError
from tests.fakes import study_of
from tests.spaces import points, spaces

OPTIMIZER = Categorical("optimizer", ("adam", "sgd"))
MOMENTUM = Real("momentum", 0.0, 0.99, when={"optimizer": ["sgd"]})
NESTEROV = Categorical("nesterov", (True, False), when={"optimizer": ("sgd",)})
DAMPING = Real("damping", 0.0, 1.0, when={"nesterov": [False]})
# Conditions stand behind what depends on them as well as before it.
NESTED = Space((DAMPING, MOMENTUM, OPTIMIZER, NESTEROV, Integer("layers", 1, 3)))

ADAM: Params = {"optimizer": "adam", "layers": 2}
NESTEROVS: Params = {"momentum": 0.5, "optimizer": "sgd", "nesterov": True, "layers": 2}
DAMPED: Params = {"damping": 0.1, "momentum": 0.5, "optimizer": "sgd", "nesterov": False, "layers": 2}


@pytest.mark.parametrize("point", [ADAM, NESTEROVS, DAMPED])
def test_a_point_has_the_active_dimensions_and_no_other(point: Params) -> None:
    NESTED.check(point)
    assert [each.name for each in NESTED.active(point)] == list(point)


@pytest.mark.parametrize("point", [{**ADAM, "momentum": 0.5}, {**NESTEROVS, "damping": 0.1}, {"layers": 2}])
def test_a_value_of_an_inactive_dimension_and_a_missing_one_are_refused(point: Params) -> None:
    with pytest.raises(SettingsError, match=r"^expected values for .*, found"):
        NESTED.check(point)


def test_points_that_differ_in_an_inactive_dimension_are_one_point() -> None:
    flat = [NESTED.params([damping, momentum, "adam", True, 2]) for damping, momentum in ((0.1, 0.2), (0.3, 0.4))]
    assert flat == [ADAM, ADAM]
    assert NESTED.values(ADAM) == [0.5, 0.495, "adam", True, 2]


def test_a_condition_on_an_equal_value_of_another_type_does_not_hold() -> None:
    space = Space((Categorical("a", (1, 2.0)), Real("x", 0, 1, when={"a": [1]})))
    assert [each.name for each in space.active({"a": 1})] == ["a", "x"]
    assert [each.name for each in space.active({"a": True})] == ["a"]


def test_a_missing_value_is_the_one_in_the_middle() -> None:
    space = Space(
        (
            Categorical("kind", ("a", "b")),
            Real("rate", 1e-4, 1e-2, "log-uniform", when={"kind": ["b"]}),
            Integer("n", 0, 10, step=5, when={"kind": ["b"]}),
            Ordinal("size", (1, 2, 3), when={"kind": ["b"]}),
        )
    )
    assert space.completed({"kind": "b"}) == {"kind": "b", "rate": pytest.approx(1e-3), "n": 5, "size": 2}
    assert space.nearest({"kind": "b", "n": 9, "rate": 7, "size": 1}) == {"kind": "b", "rate": 1e-2, "n": 10, "size": 1}


def test_the_points_of_a_conditional_space_are_counted_and_listed_once() -> None:
    space = Space(
        (
            Categorical("nesterov", (True, False), when={"optimizer": ["sgd"]}),
            OPTIMIZER,
            Integer("layers", 1, 3),
        )
    )
    listed = list(space.points({}))
    assert space.size == len(listed) == 9
    assert len({tuple(space.values(point)) for point in listed}) == 9
    for point in listed:
        space.check(point)
    assert [point["layers"] for point in space.points({"nesterov": True})] == [1, 2, 3]
    assert NESTED.size is None
    assert Space((OPTIMIZER, MOMENTUM)).size is None


@pytest.mark.parametrize(
    ("dimensions", "message"),
    [
        ([Real("x", 0, 1, when={"y": ["a"]})], "x: when: there is no dimension 'y'"),
        ([Integer("n", 1, 2), Real("x", 0, 1, when={"n": [1]})], "x: when: n: expected a dimension with categories"),
        (
            [OPTIMIZER, Real("x", 0, 1, when={"optimizer": ["sdg"]})],
            r"x: when: optimizer: 'sdg' is outside adam \| sgd",
        ),
        ([Categorical("a", (1, 2)), Real("x", 0, 1, when={"a": [True]})], r"x: when: a: True is outside 1 \| 2"),
        ([Categorical("a", (1,), when={"a": [1]})], "a: when: expected no circle of conditions, found a → a"),
        (
            [
                Real("x", 0, 1, when={"a": [1]}),
                Categorical("a", (1, 2), when={"b": [1]}),
                Categorical("b", (1, 2), when={"a": [2]}),
            ],
            "a: when: expected no circle of conditions, found a → b → a",
        ),
        (
            [OPTIMIZER, NESTEROV, Real("x", 0, 1, when={"optimizer": ["adam"], "nesterov": [True]})],
            "x: when: expected conditions that can be met at once",
        ),
    ],
)
def test_conditions_that_cannot_be_are_refused_by_name(dimensions: list[Dimension], message: str) -> None:
    with pytest.raises(SettingsError, match=f"^{message}"):
        Space(dimensions)


@pytest.mark.parametrize("when", [["optimizer"], "optimizer", {"optimizer": "sgd"}, {"optimizer": []}, {"a": [[1]]}])
def test_conditions_are_names_and_lists_of_values(when: Any) -> None:
    with pytest.raises(SettingsError, match=r"^momentum: when: .*expected"):
        Real("momentum", 0, 1, when=when)


def test_conditions_are_told_in_words() -> None:
    dimension = Real("x", 0, 1, when={"optimizer": ["adam", "sgd"], "nesterov": [True]})
    space = Space(
        (Categorical("optimizer", ("adam", "sgd", "rmsprop")), Categorical("nesterov", (True, False)), dimension)
    )
    assert describe_when(summarize_space(space)[2]) == "optimizer is adam or sgd and nesterov is True"
    assert repr(dimension).endswith("when={'optimizer': ['adam', 'sgd'], 'nesterov': [True]})")
    assert hash(space) == hash(Space(space.dimensions))


def enqueue(params: dict[str, Value]) -> None:
    fingerprint = replace(study_of().fingerprint, space=NESTED, default=ADAM)
    check_request(Study(fingerprint=fingerprint), Enqueued(params))


def test_values_of_dimensions_that_are_never_active_together_are_not_enqueued() -> None:
    enqueue({"momentum": 0.5, "layers": 1})
    enqueue(dict(DAMPED))
    with pytest.raises(SettingsError, match=r"^there is no point with optimizer=adam, momentum=0.5$") as refusal:
        enqueue({"optimizer": "adam", "momentum": 0.5})
    assert refusal.value.hint == "momentum is searched only where optimizer is sgd"
    with pytest.raises(SettingsError, match=r"^there is no point with damping=0.5, nesterov=True$"):
        enqueue({"damping": 0.5, "nesterov": True})


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_point_of_any_space_goes_through_its_values(data: st.DataObject) -> None:
    space = data.draw(spaces())
    point = data.draw(points(space))
    space.check(point)
    assert space.params(space.values(point)) == point
    assert space.completed(point) == space.nearest(point) == point
    assert space.admits(point)
