"""Which points of a space are tried before a search."""

from job.check.points import probes
from job.core.space import Categorical, Integer, Params, Real, Space

SPACE = Space(
    (
        Real("rate", 1e-4, 1e-1, "log-uniform"),
        Integer("layers", 1, 3),
        Categorical("optimizer", ("adam", "sgd", "rmsprop")),
        Real("momentum", 0.0, 0.9, when={"optimizer": ["sgd", "rmsprop"]}),
        Categorical("nesterov", (False, True), when={"optimizer": ["sgd"]}),
    )
)
DEFAULT: Params = {"rate": 1e-3, "layers": 1, "optimizer": "adam"}


def points(*given: Params) -> dict[str, Params]:
    return {each.reason: each.params for each in probes(SPACE, given, seed=0)}


def test_the_default_point_is_the_first_and_all_numbers_at_their_ends_come_next() -> None:
    first, second, third, *_ = probes(SPACE, [DEFAULT], seed=0)
    assert (first.params, first.reason) == (DEFAULT, "the default point")
    assert second.params == {"rate": 0.1, "layers": 3, "optimizer": "adam"}
    assert third.params == {"rate": 1e-4, "layers": 1, "optimizer": "adam"}
    assert [each.is_telling for each in probes(SPACE, [DEFAULT], seed=0)].count(True) == 3


def test_both_ends_of_each_number_and_every_category_are_there_beside_the_default() -> None:
    found = points(DEFAULT)
    # Those that are the default, or every number at its end, are there already.
    assert found["rate 0.1"] == {**DEFAULT, "rate": 0.1} and "rate 0.0001" not in found
    assert found["layers 3"] == {**DEFAULT, "layers": 3} and "layers 1" not in found
    assert found["optimizer rmsprop"] == {**DEFAULT, "optimizer": "rmsprop", "momentum": 0.45}
    assert {each.get("optimizer") for each in found.values()} == {"adam", "sgd", "rmsprop"}


def test_a_dimension_that_is_not_there_at_the_default_is_tried_where_it_is() -> None:
    found = points(DEFAULT)
    assert found["momentum 0.9, optimizer sgd"] == {
        **DEFAULT,
        "optimizer": "sgd",
        "momentum": 0.9,
        "nesterov": False,
    }
    assert found["nesterov True, optimizer sgd"]["nesterov"] is True


def test_each_point_is_one_of_the_space_and_is_there_once() -> None:
    found = [each.params for each in probes(SPACE, [DEFAULT, {**DEFAULT, "layers": 2}], seed=0)]
    for each in found:
        SPACE.check(each)
    assert all(each not in found[:place] for place, each in enumerate(found))


def test_without_a_default_the_middle_is_the_first() -> None:
    assert next(iter(points())) == "the middle of each dimension"
