"""`hpo-job check` as a command."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from job.errors import ExitCode
from tests.cli.here import hpo_job
from tests.fakes import ROOT_OF_SOURCES
from tests.problems.own import PROBLEM, write_problem


def test_what_is_no_problem_or_does_not_fit_one_is_refused_as_in_a_search(tmp_path: Path) -> None:
    done = hpo_job("check", tmp_path / "churn.py")
    assert done.returncode == ExitCode.USAGE and "expected a file of Python" in done.stderr
    done = hpo_job("check", "digits", "--fix", "units=3")
    assert done.returncode == ExitCode.USAGE and "the problem has no dimension units" in done.stderr


CRASHING = """def create_model(learning_rate, width, momentum):
    if (width, momentum) == (32, 0.5):
        os._exit(3)
"""


@pytest.mark.slow
def test_a_crash_at_one_point_and_a_dimension_without_effect_are_told(tmp_path: Path) -> None:
    text = PROBLEM.replace('Integer("width", 2, 32)]', 'Integer("width", 2, 32), Real("momentum", 0, 1)]')
    text = text.replace('"width": 8}', '"width": 8, "momentum": 0.5}').replace(
        "import keras\n", "import keras\nimport os\n"
    )
    write_problem(tmp_path, text=text.replace("def create_model(learning_rate, width):\n", CRASHING))
    given = ("--fix=learning_rate=0.01", "--choices=width=8,32", "--choices=momentum=0.0,0.5")
    done = subprocess.run(
        [sys.executable, "-m", "job", "check", "churn.py", "--full", "--json", *given],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT_OF_SOURCES)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (ExitCode.USAGE, "")
    told = json.loads(done.stdout)
    crash, ignored = told["findings"]
    assert crash["told"] == "a model and a batch: its process ended by itself with exit code 3 (at width 32)"
    assert ignored["told"].startswith("momentum seems to change nothing") and ignored["place"] == "churn.py, line 9"
    assert not told["not_done"] and told["search_seconds"] > 0
    assert {each.name for each in tmp_path.iterdir()} == {"churn.py", "shapes.py"}
