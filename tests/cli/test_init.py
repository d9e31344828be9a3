"""`hpo-job init` as a command."""

import ast
from pathlib import Path

import pytest

from job.errors import ExitCode
from job.settings.choices import ProblemKind
from tests.cli.here import hpo_job


@pytest.mark.parametrize("kind", ProblemKind)
def test_a_problem_of_each_kind_is_short_and_speaks_of_itself_by_its_name(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "churn.py"
    done = hpo_job("init", file, "--kind", kind)
    assert (done.returncode, done.stderr) == (ExitCode.OK, "")
    assert f"hpo-job check {file}" in done.stdout and f"hpo-job search --problem {file}" in done.stdout
    text = file.read_text()
    code = [line for line in ast.unparse(ast.parse(text)).splitlines() if line]
    assert "hpo-job check churn.py" in text and f"{kind}.py" not in text and len(code) < 60


def test_without_a_kind_it_is_of_a_table(tmp_path: Path) -> None:
    assert hpo_job("init", tmp_path / "churn.py").returncode == ExitCode.OK
    assert "load_breast_cancer" in (tmp_path / "churn.py").read_text()


def test_a_file_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "churn.py"
    file.write_text("mine")
    done = hpo_job("init", file)
    assert done.returncode == ExitCode.USAGE and "give another name, or remove it first" in done.stderr
    assert file.read_text() == "mine"


def test_no_folder_is_made_and_the_way_to_make_it_is_told(tmp_path: Path) -> None:
    done = hpo_job("init", tmp_path / "new" / "churn.py")
    assert done.returncode == ExitCode.USAGE and f"mkdir -p {tmp_path / 'new'}" in done.stderr
    assert not [*tmp_path.iterdir()]


def test_a_name_that_no_search_would_take_for_a_file_is_refused(tmp_path: Path) -> None:
    done = hpo_job("init", tmp_path / "churn")
    assert done.returncode == ExitCode.USAGE and "expected a name that ends with .py" in done.stderr
