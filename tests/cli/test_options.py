"""Options from the command line, the environment and a settings file."""

import os
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import typer
from typer.testing import CliRunner

from job.cli.options import load_config, takes_settings
from job.core.trial import Keep
from job.errors import ExitCode, SettingsError
from job.settings import Settings, option_names
from job.settings.choices import Acquisition, Design, IfLocked, LogFormat, Surrogate
from job.settings.option import PREFIX

NAMES = list(option_names())

# Each setting as text, as TOML, and as the value that either gives. None is the default of its setting.
SAMPLES: dict[str, tuple[str, str, object]] = {
    "problem": ("digits", '"digits"', "digits"),
    "state": ("/some/where", '"/some/where"', Path("/some/where")),
    "data": ("/data", '"/data"', Path("/data")),
    "download": ("false", "false", False),
    "image_size": ("32", "32", 32),
    "label_column": ("churned", '"churned"', "churned"),
    "strict": ("true", "true", True),
    "objective": ("val_loss:min", '"val_loss:min"', "val_loss:min"),
    "space": ("wide", '"wide"', "wide"),
    "bounds": ("filters=8:16", '["filters=8:16"]', ["filters=8:16"]),
    "choices": ("filters=8,16", '["filters=8,16"]', ["filters=8,16"]),
    "fix": ("filters=8", '["filters=8"]', ["filters=8"]),
    "seed": ("3", "3", 3),
    "begin_from": ("/old", '"/old"', Path("/old")),
    "begin_again": ("true", "true", True),
    "trials": ("7", "7", 7),
    "confirm": ("5x5", '"5x5"', "5x5"),
    "max_hours": ("2.5", "2.5", 2.5),
    "patience": ("4", "4", 4),
    "target": ("99.2%", '"99.2%"', 0.992),
    "run_for": ("50m", '"50m"', 3000.0),
    "initial_points": ("6", "6", 6),
    "design": ("Sobol", '"sobol"', Design.SOBOL),
    "surrogate": ("None", '"none"', Surrogate.NONE),
    "acquisition": ("LCB", '"LCB"', Acquisition.LOWER_CONFIDENCE_BOUND),
    "epochs": ("2", "2", 2),
    "batch_size": ("64", "64", 64),
    "rungs": ("0.3,1", '"0.3,1"', "0.3,1"),
    "deterministic": ("false", "false", False),
    "threads": ("4", "4", 4),
    "keep": ("best", '"best"', Keep.BEST),
    "require_gpu": ("true", "true", True),
    "in_process": ("true", "true", True),
    "workers": ("4", "4", 4),
    "listen": ("tcp://0.0.0.0:8786", '"tcp://0.0.0.0:8786"', "tcp://0.0.0.0:8786"),
    "cluster": ("tcp://host", '"tcp://host"', "tcp://host:8786"),
    "lookahead": ("8", "8", 8),
    "trials_per_gpu": ("2", "2", 2),
    "gpu_memory": ("8g", '"8g"', 8192),
    "checkpoint_seconds": ("5.5", "5.5", 5.5),
    "grace_seconds": ("20", "20", 20.0),
    "keep_paused": ("3", "3", 3),
    "if_locked": ("skip", '"skip"', IfLocked.SKIP),
    "trial_timeout": ("20m", '"20m"', 1200.0),
    "max_attempts": ("2", "2", 2),
    "max_failures": ("9", "9", 9),
    "log_format": ("json", '"json"', LogFormat.JSON),
    "tensorboard": ("false", "false", False),
    "quiet": ("true", "true", True),
    "ping_url": ("https://example.org/ping", '"https://example.org/ping"', "https://example.org/ping"),
}

DEFAULTS = {  # in the same forms, where an option can give its default at all
    "problem": ("mnist", '"mnist"', "mnist"),
    "download": ("true", "true", True),
    "objective": ("val_accuracy", '"val_accuracy"', "val_accuracy"),
    "seed": ("0", "0", 0),
    "trials": ("40", "40", 40),
    "surrogate": ("additive-gp", '"additive-gp"', Surrogate.ADDITIVE_GAUSSIAN_PROCESS),
    "deterministic": ("true", "true", True),
    "keep": ("last", '"last"', Keep.LAST),
}

# Options that numbers and booleans of the wrong kind, or what is no number, may be given to.
NUMBERS = ["seed", "trials", "max_hours", "patience", "initial_points", "epochs", "batch_size", "grace_seconds"]

