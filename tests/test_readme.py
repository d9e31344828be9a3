"""The examples of the README are run as they stand there, but for shorter searches."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.fakes import ROOT_OF_SOURCES

# What takes long in an example, and what stands in its place.
_SHORTER = {"EPOCHS = 20": "EPOCHS = 2", "trials=40": "trials=6, initial_points=3"}


def python_blocks() -> dict[str, str]:
    """Return the Python code in the README, by the first word of it that no other block begins with."""
    text = (ROOT_OF_SOURCES / "README.md").read_text()
    blocks = re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    return {" ".join(block.split()[:2]): shortened(block) for block in blocks}


def shortened(code: str) -> str:
    for long, short in _SHORTER.items():
        code = code.replace(long, short)
    if importlib.util.find_spec("pandas") is None:
        code = re.sub(r"^.*to_frame\(\).*\n", "", code, flags=re.MULTILINE)
    return code


def write_customers(file: Path) -> None:
    random = np.random.default_rng(0)
    x, x_test = random.normal(size=(100, 4)), random.normal(size=(40, 4))
    np.savez(file, x=x, churned=x[:, 0] > 0, x_test=x_test, churned_test=x_test[:, 0] > 0)


@pytest.mark.slow
def test_a_problem_of_ones_own_is_searched_from_python_and_drawn_by_scikit_optimize(tmp_path: Path) -> None:
    blocks = python_blocks()
    write_customers(tmp_path / "customers.npz")
    (tmp_path / "churn.py").write_text(blocks.pop("# churn.py,"))
    script = tmp_path / "script.py"
    script.write_text(
        "\n".join(blocks.values()) + '\nassert model.count_params() and len(result.x_iters) == 6\nprint("through")\n'
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT_OF_SOURCES), "MPLBACKEND": "Agg"}
    done = subprocess.run([sys.executable, script], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout == "through\n", done.stderr
