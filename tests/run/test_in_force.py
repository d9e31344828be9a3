"""An option that is not given takes the state's value; defaults are for a search that begins."""

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from job.address import Address
from job.cli.options import takes_settings
from job.core.evidence import Evidence
from job.core.fingerprint import Fingerprint
from job.core.limits import Limits
from job.core.objective import parse_objective
from job.core.problem import Declared, NamedSpace, Sources
from job.core.rungs import default_rungs
from job.core.space import Categorical, Dimension, Integer, Real, Space
from job.core.study import Study
from job.core.trial import Keep
from job.errors import SettingsChangedError, SettingsError
from job.executors.room import Machine
from job.problems import load
from job.run.fingerprint import check_same, fingerprint_of
from job.run.in_force import Asked, asked_of, in_force, is_same_problem, limits_of, options_of, with_defaults_of
from job.settings import Settings, settings_deciding
from job.settings.choices import Acquisition, Design, IfLocked, Surrogate
from job.settings.option import Decides
from job.settings.rungs import rungs_of
from job.settings.workers import AUTO
from job.threads import cores_here, threads_to_begin_with
from tests.fakes import START, study_of

DIGITS = load("job.problems.digits").declared
# With another space that has no batch size, since the options below give one.
OTHER = NamedSpace(space=Space((*DIGITS.space.dimensions, Integer("kernel_size", 3, 7))))
DIGITS = replace(DIGITS, spaces={"other": OTHER})
WITH_EVERYTHING = Settings(
    problem="digits",
    data=Path("/data"),
    objective="val_loss:min",
    space="other",
    bounds=["learning_rate=1e-5:1e-3"],
    choices=["num_dense_nodes=8,16"],
    fix=["activation=relu"],
    image_size=40,
    label_column="churned",
    seed=3,
    begin_from=Path("/old"),
    trials=7,
    max_hours=2.5,
    patience=4,
    target=0.25,
    initial_points=6,
    surrogate=Surrogate.RANDOM_FOREST,
    acquisition=Acquisition.LOWER_CONFIDENCE_BOUND,
    design=Design.SOBOL,
    epochs=2,
    batch_size=64,
    rungs="0.5,1",
    threads=77,
    lookahead=6,
    gpu_memory=8192,
    deterministic=False,
    keep=Keep.BEST,
    trial_timeout=1200.0,
    max_attempts=2,
    max_failures=9,
)

THREADS = ("--threads", str(threads_to_begin_with()))  # elsewhere a search may begin with others

app = typer.Typer()


@app.command()
@takes_settings
def search(context: typer.Context, settings: Settings) -> None:
    context.obj.append(settings)


def asked(settings: Settings, saved: Fingerprint | None = None, declared: Declared = DIGITS) -> Asked:
    """Return what is asked for where the state has a search of `saved`, begun with the limits of WITH_EVERYTHING."""
    study = begun(saved).limited(limits_of(WITH_EVERYTHING), now=START) if saved else None
    same = saved is not None and is_same_problem(settings, None, saved)
    settings = in_force(settings, study, same_problem=same)
    return Asked(settings, declared, fingerprint_of(settings=settings, declared=declared, data=""))


def begun(saved: Fingerprint) -> Study:
    return Study(fingerprint=saved).import_trial(saved.space.completed({}), 0.5)


def declare(problem: str | Sources) -> Declared:
    assert problem == "digits"
    return DIGITS


def later(**changes: Any) -> Declared:
    """Return the digits as a later release may have them."""
    return replace(DIGITS, **changes)


def with_layers(dimension: Dimension) -> Space:
    return Space(tuple(dimension if each.name == dimension.name else each for each in DIGITS.space.dimensions))


LIMITS = [name for name in settings_deciding(Decides.OUTCOME) if name not in ("data", "strict", "begin_from")]
SAVED = asked(WITH_EVERYTHING).fingerprint


def test_the_search_in_the_state_is_gone_on_with_where_nothing_is_given() -> None:
    found = asked(Settings(), SAVED)
    check_same(SAVED, found.fingerprint)
    assert found.fingerprint.bounds == SAVED.bounds
    for name in (*settings_deciding(Decides.TRIALS), *LIMITS):
        assert getattr(found.settings, name) == getattr(WITH_EVERYTHING, name), name