app = typer.Typer(pretty_exceptions_enable=False, context_settings={"obj": []})


@app.command()
@takes_settings
def search(context: typer.Context, settings: Settings) -> None:
    """Keep the settings."""
    settings.check()
    context.obj.append(settings)


COMMAND = typer.main.get_command(app)  # once for all tests, which takes longer than most of them


@pytest.fixture(autouse=True)
def _no_settings_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ["config", *NAMES]:
        monkeypatch.delenv(_variable(name), raising=False)


def settings_of(*arguments: str, **environment: str) -> Settings:
    """Return the settings that a command line and an environment give."""
    kept: list[Settings] = []
    with patch.dict(os.environ, environment):
        COMMAND.main(arguments, standalone_mode=False, obj=kept)
    (settings,) = kept
    return settings


def refusal_of(*arguments: str, **environment: str) -> str:
    """Return the message with which a command line and an environment are refused as a wrong use."""
    environment |= {"COLUMNS": "300", "TERM": "dumb", "NO_COLOR": "1", "_TYPER_FORCE_DISABLE_TERMINAL": "1"}
    result = CliRunner().invoke(app, arguments, env=environment, obj=[])
    if isinstance(result.exception, SettingsError):
        return f"{result.exception}\n{result.exception.hint}"
    assert isinstance(result.exception, SystemExit), repr(result.exception)
    assert result.exit_code == ExitCode.USAGE
    return result.output


def config(directory: Path, text: str) -> str:
    path = directory / "search.toml"
    path.write_text(text)
    return str(path)


def _flags(name: str, text: str) -> list[str]:
    option = "--" + name.replace("_", "-")
    match text:
        case "true":
            return [option]
        case "false":
            return ["--no-" + option.removeprefix("--")]
        case _:
            return [option, text]


def _variable(name: str) -> str:
    return PREFIX + name.upper()


def test_the_samples_cover_every_setting_and_differ_from_its_default() -> None:
    assert list(SAMPLES) == NAMES
    assert all(getattr(Settings(), name) != value for name, (_, _, value) in SAMPLES.items())


def test_without_options_the_settings_are_the_defaults() -> None:
    assert settings_of() == Settings()


def test_nothing_is_given_by_itself() -> None:
    assert settings_of().given == frozenset()
    assert settings_of(**{_variable(name): "" for name in ["config", *NAMES]}).given == frozenset()


@pytest.mark.parametrize("name", NAMES)
def test_what_any_source_has_is_given_though_it_is_the_default(name: str, tmp_path: Path) -> None:
    text, toml, _ = DEFAULTS.get(name, SAMPLES[name])
    path = config(tmp_path, f"{name} = {toml}")

    for settings in (
        settings_of(*_flags(name, text)),
        settings_of(**{_variable(name): text}),
        settings_of("--config", path),
    ):
        assert settings.given == frozenset({name})


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_has_an_option(name: str) -> None:
    text, _, value = SAMPLES[name]

    assert settings_of(*_flags(name, text)) == Settings(**{name: value})  # type: ignore[arg-type]


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_has_an_environment_variable(name: str) -> None:
    text, _, value = SAMPLES[name]

    assert settings_of(**{_variable(name): text}) == Settings(**{name: value})  # type: ignore[arg-type]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dashes", ["-", "_"])
def test_every_setting_has_a_key_in_the_file_with_dashes_or_underscores(name: str, dashes: str, tmp_path: Path) -> None:
    _, toml, value = SAMPLES[name]
    path = config(tmp_path, f"{name.replace('_', dashes)} = {toml}\n")

    assert settings_of("--config", path) == Settings(**{name: value})  # type: ignore[arg-type]


def test_every_option_has_a_help_text_a_panel_and_its_environment_variable() -> None:
    parameters: dict[str, Any] = {each.name: each for each in typer.main.get_command(app).params}

    for name in ["config", *NAMES]:
        assert parameters[name].help, name
        assert parameters[name].rich_help_panel, name
        assert parameters[name].envvar[0] == _variable(name)


def test_an_empty_environment_variable_is_none() -> None:
    assert settings_of(**{_variable(name): "" for name in ["config", *NAMES]}) == Settings()


