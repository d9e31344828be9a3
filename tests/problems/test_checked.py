"""What a problem's module gives is converted or refused by its name when it is loaded."""

import random
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import skopt

from job import problems
from job.core.space import Categorical, Integer, Real, Space
from job.data import Data, DataSource, Images
from job.data.digest import digest_of
from job.errors import ExitCode, SettingsError
from job.problems import arguments
from job.problems.checked import CheckedProblem, checked

SPLIT = Images(np.zeros((2, 4, 4, 1), np.uint8), np.array([0, 1]))
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
    return problem(load_data=lambda source, tell: data).load_data(DataSource(), lambda _: None, seed=0)


def test_what_is_in_order_is_handed_on() -> None:
    found = problem()
    declared = found.declared
    assert (declared.epochs, declared.batch_size, declared.points) == (2, 8, ({"rate": 0.5, "units": 16},))
    assert digest_of(found.load_data(DataSource(), lambda _: None, seed=0)) == digest_of(DATA)
    assert found.callbacks({}) == []


def test_numbers_of_numpy_become_pythons_own() -> None:
    found = problem(
        DEFAULT={"rate": np.float32(0.5), np.str_("units"): np.int64(16)}, EPOCHS=np.int32(3), BATCH_SIZE=np.int64(4)
    ).declared
    (default,) = found.points
    assert [type(each) for each in (found.epochs, found.batch_size, *default, *default.values())] == [
        *(int, int, str, str, float, int)
    ]
    found.space.check(default)


@pytest.mark.parametrize("name", ["SPACE", "EPOCHS"])
def test_a_name_that_is_missing_is_told(name: str) -> None:
    assert f"found no {name}" in refusal(lambda: problem(**{name: ...}))


@pytest.mark.parametrize("name", ["load_data", "build_model"])
def test_a_function_that_is_missing_is_told(name: str) -> None:
    assert refusal(lambda: problem(**{name: ...})) == f"mine: expected a function {name}, found no such name"


def test_what_a_problem_leaves_open_has_a_default() -> None:
    found = problem(DEFAULT=..., BATCH_SIZE=..., callbacks=...)
    declared = found.declared
    assert (declared.points, declared.batch_size, declared.objective) == ((), 32, "")
    assert (found.callbacks({}), found.fit_options({})) == ([], {})


def test_a_space_is_a_list_of_dimensions_ours_or_those_of_scikit_optimize() -> None:
    theirs = [
        skopt.space.Real(low=1e-6, high=1e-2, prior="log-uniform", name="learning_rate"),
        skopt.space.Integer(low=1, high=5, name="layers"),
        skopt.space.Categorical(categories=["relu", "sigmoid"], name="activation"),
    ]
    ours = [
        Real("learning_rate", 1e-6, 1e-2, "log-uniform"),
        Integer("layers", 1, 5),
        Categorical("activation", ["relu", "sigmoid"]),
    ]
    found = [problem(SPACE=each, DEFAULT=[1e-5, 1, "relu"]).declared for each in (theirs, ours)]
    assert found[0] == found[1]
    assert found[0].points == ({"learning_rate": 1e-5, "layers": 1, "activation": "relu"},)


@pytest.mark.parametrize(
    ("dimension", "said"),
    [
        (skopt.space.Real(0.1, 1), "SPACE: expected a name for each dimension, found Real(low=0.1, high=1"),
        (
            skopt.space.Categorical(["a", "b"], prior=[0.9, 0.1], name="kind"),
            "SPACE: kind: expected categories that are equally likely, found Categorical(",
        ),
        (Real("batch_size", 1, 9), "SPACE: batch_size: expected whole numbers of 1 or more, found Real("),
        (Integer("batch_size", 0, 9), "SPACE: batch_size: expected whole numbers of 1 or more, found Integer("),
        (Categorical("batch_size", ["8", 9]), "SPACE: batch_size: expected whole numbers of 1 or more, found Cat"),
    ],
)
def test_a_dimension_that_a_search_cannot_take_is_told(dimension: object, said: str) -> None:
    assert f"mine: {said}" in refusal(lambda: problem(SPACE=[dimension], DEFAULT=...))


