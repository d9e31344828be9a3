"""What the benchmarks of a cluster do to processes, and what stands for training there."""

import argparse
import importlib
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from job.executors import Handle, Raised, Returned

BENCHMARKS = Path(__file__).parents[2] / "scripts" / "benchmarks"
OPTIONS = {"workers": 4, "kills": 20, "freezes": 4, "longest": 16.0, "lost": 8.0}


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("broken")


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the executor whose calls are made in threads."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("sleeping").Threads()


def test_what_is_done_depends_on_the_seed_alone(broken: Any) -> None:
    one, again, other = (broken.draw_acts(argparse.Namespace(**OPTIONS, seed=seed)) for seed in (1, 1, 2))
    assert one == again != other
    frozen = [act.frozen for act in one if act.frozen is not None]
    assert (len(one), len(frozen)) == (24, 4)
    assert min(frozen) > 8.0 + 5.0, "longer than a worker is given up after"
    assert {act.whom for act in one} == {0, 1, 2, 3, 4}
    assert [act.frozen is None for act in one if not act.whom].count(True) == 6, "as many kills hit the search"


def test_what_is_killed_begins_again_and_what_is_frozen_thaws(broken: Any, tmp_path: Path) -> None:
    count = "import time\nwhile True: print(time.monotonic(), flush=True); time.sleep(0.01)"
    process = broken.Process("worker", [sys.executable, "-c", count], tmp_path / "log")
    try:
        assert process.wake() and not process.wake()
        first = process.running.pid
        process.kill(0.0)
        assert not process.is_at_work and process.wake() and process.running.pid != first
        until(process.told)
        process.freeze(0.2)
        time.sleep(0.05)
        told = process.told()
        assert not process.wake() and process.told() == told
        until(process.wake)
        until(lambda: process.told() != told)
        assert process.has_left() is None
    finally:
        process.kill(0.0)


def until(came: Any) -> None:
    deadline = time.monotonic() + 30
    while not came():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_call_in_a_thread_tells_its_events_before_it_ends(threads: Any) -> None:
    def told_twice(word: str, control: Any) -> str:
        control.tell(word)
        control.tell(word)
        return "done"

    def heard(handle: Handle) -> tuple[list[str], Any]:
        words = list[str]()
        while handle not in (ended := threads.wait([handle], words.append, 1.0)):
            pass
        return words, ended[handle]

    assert heard(threads.submit(told_twice, "word", log=None)) == (["word", "word"], Returned("done"))
    assert isinstance(heard(threads.submit(told_twice, log=None))[1], Raised)