def test_bounds_may_be_repeated(tmp_path: Path) -> None:
    bounds = ["filters=8:16", "dropout=0:0.1"]
    path = config(tmp_path, 'bounds = ["filters=8:16", "dropout=0:0.1"]')

    assert settings_of("--bounds", bounds[0], "--bounds", bounds[1]).bounds == bounds
    assert settings_of(HPO_JOB_BOUNDS=" ".join(bounds)).bounds == bounds
    assert settings_of("--config", path).bounds == bounds


def test_a_table_of_the_file_gives_a_space(tmp_path: Path) -> None:
    text = """
    bounds = ["dropout=0:0.5"]
    [space]
    activation = "relu"
    batch_norm = true
    optimizer = ["adam", "sgd"]
    "weight decay" = [1e-4, 0.01]
    learning_rate = {low = 1e-4, high = 1e-2, prior = "log"}
    layers = {low = 1, high = 3}
    """
    settings = settings_of("--config", config(tmp_path, text))
    assert settings.bounds == ["dropout=0:0.5", "learning_rate=0.0001:0.01:log", "layers=1:3"]
    assert settings.choices == ["optimizer=adam,sgd", "weight decay=0.0001,0.01"]
    assert settings.fix == ["activation=relu", "batch_norm=True"]
    assert {"bounds", "choices", "fix"} <= (settings.given or set())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("space = 5", "--space: expected a text, found 5"),
        ("[space]\noptimizer = []", "[space]: optimizer: expected a value, a list of values, or a table such as"),
        ("[space]\nrate = {low = 1}", "[space]: rate: expected a value, a list of values, or a table such as"),
        ("[space]\nrate = {low = 1, high = 2, step = 1}", "[space]: rate: expected a value"),
        ("[space]\nrate = {low = 1, high = 2, prior = 'logarithmic'}", "--bounds: expected NAME=LOW:HIGH"),
    ],
)
def test_a_table_of_a_space_in_another_form_is_refused_with_the_dimension(text: str, told: str, tmp_path: Path) -> None:
    assert told in refusal_of("--config", config(tmp_path, text))


def test_the_file_may_be_named_by_the_environment(tmp_path: Path) -> None:
    assert settings_of(HPO_JOB_CONFIG=config(tmp_path, "trials = 5")).trials == 5


OTHERS: dict[str, tuple[str, str]] = {  # other values than the samples, as text and as TOML
    "state": ("/elsewhere", '"/elsewhere"'),
    "bounds": ("dropout=0:0.1", '["dropout=0:0.1"]'),
    "trials": ("11", "11"),
    "run_for": ("1h", '"1h"'),
    "surrogate": ("ET", '"ET"'),
    "deterministic": ("true", "true"),
    "begin_again": ("false", "false"),
}


@pytest.mark.parametrize("name", [name for name in OTHERS if name != "begin_again"])
def test_the_command_line_wins_over_the_environment(name: str) -> None:
    text, _, value = SAMPLES[name]

    assert getattr(settings_of(*_flags(name, text), **{_variable(name): OTHERS[name][0]}), name) == value


@pytest.mark.parametrize("name", OTHERS)
def test_the_environment_wins_over_the_file(name: str, tmp_path: Path) -> None:
    text, _, value = SAMPLES[name]
    path = config(tmp_path, f"{name} = {OTHERS[name][1]}")

    assert getattr(settings_of("--config", path, **{_variable(name): text}), name) == value


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("name", OTHERS)
def test_the_command_line_wins_over_the_file_wherever_it_names_the_file(name: str, first: bool, tmp_path: Path) -> None:
    text, _, value = SAMPLES[name]
    file, flags = ["--config", config(tmp_path, f"{name} = {OTHERS[name][1]}")], _flags(name, text)

    assert getattr(settings_of(*(file + flags if first else flags + file)), name) == value


def test_each_option_comes_from_the_first_source_that_has_it(tmp_path: Path) -> None:
    path = config(tmp_path, "trials = 1\nseed = 1\nepochs = 1")
    settings = settings_of("--trials", "3", "--config", path, HPO_JOB_TRIALS="2", HPO_JOB_SEED="2")

    assert (settings.trials, settings.seed, settings.epochs, settings.patience) == (3, 2, 1, None)