def test_other_defaults_of_a_later_release_change_no_older_search() -> None:
    defaults = {name: getattr(WITH_EVERYTHING, name) for name in settings_deciding(Decides.TRIALS)}
    saved = asked(Settings(problem="digits")).fingerprint
    found = asked(Settings(**defaults, given=frozenset()), saved, later(epochs=77, batch_size=77))
    assert found.fingerprint == saved


def test_defaults_apply_where_a_search_begins() -> None:
    found = asked(Settings(problem="digits"))
    assert (found.fingerprint.seed, found.fingerprint.epochs) == (0, DIGITS.epochs)


@pytest.mark.parametrize("name", sorted(set(settings_deciding(Decides.TRIALS)) - {"problem"}))
def test_what_is_given_and_differs_is_refused_by_its_option_alone(name: str) -> None:
    value: Any = Design.RANDOM if name == "design" else getattr(WITH_EVERYTHING, name)
    saved = asked(Settings(problem="digits")).fingerprint
    with pytest.raises(SettingsChangedError) as refusal:
        check_same(saved, asked(Settings(**{name: value}), saved).fingerprint)
    named = {line.split()[0] for line in str(refusal.value).splitlines()[1:]}
    option = name.replace("_", "-")
    assert named - {"default"} == {f"--{option}:"}
    assert refusal.value.hint.startswith(("leave out --no-" if value is False else "leave out --") + option)


def test_the_default_value_that_is_given_is_a_value_that_is_given() -> None:
    with pytest.raises(SettingsChangedError, match=r"  --seed: 3 in the state, 0 now$"):
        check_same(SAVED, asked(Settings(seed=0, given=frozenset({"seed"})), SAVED).fingerprint)


def of_surrogate(fingerprint: Fingerprint) -> tuple[str, int, str]:
    return fingerprint.surrogate, fingerprint.initial_points, fingerprint.design


NOTEBOOK = asked(Settings(problem="digits", surrogate=Surrogate.GAUSSIAN_PROCESS)).fingerprint


def test_a_search_of_an_earlier_release_keeps_its_surrogate_with_the_initial_points_and_the_design() -> None:
    assert of_surrogate(asked(Settings(), NOTEBOOK).fingerprint) == ("GP", 10, "random")
    limits = {name: getattr(Settings, name) for name in LIMITS}
    bare = Settings(given=frozenset(LIMITS), **limits)
    assert options_of(asked(bare, NOTEBOOK)) == ("--problem", "digits", "--surrogate", "GP", *THREADS)


def test_another_surrogate_is_refused_by_itself_and_with_what_else_is_given_and_differs() -> None:
    given = Settings(surrogate=Surrogate.ADDITIVE_GAUSSIAN_PROCESS, given=frozenset({"surrogate"}))
    for settings, named in (
        (given, ["--surrogate:"]),
        (
            replace(given, initial_points=5, given=frozenset({"surrogate", "initial_points"})),
            ["--surrogate:", "--initial-points:"],
        ),
    ):
        with pytest.raises(SettingsChangedError) as refusal:
            check_same(NOTEBOOK, asked(settings, NOTEBOOK).fingerprint)
        assert [line.split()[0] for line in str(refusal.value).splitlines()[1:]] == named


@pytest.mark.parametrize(
    ("saved", "given", "begun_again"),
    [
        ({}, {}, ("additive-gp", 5, "sobol")),
        ({}, {"initial_points": 10}, ("additive-gp", 10, "sobol")),
        ({}, {"design": Design.RANDOM}, ("additive-gp", 5, "random")),
        ({"initial_points": 20}, {}, ("additive-gp", 20, "sobol")),
        ({"design": "sobol", "surrogate": "additive-gp"}, {"surrogate": Surrogate.NONE}, ("none", 10, "random")),
        (
            {"design": "sobol", "surrogate": "additive-gp", "initial_points": 5},
            {"surrogate": Surrogate.NONE},
            ("none", 10, "random"),
        ),
        ({"design": "sobol", "surrogate": "additive-gp", "initial_points": 7}, {}, ("additive-gp", 7, "sobol")),
    ],
)
def test_a_search_begun_again_with_another_surrogate_has_what_goes_with_that_but_for_what_was_chosen(
    saved: dict[str, Any], given: dict[str, Any], begun_again: tuple[str, int, str]
) -> None:
    before = replace(NOTEBOOK, **saved)
    names = frozenset({"surrogate", "begin_again", *given})
    settings = replace(Settings(begin_again=True, given=names), **given)
    found = asked(settings, before).fingerprint
    assert of_surrogate(found) == begun_again
    assert asked(settings, found).fingerprint == found, "the same command goes on"
    assert of_surrogate(asked(Settings(begin_again=True), before).fingerprint) == of_surrogate(before)


