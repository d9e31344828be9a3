"""What `from job import …` gives to users' problems and notebooks."""

import subprocess
import sys
from pathlib import Path

import pytest

import job
from job.errors import SettingsError
from job.state.directory import StateDirectory
from tests.fakes import study_of


def test_every_public_name_can_be_imported() -> None:
    assert {name: getattr(job, name).__name__ for name in job.__all__ if name != "__version__"} == {
        "Categorical": "Categorical",
        "Data": "Data",
        "Images": "Images",
        "Integer": "Integer",
        "Ordinal": "Ordinal",
        "Real": "Real",
        "open_study": "open_study",
    }
    with pytest.raises(AttributeError, match="has no attribute 'Reel'"):
        _ = job.Reel


def test_to_describe_a_space_and_to_open_a_study_imports_nothing_heavy() -> None:
    program = "import sys; from job import Categorical, Integer, Ordinal, Real, open_study; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not {"keras", "matplotlib", "numpy", "rich", "skopt", "tensorflow", "typer"} & set(done.stdout.split())


def test_a_study_is_opened_by_the_name_of_its_directory(tmp_path: Path) -> None:
    study = study_of(0.9)
    StateDirectory(tmp_path).save(study)
    assert job.open_study(str(tmp_path)) == study


def test_a_damaged_generation_is_told_and_the_one_before_opened(tmp_path: Path) -> None:
    store, study = StateDirectory(tmp_path), study_of(0.9)
    store.save(study)
    store.save(study_of(0.9, 0.95))
    store.study_file.write_text("{")
    told: list[str] = []
    assert job.open_study(tmp_path, warn=told.append) == study
    assert "study.json is damaged" in told[0]


def test_a_directory_without_a_search_is_told_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="there is no search in"):
        job.open_study(tmp_path)