def test_further_spaces_have_names_and_points_of_their_own() -> None:
    depth = Integer("depth", 1, 3)
    found = problem(
        SPACES={"wide": [Real("rate", 0.1, 1), depth], "deep": [depth]},
        DEFAULTS={"wide": [0.5, 2]},
        fit_options=lambda rate, depth=7: {"class_weight": {0: (rate, depth)}},
    )
    assert {name: each.points for name, each in found.declared.spaces.items()} == {
        "wide": ({"rate": 0.5, "depth": 2},),
        "deep": (),
    }
    assert found.fit_options({"depth": 3}) == {"class_weight": {0: (None, 3)}}
    assert found.fit_options({"rate": 0.5}) == {"class_weight": {0: (0.5, 7)}}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"SPACES": [Integer("n", 1, 3)]}, "SPACES: expected a dictionary with a name for each space, found [Integer("),
        ({"SPACES": {3: []}}, "SPACES: expected as name of a space a text of 1 to"),
        ({"SPACES": {"wide": []}}, "SPACES: wide: expected one or more dimensions"),
        ({"SPACES": {"wide": [Integer("batch_size", 0, 3)]}}, "SPACES: wide: batch_size: expected whole numbers"),
        ({"DEFAULTS": {"wide": [1]}}, "DEFAULTS: expected names of SPACES, which are none, found 'wide'"),
        (
            {"SPACES": {"wide": [Integer("n", 1, 3)]}, "DEFAULTS": {"wide": {"n": 4}}},
            "DEFAULTS: wide: n: 4 is outside 1 … 3",
        ),
    ],
)
def test_further_spaces_that_are_none_are_told_with_their_names(given: dict[str, Any], said: str) -> None:
    assert f"mine: {said}" in refusal(lambda: problem(**given))


def test_several_points_may_be_tried_first() -> None:
    found = problem(DEFAULT=[{"rate": 0.5, "units": 16}, [1.0, 32]]).declared
    assert found.points == ({"rate": 0.5, "units": 16}, {"rate": 1.0, "units": 32})


def test_an_objective_has_a_direction_where_its_name_tells_none() -> None:
    assert problem(OBJECTIVE="val_mae").declared.objective == "val_mae:min"
    assert refusal(lambda: problem(OBJECTIVE="val_gain")) == (
        "mine: OBJECTIVE: cannot tell whether more or less of 'val_gain' is better"
    )
    assert "mine: OBJECTIVE: expected a text such as" in refusal(lambda: problem(OBJECTIVE=3))


def test_a_function_is_given_what_it_asks_for(tmp_path: Path) -> None:
    asked: list[object] = []

    def load_data(folder: object) -> Data:
        asked.append(folder)
        return DATA

    problem(load_data=load_data).load_data(DataSource(path=tmp_path), lambda _: None, seed=0)
    problem(load_data=lambda: DATA).load_data(DataSource(), lambda _: None, seed=0)
    params = {"rate": 0.5, "units": 16}
    functions: list[Callable[..., Any]] = [
        lambda units, rate: [rate, units],
        lambda params, units: [params["rate"], units],
        lambda rate, *, further=3, **others: [rate, others["units"]],
        lambda rate, units, /: [rate, units],
    ]
    for function in functions:
        assert arguments.call(function, {**params, "params": params}) == [0.5, 16]
        problem(callbacks=function)
    assert asked == [tmp_path]


def test_a_dimension_that_is_not_there_at_a_point_is_none_or_the_default_of_its_parameter() -> None:
    names = ("optimizer", "momentum")
    assert arguments.call(lambda optimizer, momentum: [optimizer, momentum], {"optimizer": "adam"}, names) == [
        *("adam", None)
    ]
    assert arguments.call(lambda momentum=0.9: momentum, {"optimizer": "adam"}, names) == 0.9


