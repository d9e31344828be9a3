"""What decides the trials, and how a difference from the state is told."""

from dataclasses import replace
from typing import Any

import pytest

from job.core.fingerprint import Fingerprint
from job.core.space import Categorical, Dimension, Integer, Real, Space
from job.core.trial import Keep
from job.errors import SettingsChangedError, SettingsError
from job.problems import load
from job.run.fingerprint import check_same, fingerprint_of
from job.settings import Settings, option_names, settings_deciding
from job.settings.choices import Acquisition, Design, Surrogate
from job.settings.option import Decides
from tests.fakes import ROOT_OF_SOURCES, study_of

DIGITS = load("job.problems.digits").declared


def test_other_budgets_are_no_other_search() -> None:
    one, other = (fingerprint_of(settings=Settings(trials=n), declared=DIGITS, data="") for n in (1, 2))
    assert one == other


def changes(saved: Fingerprint, given: Fingerprint) -> list[str]:
    """Return the lines that tell what has changed, and at last the hint."""
    with pytest.raises(SettingsChangedError) as refusal:
        check_same(saved, given)
    return [line.strip() for line in str(refusal.value).splitlines()[1:]] + [refusal.value.hint]


def digits_with(**settings: Any) -> Fingerprint:
    return fingerprint_of(settings=Settings(**{"problem": "digits", **settings}), declared=DIGITS, data="0" * 64)


@pytest.mark.parametrize("surrogate", Surrogate)
def test_a_surrogate_comes_with_its_initial_points_and_its_design_where_no_others_are_given(
    surrogate: Surrogate,
) -> None:
    itself, told = (
        digits_with(surrogate=surrogate),
        digits_with(surrogate=surrogate, initial_points=7, design=Design.RANDOM),
    )
    ours = surrogate is Surrogate.ADDITIVE_GAUSSIAN_PROCESS
    assert (itself.initial_points, itself.design) == ((5, "sobol") if ours else (10, "random"))
    assert (told.initial_points, told.design) == (7, "random")


ELSEWHERE = "begin anew with what its trials have shown by --begin-again, or name another directory with --state"


def test_a_search_that_is_the_same_is_not_refused() -> None:
    check_same(digits_with(), digits_with(trials=9))


def test_a_dimension_that_is_given_other_bounds_is_one_line() -> None:
    given = digits_with(bounds=["num_dense_layers=1:3"])
    assert changes(digits_with(), given) == [
        "--bounds: num_dense_layers: 1 … 5 in the state, 1 … 3 now",
        f"leave out --bounds, {ELSEWHERE}",
    ]


def test_a_default_that_has_moved_with_its_bounds_is_a_line_of_its_own() -> None:
    given = digits_with(bounds=["learning_rate=1e-4:1e-2"])
    assert changes(digits_with(), given)[:2] == [
        "--bounds: learning_rate: 1e-06 … 0.01 (log-uniform) in the state, 0.0001 … 0.01 (log-uniform) now",
        "default of learning_rate: 1e-05 in the state, 0.0001 now",
    ]


def test_every_changed_setting_is_a_line_and_an_option_to_leave_out() -> None:
    lines = changes(digits_with(), digits_with(seed=3, batch_size=7, objective="val_loss", deterministic=False))
    assert lines[:-1] == [
        "--seed: 0 in the state, 3 now",
        f"--batch-size: {DIGITS.batch_size} in the state, 7 now",
        "--objective: val_accuracy:max in the state, val_loss:min now",
        "--deterministic: true in the state, false now",
    ]
    options = "leave out --seed, leave out --batch-size, leave out --objective, leave out --no-deterministic"
    assert lines[-1] == f"{options}, {ELSEWHERE}"


def test_what_another_problem_brings_with_it_is_not_told() -> None:
    other = replace(digits_with(), problem="mnist", epochs=99)
    assert changes(other, digits_with()) == [
        "--problem: mnist in the state, digits now",
        f"leave out --problem, {ELSEWHERE}",
    ]


def test_other_data_are_told_by_the_beginning_of_their_digests() -> None:
    assert changes(digits_with(), replace(digits_with(), data="ab" * 32)) == [
        "data: 000000000000… in the state, abababababab… now",
        ELSEWHERE,
    ]


