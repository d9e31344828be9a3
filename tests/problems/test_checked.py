"""What a problem's module gives is converted or refused by its name when it is loaded."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from job import problems
from job.core.space import Categorical, Real, Space
from job.data import Data, DataSource, Split
from job.errors import ExitCode, SettingsError
from job.problems.checked import CheckedProblem, checked

SPLIT = Split(np.zeros((2, 4, 4, 1), np.uint8), np.array([0, 1]))
DATA = Data(train=SPLIT, validation=SPLIT, test=SPLIT, class_names=("a", "b"))


def problem(**others: Any) -> CheckedProblem:
    """Return a problem that is in order but for `others`; what is None is not there."""
    given = {
        "SPACE": Space((Real("rate", 0.1, 1), Categorical("units", (16, 32)))),
        "DEFAULT": {"rate": 0.5, "units": 16},
        "EPOCHS": 2,
        "BATCH_SIZE": 8,
        "load_data": lambda source, tell: DATA,
        "build_model": lambda params, data: None,
        "callbacks": lambda params: [],
        **others,
    }
    return checked(SimpleNamespace(**{name: value for name, value in given.items() if value is not ...}), "mine")


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(SettingsError) as caught:
        act()
    assert caught.value.exit_code == ExitCode.USAGE
    return str(caught.value)


def loaded(data: object) -> Data:
    return problem(load_data=lambda source, tell: data).load_data(DataSource(), lambda _: None)


def test_what_is_in_order_is_handed_on() -> None:
    found = problem()
    assert (found.EPOCHS, found.BATCH_SIZE, found.DEFAULT) == (2, 8, {"rate": 0.5, "units": 16})
    assert found.load_data(DataSource(), lambda _: None).digest() == DATA.digest()
    assert found.callbacks({}) == []


def test_numbers_of_numpy_become_pythons_own() -> None:
    found = problem(
        DEFAULT={"rate": np.float32(0.5), np.str_("units"): np.int64(16)}, EPOCHS=np.int32(3), BATCH_SIZE=np.int64(4)
    )
    assert [type(each) for each in (found.EPOCHS, found.BATCH_SIZE, *found.DEFAULT, *found.DEFAULT.values())] == [
        *(int, int, str, str, float, int)
    ]
    found.SPACE.check(found.DEFAULT)


@pytest.mark.parametrize("name", ["SPACE", "DEFAULT", "EPOCHS", "BATCH_SIZE", "load_data", "build_model", "callbacks"])
def test_a_name_that_is_missing_is_told(name: str) -> None:
    assert f"found no {name}" in refusal(lambda: problem(**{name: ...}))


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SPACE", [], "mine: SPACE: expected a Space, found []"),
        ("DEFAULT", [0.5, 16], "mine: DEFAULT: expected a dictionary, found [0.5, 16]"),
        ("DEFAULT", {"rate": 0.5}, "mine: DEFAULT: expected values for rate, units, found rate"),
        ("DEFAULT", {"rate": 0.5, 3: 16}, "mine: DEFAULT: expected values for rate, units, found rate, 3"),
        ("DEFAULT", {"rate": 2.0, "units": 16}, "mine: DEFAULT: rate: 2.0 is outside 0.1 … 1"),
        ("DEFAULT", {"rate": 0.5, "units": 16.0}, "mine: DEFAULT: units: 16.0 is outside 16 | 32"),
        ("DEFAULT", {"rate": 0.5, "units": [16]}, "mine: DEFAULT: units: [16] is outside 16 | 32"),
        ("DEFAULT", {"rate": np.zeros(2), "units": 16}, "mine: DEFAULT: rate: array([0., 0.]) is outside 0.1 … 1"),
        ("EPOCHS", 0, "mine: EPOCHS: expected a whole number of 1 or more, found 0"),
        ("EPOCHS", True, "mine: EPOCHS: expected a whole number of 1 or more, found True"),
        ("EPOCHS", 2.5, "mine: EPOCHS: expected a whole number of 1 or more, found 2.5"),
        ("BATCH_SIZE", "32", "mine: BATCH_SIZE: expected a whole number of 1 or more, found '32'"),
        ("BATCH_SIZE", None, "mine: BATCH_SIZE: expected a whole number of 1 or more, found None"),
        ("load_data", DATA.class_names, "mine: load_data: expected a function, found ('a', 'b')"),
        ("callbacks", None, "mine: callbacks: expected a function, found None"),
    ],
)
def test_what_is_not_what_it_should_be_is_told_with_its_name(name: str, value: object, said: str) -> None:
    assert refusal(lambda: problem(**{name: value})) == said


def test_data_of_the_wrong_kind_are_told_with_the_function_that_gave_them() -> None:
    assert refusal(lambda: loaded(None)) == "mine: load_data: expected Data, found 'NoneType'"


def test_callbacks_are_a_list() -> None:
    found = problem(callbacks=lambda params: None)
    assert refusal(lambda: found.callbacks({})) == "mine: callbacks: expected a list of Keras callbacks, found None"


@pytest.mark.slow
def test_callbacks_are_those_of_keras() -> None:
    import keras

    mine = keras.callbacks.TerminateOnNaN()
    assert problem(callbacks=lambda params: (mine,)).callbacks({}) == [mine]
    found = problem(callbacks=lambda params: [mine, print])
    assert "found an object of type builtin_function_or_method in it" in refusal(lambda: found.callbacks({}))


@pytest.mark.slow
def test_a_model_is_one_of_keras_and_compiled() -> None:
    import keras

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    found = problem(build_model=lambda params, data: model)
    assert "expected a compiled model" in refusal(lambda: found.build_model({}, DATA))
    model.compile(loss="mse")
    assert found.build_model({}, DATA) is model
    found = problem(build_model=lambda params, data: None)
    assert refusal(lambda: found.build_model({}, DATA)) == "mine: build_model: expected a keras.Model, found None"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import no_such_library", "expected a problem, found that it cannot be imported: No module named"),
        ("def", "expected a problem, found that it cannot be imported: invalid syntax"),
        ("from job import Real; Real('rate', 1, 1)", "rate: expected a lower bound below the upper one"),
        ("SPACE = 1", "found no DEFAULT"),
    ],
    ids=["import", "syntax", "bounds", "names"],
)
def test_a_module_that_is_no_problem_is_told_with_its_name(
    code: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_problem.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "my_problem", raising=False)
    told = refusal(lambda: problems.load("my_problem"))
    assert told.startswith("my_problem: ") and said in told