def test_a_parameter_that_nothing_can_be_given_for_is_told_with_the_line_of_its_function() -> None:
    def build_model(rate: float, depth: int) -> None:
        """Stand here."""

    line = build_model.__code__.co_firstlineno
    assert refusal(lambda: problem(build_model=build_model)) == (
        f"mine: build_model (test_checked.py, line {line}): expected parameters among params, data, rate, units, "
        "found depth"
    )
    assert "expected parameters among folder, source, tell, found path" in refusal(
        lambda: problem(load_data=lambda path: DATA)
    )


def test_data_that_are_drawn_at_random_are_those_of_the_seed_whatever_was_drawn_before() -> None:
    def load_data() -> Data:
        part = (np.random.random((4, 2)), np.full(4, random.random()))  # noqa: NPY002
        return Data(train=part, validation=part)

    def digest(seed: int) -> str:
        return digest_of(problem(load_data=load_data).load_data(DataSource(), lambda _: None, seed=seed))

    assert digest(7) == digest(7) != digest(8)


def test_what_a_problem_says_of_its_options_is_told_as_it_says_it() -> None:
    def load_data(source: DataSource) -> Data:
        raise SettingsError("--data: expected a folder, found none given")

    told = refusal(lambda: problem(load_data=load_data).load_data(DataSource(), lambda _: None, seed=0))
    assert told == "--data: expected a folder, found none given"


def test_images_without_names_of_their_classes_have_their_numbers_as_names() -> None:
    found = loaded(Data(train=SPLIT, validation=SPLIT, test=SPLIT))
    assert found.class_names == ("0", "1")
    assert digest_of(found) == digest_of(DATA)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (None, "fit_options: expected a dictionary of class_weight, sample_weight, validation_freq, found None"),
        ({"validation_split": 0.2}, "found 'validation_split'"),
    ],
)
def test_options_of_fit_are_those_that_a_trial_can_take(options: object, said: str) -> None:
    assert said in refusal(lambda: problem(fit_options=lambda: options).fit_options({}))


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SPACE", [], "mine: SPACE: expected one or more dimensions with distinct names, found []"),
        ("SPACE", 3, "mine: SPACE: expected a list of Real, Integer, Categorical and Ordinal, found 3"),
        (
            "DEFAULT",
            [0.5],
            "mine: DEFAULT: expected a dictionary of rate, units, or their values in this order, found [0.5]",
        ),
        ("DEFAULT", [{"rate": 0.5}], "mine: DEFAULT: expected values for rate, units, found rate"),
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
        ("callbacks", 3, "mine: callbacks: expected a function, found 3"),
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
    assert problem(build_model=..., create_model=lambda rate: model).build_model({"rate": 0.5}, DATA) is model
    found = problem(build_model=lambda params, data: None)
    assert refusal(lambda: found.build_model({}, DATA)) == "mine: build_model: expected a keras.Model, found None"


@pytest.mark.slow
def test_a_model_that_keras_cannot_save_is_told_before_anything_is_trained() -> None:
    import keras

    class Own(keras.Model):  # type: ignore[misc]
        def __init__(self, thing: object) -> None:
            super().__init__()
            self.thing = thing

    model = Own(object())
    model.compile(loss="mse")
    told = refusal(lambda: problem(build_model=lambda params, data: model).build_model({}, DATA))
    assert told.startswith(
        "mine: build_model: expected a model that Keras can save, found: Object Own was created by pass"
    )
    assert told.endswith("Please implement `get_config()`")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import no_such_library", "my_problem: expected a problem, found that it cannot be loaded:\nTraceback"),
        ("def", "SyntaxError: invalid syntax"),
        (
            "from job import Real; Real('rate', 1, 1)",
            "my_problem.py, line 1: rate: expected a lower bound below the upper one",
        ),
        ("SPACE = 1", "my_problem: expected the names SPACE, EPOCHS, load_data and build_model, found no EPOCHS"),
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
    assert said in told
