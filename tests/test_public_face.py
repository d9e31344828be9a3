"""What `from job import …` gives to users' problems, scripts and notebooks."""

import subprocess
import sys

import pytest

import job


def test_every_public_name_can_be_imported() -> None:
    names = [name for name in job.__all__ if name != "__version__"]
    assert [getattr(job, name).__name__ for name in names] == names
    assert names == ["Categorical", "Data", "Images", "Integer", "Ordinal", "Real", "open_study", "search"]
    with pytest.raises(AttributeError, match="has no attribute 'Reel'"):
        _ = job.Reel


def test_to_describe_a_space_and_to_open_a_study_imports_nothing_heavy() -> None:
    program = "import sys; from job import Categorical, Integer, Ordinal, Real, open_study; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not {"keras", "matplotlib", "numpy", "rich", "skopt", "tensorflow", "typer"} & set(done.stdout.split())
