"""What the benchmark of starts measures."""

import importlib
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parents[2] / "scripts" / "benchmarks"


@pytest.fixture
def modules(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that imports a module of the benchmarks."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module


def test_a_schedule_is_counted_over_thirty_days(modules: Any) -> None:
    figures = modules("starts").in_a_month(10, wall_seconds=1.0, processor_seconds=0.5)
    assert [(each.value, each.unit) for each in figures] == [(4320, ""), (1.2, "h"), (0.6, "h")]


def test_the_table_for_kubernetes_is_what_its_seconds_come_to(modules: Any) -> None:
    text = (BENCHMARKS.parents[1] / "docker" / "kubernetes" / "README.md").read_text()
    measured = re.search(r"a start takes (\S+) s, and (\S+) s of a processor", text)
    assert measured is not None
    wall, processor = map(float, measured.groups())
    rows = re.findall(r"\| (?:(\d+) minutes|minute) \| (\S+) \| (\S+) h \| (\S+) h \|", text)
    assert [int(minutes or 1) for minutes, *_ in rows] == [1, 5, 10]
    for minutes, *told in rows:
        starts, clock, of_processor = modules("starts").in_a_month(int(minutes or 1), wall, processor)
        assert told == [f"{starts.value:,}", f"{clock.value:.1f}", f"{of_processor.value:.1f}"]


def test_processor_time_is_that_of_a_process_and_of_those_that_it_starts(modules: Any) -> None:
    busy = "import time\nwhile time.process_time() < 0.2: pass"
    program = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {busy!r}])\n{busy}"
    seconds = modules("figures").processor_seconds_of(lambda: subprocess.run([sys.executable, "-c", program]))
    assert 0.4 <= seconds < 1.0
