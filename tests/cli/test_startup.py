"""Commands that train nothing start without what only training needs."""

import subprocess
import sys
from pathlib import Path

import pytest

from job.proposals.result import dump_result
from job.state.directory import StateDirectory
from tests.fakes import study_of

HEAVY = {"dask", "joblib", "keras", "matplotlib", "numpy", "scipy", "skopt", "sklearn", "tensorflow"}


def imported_by(*arguments: str) -> set[str]:
    """Return the heavy libraries that a command has imported by its end."""
    program = f"""
import sys
sys.argv = ["hpo-job", *{arguments!r}]
from job.cli.app import run
from job.run.stopping import StopFlag
assert run(StopFlag()) == 0
print(*({HEAVY!r} & set(sys.modules)), file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(done.stderr.split())


@pytest.mark.parametrize("arguments", [("--help",), ("search", "--help"), ("--version",)])
def test_help_and_version_import_nothing_heavy(arguments: tuple[str, ...]) -> None:
    assert imported_by(*arguments) == set()


@pytest.mark.parametrize("command", ["status", "report"])
def test_what_reads_the_state_imports_nothing_heavy(command: str, tmp_path: Path) -> None:
    store = StateDirectory(tmp_path)
    study = study_of(0.9, None, 0.8)
    store.save(study)
    store.write_result(dump_result(study, with_model=True))
    assert imported_by(command, f"--state={tmp_path}") == set()
    assert imported_by(command, "--json", f"--state={tmp_path}") == set()


@pytest.mark.parametrize("arguments", [("enqueue", "--set=filters=8"), ("drop", "1"), ("retry", "2")])
def test_what_asks_something_of_a_search_imports_nothing_heavy(arguments: tuple[str, ...], tmp_path: Path) -> None:
    StateDirectory(tmp_path).save(study_of(0.9, None, 0.8))
    assert imported_by(*arguments, f"--state={tmp_path}") == set()
