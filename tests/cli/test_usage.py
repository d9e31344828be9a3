"""What a wrong command line, environment or settings file is told: what, where, and what to do."""

import json
import sys
from pathlib import Path

import pytest

from job.cli.app import run
from job.errors import ExitCode
from job.run.stopping import StopFlag
from job.settings import option_names


@pytest.fixture(autouse=True)
def _nothing_is_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("CONFIG", *(name.upper() for name in option_names())):
        monkeypatch.delenv(f"HPO_JOB_{name}", raising=False)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> "Told":
    return Told(monkeypatch, capsys)


class Told:
    """Gives a command line that is wrong, and returns the lines of standard error."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def __call__(self, *arguments: str, **environment: str) -> list[str]:
        self._monkeypatch.setattr(sys, "argv", ["hpo-job", *arguments])
        for name, value in environment.items():
            self._monkeypatch.setenv(name, value)
        assert run(StopFlag()) == ExitCode.USAGE
        out, error = self._capsys.readouterr()
        assert out == ""
        return error.splitlines()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("search --trials=0", "--trials: expected 1 or more, found '0'"),
        ("search --trials=many", "--trials: expected a whole number, found 'many'"),
        ("search --max-hours=soon", "--max-hours: expected a number, found 'soon'"),
        ("search --run-for=soon", "--run-for: expected a duration such as 90, 50m or 1h30m, found 'soon'"),
        ("search --surrogate=GBRT", "--surrogate: expected one of additive-gp, GP, RF, ET, none, found 'GBRT'"),
        ("report --format=xml", "--format: expected one of text, json, csv, html, found 'xml'"),
        (
            "status --state=ftp://b/r",
            "--state: expected a path, or an address such as s3://BUCKET/PREFIX (s3, gs or az), found 'ftp://b/r'",
        ),
        ("search --state=", "--state: expected a path, found an empty text"),
        ("evaluate --data=s3://b", "--data: expected a path on this machine, found the address 's3://b'"),
        ("verify --data-dir=s3://b", "--data: expected a path on this machine, found the address 's3://b'"),
        ("predict", "FILE...: expected a value, found none"),
        ("search --trails=3", "no such option: --trails (Possible options: --strict, --threads, --trials)"),
        ("search extra", "got unexpected extra argument(s) (extra)"),
    ],
)
def test_a_wrong_use_is_one_line_and_one_on_what_to_do(told: Told, arguments: str, said: str) -> None:
    command = arguments.split(maxsplit=1)[0]
    assert told(*arguments.split()) == [f"hpo-job: {said}", f"what to do: see hpo-job {command} --help"]


@pytest.mark.parametrize("arguments", ["serch", "search --trials", "search --quiet=yes", "--verbose"])
def test_what_belongs_to_no_option_has_the_same_shape(told: Told, arguments: str) -> None:
    first, second = told(*arguments.split())
    assert first.startswith("hpo-job: ") and second.startswith("what to do: see hpo-job")


def test_a_value_of_the_environment_is_told_with_its_variable(told: Told) -> None:
    said = told("search", HPO_JOB_TRIALS="0")[0]
    assert said == "hpo-job: --trials: expected 1 or more, found '0' (from HPO_JOB_TRIALS in the environment)"
    said = told("evaluate", HPO_JOB_DATA_DIR=" ")[0]
    assert said == "hpo-job: --data: expected a path, found an empty text (from HPO_JOB_DATA_DIR in the environment)"


@pytest.mark.parametrize(
    ("toml", "found"),
    [("trials = 0", "expected 1 or more, found '0'"), ("max-hours = nan", "expected 0 or more, found 'nan'")],
)
def test_a_value_of_a_file_is_told_with_its_line(told: Told, tmp_path: Path, toml: str, found: str) -> None:
    path = tmp_path / "search.toml"
    path.write_text(f"# a comment\nseed = 1\n{toml}\n")
    option = toml.split(maxsplit=1)[0]
    assert told("search", f"--config={path}")[0] == f"hpo-job: --{option}: {found} (from {path}, line 3)"


def test_what_only_the_settings_together_show_is_told_with_its_source_too(told: Told, tmp_path: Path) -> None:
    path = tmp_path / "search.toml"
    path.write_text('"ping_url" = "nobody"\n')
    assert told("search", f"--config={path}")[0].endswith(f"found 'nobody' (from {path}, line 1)")
    assert told("search", HPO_JOB_BOUNDS="x")[0].endswith("found 'x' (from HPO_JOB_BOUNDS in the environment)")
    assert told("search", "--bounds=y", HPO_JOB_BOUNDS="x=1:2")[0].endswith("found 'y'")


def test_a_settings_file_that_is_a_dangling_link_is_called_one(told: Told, tmp_path: Path) -> None:
    link = tmp_path / "search.toml"
    link.symlink_to("nowhere")
    said = f"hpo-job: --config: cannot read {link}: {link} is a link to nowhere, which does not exist"
    assert told("search", f"--config={link}")[0] == said


def test_without_a_command_the_help_is_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["hpo-job"])
    assert run(StopFlag()) == ExitCode.USAGE
    out, error = capsys.readouterr()
    assert "search" in out and error == ""


def test_what_only_the_problem_shows_is_told_with_its_source_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HPO_JOB_BOUNDS", "speed=1:2")
    for log_format in ("lines", "json"):
        monkeypatch.setattr(sys, "argv", ["hpo-job", "search", "--problem=digits", f"--log-format={log_format}"])
        assert run(StopFlag()) == ExitCode.USAGE
        out, error = capsys.readouterr()
        assert error.count("the problem has no dimension speed (from HPO_JOB_BOUNDS in the environment)") == 1
        assert error.count("(from ") == 1
        assert [json.loads(line)["event"] for line in out.splitlines()] == (
            ["run_ended"] if log_format == "json" else []
        )
