"""Which dimensions seem to change nothing."""

from job.core.space import Categorical, Integer, Params, Real, Space
from job.training.check.ignored import Traits, ignored

SPACE = Space(
    (
        Integer("units", 1, 9),
        Categorical("optimizer", ("adam", "sgd")),
        Real("momentum", 0.0, 0.9, when={"optimizer": ["sgd"]}),
    )
)
POINTS: dict[int, Params] = {
    0: {"units": 1, "optimizer": "adam"},
    1: {"units": 9, "optimizer": "adam"},
    2: {"units": 1, "optimizer": "sgd", "momentum": 0.0},
    3: {"units": 1, "optimizer": "sgd", "momentum": 0.9},
}


def found(*traits: str | None) -> list[str]:
    known: dict[int, Traits] = {point: {"model": each} for point, each in enumerate(traits) if each != ""}
    return list(ignored(SPACE, POINTS, known))


def test_a_dimension_is_ignored_where_none_of_its_values_changes_a_trait() -> None:
    assert found("a", "a", "b", "c") == ["units"]
    assert found("a", "b", "a", "a") == ["optimizer", "momentum"]
    assert found("a", "b", "c", "d") == []


def test_nothing_is_said_of_a_trait_that_cannot_be_told_or_of_a_dimension_with_one_value_tried() -> None:
    assert found(None, None, "b", "c") == []
    assert found("a", "", "b", "") == []
