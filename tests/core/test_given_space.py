"""Choices and fixed values from the command line, and the space with them."""

import pytest

from job.core.given_space import name_in, with_given
from job.core.space import Categorical, Dimension, Integer, Ordinal, Params, Real, Space
from job.errors import ExitCode, SettingsError

OPTIMIZER = Categorical("optimizer", ("adam", "sgd", "rmsprop"))
MOMENTUM = Real("momentum", 0.0, 0.99, when={"optimizer": ["sgd", "rmsprop"]})
NESTEROV = Categorical("nesterov", (True, False), when={"optimizer": ["sgd"]})
DAMPING = Real("damping", 0.0, 1.0, when={"nesterov": [False]})
RATE = Real("rate", 1e-5, 1e-1, "log-uniform")
LAYERS = Integer("layers", 1, 5)
SIZE = Ordinal("size", ("small", "medium", "large"))
SPACE = Space((RATE, LAYERS, SIZE, OPTIMIZER, MOMENTUM, NESTEROV, DAMPING))


def given(dimension: str, **options: list[str]) -> Dimension:
    return next(each for each in with_given(SPACE, **options).dimensions if each.name == dimension)


@pytest.mark.parametrize(
    ("fix", "dimension"),
    [
        ("optimizer=sgd", Categorical("optimizer", ("sgd",))),
        (" rate = 1e-3 ", Categorical("rate", (0.001,))),
        ("rate=5", Categorical("rate", (5.0,))),
        ("layers=3", Categorical("layers", (3,))),
        ("size=large", Categorical("size", ("large",))),
        ("nesterov=true", Categorical("nesterov", (True,), when={"optimizer": ["sgd"]})),
        ("momentum=0.9", Categorical("momentum", (0.9,), when={"optimizer": ["sgd", "rmsprop"]})),
    ],
)
def test_a_fixed_value_is_the_only_one_of_its_dimension(fix: str, dimension: Dimension) -> None:
    assert given(dimension.name, fix=[fix]) == dimension


@pytest.mark.parametrize(
    ("choices", "dimension"),
    [
        ("optimizer=sgd,adam", Categorical("optimizer", ("adam", "sgd"))),
        ("layers=3, 1", Ordinal("layers", (1, 3))),
        ("rate=1e-2,1e-3", Ordinal("rate", (0.001, 0.01))),
        ("size=large,small", Ordinal("size", ("small", "large"))),
    ],
)
def test_choices_are_the_values_of_their_dimension_in_order(choices: str, dimension: Dimension) -> None:
    assert given(dimension.name, choices=[choices]) == dimension


def test_bounds_with_a_scale_change_that_too_and_keep_steps_and_conditions() -> None:
    space = Space((OPTIMIZER, Integer("units", 8, 64, step=8, when={"optimizer": ["sgd"]})))
    found = with_given(space, bounds=["units=16:512:log"]).dimensions[1]
    assert found == Integer("units", 16, 512, "log-uniform", step=8, when={"optimizer": ["sgd"]})


def test_a_dimension_that_depends_on_a_value_that_is_not_searched_is_left_out() -> None:
    assert with_given(SPACE, fix=["optimizer=adam"]).names == ("rate", "layers", "size", "optimizer")
    assert with_given(SPACE, choices=["optimizer=adam,rmsprop"]).names[-2:] == ("optimizer", "momentum")
    assert given("momentum", fix=["optimizer=sgd"]) == Real("momentum", 0.0, 0.99, when={"optimizer": ["sgd"]})
    assert "damping" not in with_given(SPACE, fix=["nesterov=True"]).names


def test_the_default_moves_with_what_is_fixed() -> None:
    default: Params = {"rate": 1e-3, "layers": 2, "size": "small", "optimizer": "adam"}
    assert with_given(SPACE, fix=["optimizer=sgd", "rate=0.1"]).nearest(default) == {
        "rate": 0.1,
        "layers": 2,
        "size": "small",
        "optimizer": "sgd",
        "momentum": 0.495,
        "nesterov": True,
    }


@pytest.mark.parametrize(
    ("option", "text", "message"),
    [
        ("fix", "optimizer", "--fix: expected NAME=VALUE such as activation=relu, found 'optimizer'"),
        ("fix", "optimizer=", "--fix: expected NAME=VALUE such as activation=relu, found 'optimizer='"),
        ("fix", "optimiser=sgd", "--fix: the problem has no dimension optimiser"),
        ("fix", "optimizer=sdg", "--fix: optimizer: expected adam | sgd | rmsprop, found 'sdg'"),
        ("fix", "layers=2.5", "--fix: layers: expected a whole number, 1 … 5, found '2.5'"),
        ("fix", "rate=-1", "--fix: rate: expected 1e-05 … 0.1 (log-uniform), found '-1'"),
        ("fix", "rate=nan", "--fix: rate: expected 1e-05 … 0.1 (log-uniform), found 'nan'"),
        ("choices", "optimizer=sgd,", "--choices: expected NAME=VALUE,VALUE such as optimizer=adam,sgd, found"),
        ("choices", "optimizer=sgd,sdg", "--choices: optimizer: expected adam | sgd | rmsprop, found 'sdg'"),
        ("choices", "optimizer=sgd,sgd", "--choices: optimizer: expected each value once, found 'sgd' again"),
        ("bounds", "optimizer=1:2", "--bounds: optimizer has categories and no bounds, found 1 and 2"),
        (
            "bounds",
            "rate=0:1",
            "--bounds: rate: expected positive bounds for a log-uniform dimension, found 0.0 and 1.0",
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_the_dimension_the_value_and_the_form(
    option: str, text: str, message: str
) -> None:
    with pytest.raises(SettingsError) as refusal:
        with_given(SPACE, **{option: [text]})
    assert str(refusal.value).startswith(message)
    assert refusal.value.exit_code == ExitCode.USAGE


def test_a_dimension_is_given_once() -> None:
    with pytest.raises(
        SettingsError, match=r"^--fix: expected each dimension once, found 'rate=0.2' after --fix for rate$"
    ):
        with_given(SPACE, fix=["rate=0.1", "rate=0.2"])
    with pytest.raises(
        SettingsError, match=r"^--fix: expected each dimension once, found 'rate=0.1' after --bounds for rate$"
    ):
        with_given(SPACE, fix=["rate=0.1"], bounds=["rate=1e-3:1e-2"])


@pytest.mark.parametrize(
    ("option", "text"), [("bounds", "a b=1:2:log"), ("choices", "a b=x,y"), ("fix", "a b=x=y:z, w")]
)
def test_each_option_tells_the_dimension_that_it_is_for(option: str, text: str) -> None:
    assert name_in(option, text) == "a b"
