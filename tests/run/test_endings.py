"""However a run ends, its listener hears of the end once, and last; what trains is in tests/cli/test_search.py."""

import json
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from job import problems
from job.display.jsonl import JsonDisplay
from job.errors import ExitCode, JobError
from job.run.begin import run
from job.run.stopping import StopFlag
from job.settings import Settings
from job.settings.choices import IfLocked
from job.state.directory import StateDirectory


@pytest.fixture(autouse=True)
def _problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(problems.BUILT_IN, "light", "tests.cli.light")


def told(settings: Settings, *, stop: StopFlag | None = None) -> list[dict[str, Any]]:
    """Return what a run with these settings tells, each event as its record in a JSON log."""
    stream = StringIO()
    with JsonDisplay(stream) as display, suppress(JobError, AttributeError):
        run(settings, stop=stop or StopFlag(), listener=display)
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def settings_for(state: Path, **given: Any) -> Settings:
    return Settings(problem="light", state=state, in_process=True, **given)


def ending(records: list[dict[str, Any]]) -> tuple[int, str]:
    """Return the exit code and the reason of the one end that was told, which must come last."""
    assert [record["event"] for record in records].count("run_ended") == 1
    assert records[-1]["event"] == "run_ended"
    return records[-1]["exit_code"], records[-1]["reason"]


def test_a_bug_is_told_as_the_end_of_the_run(tmp_path: Path) -> None:
    code, reason = ending(told(settings_for(tmp_path, surrogate=None)))

    assert (code, reason.partition(": '")[0]) == (ExitCode.BUG, "a bug: AttributeError")


def test_data_that_cannot_be_loaded_are_told_with_the_traceback_from_the_problem_on(tmp_path: Path) -> None:
    code, reason = ending(told(settings_for(tmp_path)))

    said, where, *_, error = reason.splitlines()
    assert (code, said) == (ExitCode.USAGE, "tests.cli.light: load_data: expected data, found an error:")
    assert where == "Traceback (most recent call last):"
    assert "light.py" in reason.splitlines()[2]
    assert error == "AssertionError: there is nothing to train, so no data is needed"


def test_an_error_is_told_as_the_end_of_the_run_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "result.joblib").touch()
    records = told(Settings(problem="digits", state=tmp_path, in_process=True))

    assert ending(records)[0] == ExitCode.USAGE
    assert "--begin-from" in records[-1]["hint"]


def test_an_interruption_is_told_as_the_end_of_the_run(tmp_path: Path) -> None:
    code, reason = ending(told(settings_for(tmp_path, run_for=0.0)))

    assert (code, reason) == (ExitCode.TEMPORARY_FAILURE, "stopped: the time given with --run-for is over")


@pytest.mark.parametrize(
    ("if_locked", "code", "begins"),
    [(IfLocked.FAIL, ExitCode.CANNOT_CREATE, "another run holds"), (IfLocked.SKIP, ExitCode.OK, "nothing done: ")],
)
def test_a_run_that_finds_the_state_locked_tells_that_as_its_end(
    tmp_path: Path, if_locked: IfLocked, code: ExitCode, begins: str
) -> None:
    with StateDirectory(tmp_path).lock():
        found = ending(told(settings_for(tmp_path, if_locked=if_locked)))

    assert (found[0], found[1].startswith(begins)) == (code, True)


def test_a_problem_that_cannot_be_read_is_told_as_the_end_of_the_run(tmp_path: Path) -> None:
    records = told(settings_for(tmp_path, bounds=("depth=1:2",)))

    assert ending(records)[0] == ExitCode.USAGE