def test_the_file_of_the_command_line_wins_over_that_of_the_environment(tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text("trials = 1")

    assert settings_of("--config", config(tmp_path, "trials = 2"), HPO_JOB_CONFIG=str(other)).trials == 2


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("workers", "0"),
        ("workers", "many"),
        ("lookahead", "0"),
        ("trials_per_gpu", "0"),
        ("gpu_memory", "8 pounds"),
        ("keep_paused", "-1"),
        ("trials", "0"),
        ("trials", "many"),
        ("trials", "2.5"),
        ("seed", "-1"),
        ("max_hours", "-1"),
        ("max_hours", "nan"),
        ("patience", "0"),
        ("run_for", "soon"),
        ("target", "high"),
        ("trial_timeout", "-5"),
        ("initial_points", "0"),
        ("surrogate", "GBRT"),
        ("acquisition", "gp_hedge"),
        ("epochs", "0"),
        ("batch_size", "0"),
        ("threads", "0"),
        ("threads", "5000"),
        ("checkpoint_seconds", "-1"),
        ("grace_seconds", "0"),
        ("max_attempts", "0"),
        ("max_failures", "0"),
        ("log_format", "xml"),
    ],
)
def test_a_wrong_value_is_refused_with_its_option_on_the_command_line_and_in_the_environment(
    name: str, text: str
) -> None:
    option = "--" + name.replace("_", "-")

    assert option in refusal_of(f"{option}={text}")
    assert option in refusal_of(**{_variable(name): text})


def test_infinite_hours_are_refused() -> None:
    assert "--max-hours" in refusal_of("--max-hours", "inf")


@pytest.mark.parametrize(
    ("text", "place"),
    [("trials = \n", "line 1"), ("trials = 3\nseed == 1\n", "line 2"), ("a = 1\n\nb = [1,\n", "")],
)
def test_a_syntax_error_is_refused_with_its_file_and_line(text: str, place: str, tmp_path: Path) -> None:
    path = config(tmp_path, text)
    refusal = refusal_of("--config", path)

    assert f"--config: {path} is not valid TOML" in refusal
    assert place in refusal


def test_a_file_that_is_no_text_is_refused_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "search.toml"
    path.write_bytes(b"\xff\xfe\x00")

    assert f"{path} is not valid TOML" in refusal_of("--config", str(path))


@pytest.mark.parametrize(
    ("key", "near"), [("trails", "trials"), ("max-hour", "max_hours"), ("seeds", "seed"), ("gracee_seconds", "grace")]
)
def test_an_unknown_key_is_refused_with_the_nearest_one(key: str, near: str, tmp_path: Path) -> None:
    path = config(tmp_path, f"{key} = 1")
    refusal = refusal_of("--config", path)

    assert f"{path} has an unknown option {key!r}" in refusal
    assert f"did you mean '{near}" in refusal


@pytest.mark.parametrize("key", ["zzz", "help"])
def test_a_key_without_a_near_one_is_refused_with_all_that_there_are(key: str, tmp_path: Path) -> None:
    refusal = refusal_of("--config", config(tmp_path, f"{key} = 1"))

    assert f"unknown option '{key}'" in refusal
    assert all(name in refusal for name in NAMES)


@pytest.mark.parametrize("text", ["[search]\ntrials = 3\n", "[trials]\nvalue = 3\n", "trials = {value = 3}\n"])
def test_a_table_is_refused(text: str, tmp_path: Path) -> None:
    path = config(tmp_path, text)

    assert path in refusal_of("--config", path)


@pytest.mark.parametrize(
    ("name", "toml"),
    [
        *((name, toml) for name in NUMBERS for toml in ('"many"', "[1, 2]", "1979-05-27")),
        ("trials", "2.5"),
        ("begin_again", '"perhaps"'),
        ("begin_again", "7"),
        ("begin_from", "true"),
        ("deterministic", "[]"),
        ("state", "5"),
        ("data", "true"),
        ("bounds", '"filters=8:16"'),
        ("surrogate", "3"),
        ("keep", "true"),
        ("log_format", "false"),
        ("run_for", '"soon"'),
        ("target", '"high"'),
    ],
)
def test_a_value_of_the_wrong_type_in_the_file_is_refused_with_its_option(name: str, toml: str, tmp_path: Path) -> None:
    path = config(tmp_path, f"{name} = {toml}")

    assert "--" + name.replace("_", "-") in refusal_of("--config", path)


def test_a_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "search.toml"
    path.write_bytes(b"\xef\xbb\xbfseed = 7\r\n")
    assert settings_of("--config", str(path)).seed == 7


@pytest.mark.parametrize(("toml", "seconds"), [("90", 90.0), ("1.5", 1.5)])
def test_a_duration_in_the_file_may_be_a_number_of_seconds(toml: str, seconds: float, tmp_path: Path) -> None:
    assert settings_of("--config", config(tmp_path, f"run-for = {toml}")).run_for == seconds


