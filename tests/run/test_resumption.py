"""The main promise, in short; `scripts/benchmarks/kill.py` keeps it at length."""

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "scripts" / "benchmarks" / "kill.py"


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_an_interrupted_search_ends_like_an_unbroken_one() -> None:
    options = ["--trials=3", "--epochs=3", "--kills=8", "--longest=10", "--signal", "KILL", "TERM"]
    done = subprocess.run([sys.executable, str(BENCHMARK), *options], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no difference" in done.stdout