@pytest.mark.parametrize(
    ("before", "now", "lines"),
    [
        ((Integer("a", 1, 5),), (Real("a", 1, 5),), ["a: Integer(", ELSEWHERE]),
        (
            (Integer("a", 1, 5),),
            (Integer("b", 1, 3),),
            ["a: 1 … 5 in the state, no such dimension now", "b: no such dimension in the state, 1 … 3 now", ELSEWHERE],
        ),
        (
            (Integer("a", 1, 5), Categorical("c", ("x", "y"))),
            (Integer("a", 1, 5), Categorical("c", ("x",))),
            ["c: x | y in the state, x now", ELSEWHERE],
        ),
        (
            (Integer("a", 1, 5), Integer("b", 1, 5)),
            (Integer("b", 1, 5), Integer("a", 1, 5)),
            ["order of the dimensions: a, b in the state, b, a now", ELSEWHERE],
        ),
    ],
)
def test_every_change_of_a_space_is_told(
    before: tuple[Dimension, ...], now: tuple[Dimension, ...], lines: list[str]
) -> None:
    spaces = [replace(digits_with(), space=Space(each), default={}) for each in (before, now)]
    told = changes(*spaces)
    assert len(told) == len(lines)
    assert all(line.startswith(start) for line, start in zip(told, lines, strict=True))


def test_every_setting_says_once_what_it_decides() -> None:
    by_kind = [settings_deciding(each) for each in Decides]
    names = [name for kind in by_kind for name in kind]
    assert sorted(names) == sorted(option_names())


OTHER_VALUES: dict[str, Any] = {
    "problem": "mnist",
    "objective": "val_loss",
    "space": "wide",
    "bounds": ["num_dense_layers=1:3"],
    "choices": ["num_dense_nodes=16,32"],
    "fix": ["activation=sigmoid"],
    "seed": 3,
    "initial_points": 3,
    "surrogate": Surrogate.RANDOM_FOREST,
    "acquisition": Acquisition.LOWER_CONFIDENCE_BOUND,
    "design": Design.RANDOM,
    "epochs": 77,
    "batch_size": 77,
    "threads": 77,
    "rungs": "0.3,1",
    "lookahead": 4,
    "gpu_memory": 8192,
    "deterministic": False,
    "keep": Keep.BEST,
    "image_size": 40,
    "label_column": "churned",
}


def test_what_decides_the_trials_is_what_a_search_is_known_by() -> None:
    assert sorted(OTHER_VALUES) == sorted(settings_deciding(Decides.TRIALS))
    for name, value in OTHER_VALUES.items():
        assert digits_with(**{name: value}) != digits_with(), name


def test_rungs_are_those_below_the_epochs_and_none_may_be_beyond() -> None:
    assert digits_with(rungs="0.3, 1,3", epochs=3).rungs == (0.3, 1.0)
    assert digits_with(rungs="none").rungs == ()
    assert digits_with(rungs="Auto", epochs=3).rungs == (0.11, 0.33, 1.0)
    with pytest.raises(SettingsError, match=r"^--rungs: .* the epochs of a trial, found 5"):
        digits_with(rungs="1,5", epochs=3)


def test_a_space_that_is_chosen_has_a_default_point_of_its_own_and_takes_further_options() -> None:
    wide = digits_with(space="wide", fix=["optimizer=sgd"], bounds=["momentum=0.5:0.9"])
    assert wide.default.keys() > digits_with().default.keys()
    assert (wide.default["optimizer"], wide.default["momentum"], wide.default["filters_2"]) == ("sgd", 0.7, 36)
    assert len(wide.space.names) > 12
    assert changes(digits_with(), wide)[0] == "--space: SPACE of the problem in the state, wide now"


@pytest.mark.parametrize(
    ("spaces", "told"),
    [
        (DIGITS.spaces, "--space: expected one of wide, found 'broad'"),
        ({}, "--space: expected none, since the problem"),
    ],
)
def test_a_space_that_is_none_of_the_problem_is_told_with_those_that_are(spaces: Any, told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        fingerprint_of(settings=Settings(space="broad"), declared=replace(DIGITS, spaces=spaces), data="")


def test_what_a_surrogate_alone_is_asked_with_decides_nothing_without_one() -> None:
    idle: dict[str, Any] = {"acquisition": Acquisition.LOWER_CONFIDENCE_BOUND, "initial_points": 3}
    assert digits_with(surrogate=Surrogate.NONE, **idle) == digits_with(surrogate=Surrogate.NONE)
    assert digits_with(surrogate=Surrogate.NONE) != digits_with(**idle)


def test_the_readme_names_what_may_not_change_between_runs() -> None:
    text = " ".join((ROOT_OF_SOURCES / "README.md").read_text().split())
    paragraph = text.partition("**What may change**")[2].partition("**")[0].lower()
    for name in settings_deciding(Decides.TRIALS):
        assert name.replace("_", " ").replace("deterministic", "determinism") in paragraph


def test_a_difference_that_has_no_words_of_its_own_is_refused_too() -> None:
    saved = study_of().fingerprint
    given = replace(saved, default={**saved.default, "of no dimension": 1})
    with pytest.raises(SettingsChangedError, match="'of no dimension': 1"):
        check_same(saved, given)
