"""Which trials of another search are evidence for one, and why the others are not."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from job.core.evidence import OtherSearch, OtherTrial, fitting
from job.core.problem import Declared, OwnProblem, Sources
from job.core.space import Categorical, Dimension, Integer, Params, Real, Space
from tests.fakes import study_of

RATE = Real("rate", 0.1, 1.0)
OPTIMIZER = Categorical("optimizer", ("adam", "sgd"))
MOMENTUM = Real("momentum", 0.0, 0.9, when={"optimizer": ["sgd"]})
SGD: Params = {"rate": 0.5, "optimizer": "sgd", "momentum": 0.3}
ADAM: Params = {"rate": 0.5, "optimizer": "adam"}


def taken(
    params: Params,
    *space: Dimension,
    fixed: Sequence[str] = (),
    default: Params | None = None,
    value: float | None = 0.9,
    own: OwnProblem | None = None,
    same: bool = True,
) -> Params | str:
    """Return the point that a trial of these values is in this space, or the reason why it is none."""
    fingerprint = replace(study_of().fingerprint, space=Space(space), default=default or {}, own=own)
    trial = OtherTrial(number=7, params=params, value=value)
    other = OtherSearch(source="/old", sha256="", trials=(trial,), fixed=frozenset(fixed), is_of_same_problem=same)
    found, evidence = fitting(other, fingerprint)
    if not found:
        ((reason, times),) = evidence.left_out.items()
        assert (times, evidence.numbers) == (1, ())
        return reason
    ((point, score),) = found
    assert (score, evidence.numbers, evidence.left_out) == (value, (7,), {})
    fingerprint.space.check(point)
    return point


def test_a_point_of_the_same_space_is_taken_as_it_is() -> None:
    assert taken(SGD, RATE, OPTIMIZER, MOMENTUM) == SGD
    assert taken(ADAM, RATE, OPTIMIZER, MOMENTUM) == ADAM


def test_a_value_outside_a_dimension_is_a_reason() -> None:
    assert taken(ADAM, Real("rate", 0.6, 1.0), OPTIMIZER) == "with rate outside 0.6 … 1"
    assert taken(ADAM, RATE, Categorical("optimizer", ("sgd", "rmsprop"))) == "with optimizer outside sgd | rmsprop"


def test_a_dimension_that_is_gone_is_passed_over_where_it_had_one_value() -> None:
    assert taken(ADAM, RATE) == "with optimizer, which is no dimension here"
    assert taken(ADAM, RATE, fixed=["optimizer"]) == {"rate": 0.5}


def test_a_value_whose_dimension_is_inactive_here_is_passed_over() -> None:
    assert taken({**ADAM, "momentum": 0.3}, RATE, OPTIMIZER, MOMENTUM) == ADAM


def test_a_value_that_is_not_there_is_a_reason_unless_there_is_one_alone() -> None:
    assert taken({"rate": 0.5, "optimizer": "sgd"}, RATE, OPTIMIZER, MOMENTUM) == "without a value for momentum"
    assert taken({"rate": 0.5}, RATE, Categorical("optimizer", ("adam",))) == ADAM


def test_the_default_of_a_built_in_problem_is_what_it_trained_before_that_dimension_was_there() -> None:
    layers, default = Integer("layers", 1, 3), {"rate": 0.2, "layers": 2}
    assert taken({"rate": 0.5}, RATE, layers, default=default) == {"rate": 0.5, "layers": 2}
    reason = "without a value for layers"
    assert taken({"rate": 0.5}, RATE, layers, default=default, same=False) == reason
    own = OwnProblem(
        sources=Sources(folder="/", main="a.py", texts={}),
        declared=Declared(space=Space((RATE,)), epochs=1, batch_size=1),
    )
    assert taken({"rate": 0.5}, RATE, layers, default=default, own=own) == reason


def test_a_number_becomes_one_of_the_type_of_its_dimension() -> None:
    for params, dimension, value in (({"n": 2.0}, Integer("n", 1, 3), 2), ({"n": 1}, Real("n", 0.5, 3.0), 1.0)):
        point = taken(params, dimension)
        assert point == {"n": value} and isinstance(point, dict) and type(point["n"]) is type(value)
    assert taken({"n": 2.5}, Integer("n", 1, 3)) == "with n outside 1 … 3"


@pytest.mark.parametrize("value", [None, float("nan"), float("inf")])
def test_what_is_no_score_is_a_reason(value: float | None) -> None:
    assert taken(ADAM, RATE, OPTIMIZER, value=value) == "without a score"