def test_a_search_that_nothing_has_come_of_gives_way_to_one_with_what_goes_with_its_surrogate() -> None:
    given = Settings(surrogate=Surrogate.ADDITIVE_GAUSSIAN_PROCESS, given=frozenset({"surrogate"}))
    found = asked_of(given, Study(fingerprint=NOTEBOOK), declare).fingerprint
    assert of_surrogate(found) == ("additive-gp", 5, "sobol")


def test_a_search_begins_with_the_threads_of_this_machine_and_goes_on_with_those_of_the_state() -> None:
    assert asked(Settings()).fingerprint.threads == threads_to_begin_with()
    assert asked(Settings(), SAVED).fingerprint.threads == SAVED.threads == WITH_EVERYTHING.threads


def test_a_search_begins_with_the_lookahead_and_the_threads_that_go_with_its_workers() -> None:
    def begun_with(cores: int, **given: Any) -> tuple[int, int | None]:
        found = in_force(Settings(**given), None, machine=lambda: Machine(cores=cores))
        return found.lookahead or 0, found.threads

    cores = cores_here()
    assert begun_with(8) == (1, cores)
    assert begun_with(8, workers=4) == (8, max(cores // 4, 1))
    assert begun_with(8, workers=4, threads=3) == (8, 3)
    assert begun_with(8, workers=4, lookahead=1) == (1, cores), "no more than one is at work"
    assert begun_with(8, workers=None) == (16, max(cores // 8, 1))
    assert begun_with(8, workers=None, threads=4) == (4, 4)
    assert begun_with(1, workers=None) == (1, cores)


def test_other_workers_go_on_with_the_lookahead_of_the_state() -> None:
    for workers in (1, 2, 8, None):
        found = asked(Settings(workers=workers), SAVED)
        check_same(SAVED, found.fingerprint)
        assert found.settings.workers == workers
    with pytest.raises(SettingsChangedError, match=r"  --lookahead: 6 in the state, 4 now$"):
        check_same(SAVED, asked(Settings(workers=2, lookahead=4), SAVED).fingerprint)
    alone = asked(Settings(problem="digits")).fingerprint
    assert asked(Settings(workers=8), alone).fingerprint == alone
    assert asked_of(Settings(workers=8), Study(fingerprint=alone), declare).fingerprint == alone


def test_a_search_of_several_workers_is_begun_anew_by_its_lookahead_and_its_threads() -> None:
    options = options_of(asked(Settings(problem="digits", workers=4)))
    assert options == ("--problem", "digits", "--threads", str(max(cores_here() // 4, 1)), "--lookahead", "8")


def test_rungs_that_are_chosen_by_themselves_need_no_option_and_go_with_other_epochs_where_a_search_begins() -> None:
    automatic = replace(SAVED, rungs=default_rungs(2))
    again = Settings(begin_again=True, epochs=9, given=frozenset({"begin_again", "epochs"}))
    assert asked(again, automatic).fingerprint.rungs == rungs_of(AUTO, 9)
    assert asked(again, SAVED).fingerprint.rungs == (0.5, 1.0), "they were chosen"


@pytest.mark.parametrize(("epochs", "rungs"), [(1, "0.5,1"), (5, "0.5,1")])
def test_other_epochs_are_refused_by_themselves_whatever_rungs_the_state_has(epochs: int, rungs: str) -> None:
    with pytest.raises(SettingsChangedError) as refusal:
        check_same(SAVED, asked(Settings(epochs=epochs), SAVED).fingerprint)
    assert str(refusal.value).splitlines()[1:] == [f"  --epochs: 2 in the state, {epochs} now"]


def test_other_rungs_are_told_as_they_are_given() -> None:
    with pytest.raises(SettingsChangedError, match=r"  --rungs: 0.5,1 in the state, none now$") as refusal:
        check_same(SAVED, asked(Settings(rungs="none", given=frozenset({"rungs"})), SAVED).fingerprint)
    assert refusal.value.hint.startswith("leave out --rungs none, ")


def test_a_state_of_a_release_that_left_threads_to_tensorflow_leaves_them_so() -> None:
    open_one = replace(SAVED, threads=None)
    assert asked(Settings(), open_one).fingerprint == open_one
    assert "--threads" not in options_of(asked(Settings(), open_one))
    with pytest.raises(SettingsChangedError, match=r"  --threads: TensorFlow's choice in the state, 4 now$") as refusal:
        check_same(open_one, asked(Settings(threads=4), open_one).fingerprint)
    assert refusal.value.hint.startswith("leave out --threads, ")


def test_the_value_of_the_state_may_be_given_too() -> None:
    check_same(SAVED, asked(Settings(seed=3, objective="val_loss", epochs=2), SAVED).fingerprint)


def test_another_problem_is_refused_whatever_bounds_the_state_has() -> None:
    other = replace(study_of().fingerprint, bounds=("filters=8:16",), data="")
    with pytest.raises(SettingsChangedError) as refusal:
        check_same(other, asked(Settings(problem="digits"), other).fingerprint)
    assert str(refusal.value).splitlines()[1:] == ["  --problem: mnist in the state, digits now"]


def test_what_was_given_of_the_space_of_one_problem_is_not_of_another() -> None:
    other = replace(study_of().fingerprint, bounds=("num_dense_layers=1:2",), fix=("activation=relu",), data="")
    found = asked(Settings(problem="digits"), other).fingerprint
    assert (found.bounds, found.choices, found.fix, found.space) == ((), (), (), DIGITS.space)


def test_a_change_of_the_problem_is_told_with_all_the_bounds_that_undo_it() -> None:
    saved = asked(Settings(bounds=["num_dense_nodes=8:16"])).fingerprint
    declared = later(space=with_layers(Integer("num_dense_layers", 1, 9)))
    with pytest.raises(SettingsChangedError, match=r"  num_dense_layers: 1 … 5 in the state, 1 … 9 now$") as refusal:
        check_same(saved, asked(Settings(), saved, declared).fingerprint)
    undone = "--bounds num_dense_nodes=8:16 --bounds num_dense_layers=1:5"
    assert refusal.value.hint.startswith(f"give {undone}, begin anew ")
    check_same(saved, asked(Settings(bounds=undone.split()[1::2]), saved, declared).fingerprint)


def test_a_change_of_the_problem_that_the_bounds_of_the_state_do_not_fit_is_told() -> None:
    saved = asked(Settings(bounds=["num_dense_layers=1:3"])).fingerprint
    declared = later(space=with_layers(Categorical("num_dense_layers", (1, 2))))
    with pytest.raises(SettingsChangedError, match=r"  num_dense_layers: 1 … 3 in the state, 1 \| 2 now$"):
        check_same(saved, asked(Settings(), saved, declared).fingerprint)


BRANCHING = later(
    space=Space(
        (
            Categorical("optimizer", ("adam", "sgd")),
            Real("momentum", 0.0, 0.9, step=0.1, when={"optimizer": ["sgd"]}),
            Integer("width", 4, 16),
        )
    ),
    points=({"optimizer": "adam", "width": 8},),
)


def test_what_is_given_of_a_space_decides_its_default_too() -> None:
    given = Settings(fix=["optimizer=sgd"], choices=["width=4,6"], bounds=["momentum=0.2:0.8"])
    saved = asked(given, declared=BRANCHING).fingerprint
    assert saved.default == {"optimizer": "sgd", "momentum": 0.5, "width": 4}
    assert asked(Settings(), saved, BRANCHING).fingerprint == saved


def test_a_fixed_value_that_takes_dimensions_away_is_told_with_them() -> None:
    saved = asked(Settings(fix=["optimizer=sgd"]), declared=BRANCHING).fingerprint
    with pytest.raises(SettingsChangedError) as refusal:
        check_same(saved, asked(Settings(fix=["optimizer=adam"]), saved, BRANCHING).fingerprint)
    assert str(refusal.value).splitlines()[1:] == [
        "  --fix: optimizer: sgd in the state, adam now",
        "  momentum: 0 … 0.9 in steps of 0.1 in the state, no such dimension now",
        "  default of optimizer: sgd in the state, adam now",
    ]
    assert refusal.value.hint.startswith("leave out --fix, begin anew ")


def test_every_limit_that_is_a_setting_is_one_of_the_search() -> None:
    assert sorted(LIMITS) == sorted(each.name for each in fields(Limits))
    assert all(getattr(limits_of(WITH_EVERYTHING), name) == getattr(WITH_EVERYTHING, name) for name in LIMITS)


@pytest.mark.parametrize("name", LIMITS)
def test_a_limit_that_is_given_holds_though_it_be_the_default(name: str) -> None:
    default = getattr(Settings, name)
    settings = asked(Settings(given=frozenset({name})), SAVED).settings
    assert limits_of(settings) == replace(limits_of(WITH_EVERYTHING), **{name: default})


def test_defaults_limit_a_search_that_no_run_has_told_of_limits() -> None:
    study = Study(fingerprint=SAVED)
    assert limits_of(in_force(Settings(max_hours=1.0), study)) == limits_of(Settings(max_hours=1.0))


def test_a_target_is_one_of_the_objective_in_the_state() -> None:
    losses, shares = (
        Study(fingerprint=replace(SAVED, objective=parse_objective(each))) for each in ("val_loss", "val_accuracy")
    )
    assert asked_of(Settings(target=2.5), losses, declare).settings.target == 2.5
    with pytest.raises(SettingsError, match="--target: expected a share from 0 to 1 for val_accuracy"):
        asked_of(Settings(target=2.5), shares, declare)
    too_high = losses.limited(Limits(trials=1, target=2.5), now=START)
    other = asked_of(Settings(given=frozenset({"objective"})), too_high, declare)  # which is what is to be refused
    assert (str(other.fingerprint.objective), other.settings.target) == ("val_accuracy:max", 2.5)


def test_bounds_that_are_given_and_do_not_fit_are_wrong_whatever_the_state_has() -> None:
    with pytest.raises(SettingsError, match="--bounds: the problem has no dimension depth"):
        asked(Settings(bounds=["depth=1:2"]), SAVED)


def test_defaults_need_no_options_but_for_what_the_machine_decides() -> None:
    assert options_of(asked(Settings(problem="digits"))) == ("--problem", "digits", *THREADS)
    assert options_of(asked(Settings())) == THREADS


@pytest.mark.parametrize("surrogate", Surrogate)
def test_what_goes_with_a_surrogate_needs_no_options_and_all_else_does(surrogate: Surrogate) -> None:
    named = () if surrogate is Surrogate.ADDITIVE_GAUSSIAN_PROCESS else ("--surrogate", surrogate)
    itself = Settings(problem="digits", surrogate=surrogate)
    same = replace(itself, initial_points=surrogate.initial_points, design=surrogate.design)
    for settings in (itself, same):
        assert options_of(asked(settings)) == ("--problem", "digits", *named, *THREADS)
    other = Design.RANDOM if surrogate.design is Design.SOBOL else Design.SOBOL
    options = ("--problem", "digits", "--initial-points", "8", "--design", other, *named, *THREADS)
    assert options_of(asked(replace(itself, initial_points=8, design=other))) == options


def test_the_objective_of_a_problem_holds_where_a_search_begins_and_none_is_given() -> None:
    declared = later(objective="val_loss:min")
    begun = asked(with_defaults_of(declared, Settings(problem="digits")), declared=declared)
    assert str(begun.fingerprint.objective) == "val_loss:min"
    assert "--objective" not in options_of(begun)
    given = Settings(problem="digits", objective="val_accuracy", given=frozenset({"objective"}))
    other = asked(with_defaults_of(declared, given), declared=declared)
    assert str(other.fingerprint.objective) == "val_accuracy:max"
    assert options_of(other)[2:4] == ("--objective", "val_accuracy:max")


def test_the_options_give_the_settings_back() -> None:
    given: list[Settings] = []
    for source in (Path("/old"), Address("s3://bucket/old", "s3", "bucket", "old")):
        options = options_of(asked(WITH_EVERYTHING), Evidence(source=str(source), sha256=""))
        result = CliRunner().invoke(app, options, obj=given)
        assert (result.exit_code, given.pop()) == (0, replace(WITH_EVERYTHING, begin_from=source))


def test_the_options_of_a_search_that_is_gone_on_with_are_those_that_begin_it() -> None:
    begun = replace(WITH_EVERYTHING, data=None)
    assert options_of(asked(Settings(), SAVED)) == options_of(asked(begun))
    limits = {name: getattr(Settings, name) for name in LIMITS}
    plain = Settings(problem="digits", given=frozenset(LIMITS), **limits)
    assert options_of(asked(plain, asked(plain).fingerprint)) == ("--problem", "digits", *THREADS)


def test_what_decides_nothing_and_what_is_secret_is_left_out() -> None:
    silent = Settings(state=Path("/elsewhere"), quiet=True, ping_url="https://a/b", if_locked=IfLocked.SKIP)
    assert options_of(asked(silent)) == options_of(asked(Settings()))