@pytest.mark.parametrize("toml", ["true", "[1]", "01:30:00"])
def test_what_is_no_duration_in_the_file_is_refused_with_its_option(toml: str, tmp_path: Path) -> None:
    assert "--trial-timeout" in refusal_of("--config", config(tmp_path, f"trial-timeout = {toml}"))


@pytest.mark.parametrize("name", NUMBERS)
def test_a_boolean_in_the_file_is_no_number(name: str, tmp_path: Path) -> None:
    assert "--" + name.replace("_", "-") in refusal_of("--config", config(tmp_path, f"{name} = true"))


def test_a_key_that_is_given_in_both_spellings_is_refused(tmp_path: Path) -> None:
    assert "max_hours" in refusal_of("--config", config(tmp_path, "max-hours = 1\nmax_hours = 2"))


def test_a_missing_file_is_refused_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "missing.toml"

    assert f"--config: cannot read {path}: No such file or directory" in refusal_of("--config", str(path))
    assert str(path) in refusal_of(HPO_JOB_CONFIG=str(path))


def test_a_directory_is_refused_as_a_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="Is a directory"):
        load_config(tmp_path)


def test_an_empty_file_gives_nothing(tmp_path: Path) -> None:
    assert load_config(Path(config(tmp_path, "# nothing yet\n"))) == {}


def test_an_unknown_option_of_the_command_line_is_refused() -> None:
    assert "--trails" in refusal_of("--trails", "3")


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("surrogate", "Forest", Surrogate.RANDOM_FOREST),
        ("surrogate", "gaussian-process", Surrogate.GAUSSIAN_PROCESS),
        ("surrogate", "Additive-GP", Surrogate.ADDITIVE_GAUSSIAN_PROCESS),
        ("surrogate", "additive gaussian process", Surrogate.ADDITIVE_GAUSSIAN_PROCESS),
        ("surrogate", "et", Surrogate.EXTRA_TREES),
        ("acquisition", "pi", Acquisition.PROBABILITY_OF_IMPROVEMENT),
        ("acquisition", "Expected Improvement", Acquisition.EXPECTED_IMPROVEMENT),
        ("log_format", "JSON", LogFormat.JSON),
        ("if_locked", "Wait", IfLocked.WAIT),
    ],
)
def test_a_choice_is_understood_in_any_case_and_in_full_wherever_it_comes_from(
    name: str, text: str, value: object, tmp_path: Path
) -> None:
    path = config(tmp_path, f'{name} = "{text}"\n')

    assert getattr(settings_of(f"--{name.replace('_', '-')}", text), name) is value
    assert getattr(settings_of(**{_variable(name): text}), name) is value
    assert getattr(settings_of("--config", path), name) is value


def test_a_relative_path_of_data_is_kept_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)

    assert settings_of("--data", "mnist").data == tmp_path / "mnist"
    assert settings_of("--config", config(tmp_path, 'data = "../mnist"')).data == tmp_path / ".." / "mnist"


def test_a_former_name_of_an_option_is_understood_and_not_shown(tmp_path: Path) -> None:
    path = config(tmp_path, 'data-dir = "/old"')
    for settings in (settings_of("--config", path), settings_of(HPO_JOB_DATA_DIR="/old")):
        assert (settings.data, settings.given) == (Path("/old"), frozenset({"data"}))
    assert settings_of(HPO_JOB_DATA_DIR="/old", HPO_JOB_DATA="/new").data == Path("/new")
    assert "data" in refusal_of("--config", config(tmp_path, 'data-dir = "/old"\ndata = "/new"'))
    assert "data-dir" not in CliRunner().invoke(app, ["--help"]).output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--run-for", "9" * 400), "--run-for: expected a finite number"),
        (("--grace-seconds", "1e300"), "--grace-seconds: expected at most 1,000,000,000"),
        (("--batch-size", "9" * 30), "--batch-size: expected at most 9,223,372,036,854,775,807"),
        (("--objective", "val_\ud8ff:max"), "--objective: expected text that can be printed"),
        (("--problem", "a\nb"), "--problem: expected text that can be printed"),
    ],
)
def test_what_nothing_could_count_or_print_is_refused(arguments: tuple[str, ...], said: str) -> None:
    assert said in refusal_of(*arguments)
