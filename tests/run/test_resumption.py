"""The main promise, in short; `scripts/benchmarks/kill.py` keeps it at length."""

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "scripts" / "benchmarks" / "kill.py"


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("signal", ["KILL", "TERM"])
def test_an_interrupted_search_ends_like_an_unbroken_one(signal: str) -> None:
    options = ["--trials=3", "--epochs=3", "--kills=5", "--longest=10", f"--signal={signal}"]
    done = subprocess.run([sys.executable, str(BENCHMARK), *options], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no difference" in done.stdout
