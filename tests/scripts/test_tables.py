"""What the benchmark of proposals measures, on a table of four points."""

import importlib
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from job.core.space import Integer, Params, Space

BENCHMARKS = Path(__file__).parents[2] / "scripts" / "benchmarks"
# Four points with two trainings each, of which one of the best point's is missing.
LOSSES = np.array([[0.5, 0.5], [0.2, 0.4], [0.1, np.nan], [0.9, 0.9]])
HELD_OUT = ("naval", "protein", "parkinsons", "slice", "segment", "vehicle", "cifar100")


class Scripted:
    """An engine that asks for points in a known order."""

    def __init__(self, places: list[int]) -> None:
        self.left: Iterator[int] = iter(places)

    def ask(self) -> Params:
        return {"place": next(self.left)}

    def tell(self, loss: float) -> None:
        """Learn nothing."""


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    """Return a module of the benchmark; there are two tiny tasks more, and two engines that know their points."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    tasks, engines = importlib.import_module("tasks"), importlib.import_module("engines")
    for name, losses in {"tiny": LOSSES, "turned": LOSSES[::-1]}.items():
        task = tasks.table(name, [Integer("place", 0, 3)], losses)
        monkeypatch.setitem(tasks.TASKS, name, partial(lambda each: each, task))
    monkeypatch.setitem(engines._OTHERS, "upwards", lambda *_: Scripted([3, 0, 1, 2]))
    monkeypatch.setitem(engines._OTHERS, "downwards", lambda *_: Scripted([2, 1, 0, 3]))
    return importlib.import_module


@pytest.fixture
def run(
    benchmark: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[str, str]]:
    """Run the program on the tiny task, and return what it prints to standard output and to standard error."""
    tables = benchmark("tables")
    monkeypatch.setattr(tables, "ENGINES", (*tables.ENGINES, "upwards", "downwards"))

    def program(*options: str) -> tuple[str, str]:
        monkeypatch.setattr(sys, "argv", ["tables.py", "--tasks", "tiny", "--seeds", "2", *options])
        with pytest.raises(SystemExit) as ended:
            tables.main()
        printed = capsys.readouterr()
        assert ended.value.code == 0, printed.err
        return printed.out, printed.err

    return program


def test_the_rank_of_a_search_is_that_of_its_luckiest_point_by_the_mean_of_its_trainings(
    benchmark: Callable[[str], Any],
) -> None:
    courses = benchmark("courses")
    course = courses.course_of(courses.Search(0, "upwards", "tiny"), after=[1, 2, 3, 4])
    assert course.ranks == {1: 0.75, 2: 0.5, 3: 0.25, 4: 0.0}


def test_engines_meet_the_same_noise_and_seeds_another_one(benchmark: Callable[[str], Any]) -> None:
    task = benchmark("tasks").task_named("tiny")
    losses = [[task.evaluate({"place": 1}, seed, number) for number in range(20)] for seed in (0, 0, 1)]
    assert losses[0] == losses[1] != losses[2]
    assert set(losses[0]) == {0.2, 0.4}


def test_the_first_engine_is_compared_with_the_others_pair_by_pair(run: Callable[..., tuple[str, str]]) -> None:
    printed, _ = run("--engines", "downwards", "upwards", "--trials", "2")
    assert "downwards  0.001 (0.001 to 0.001)" in printed
    assert "upwards    50 (50 to 50)" in printed
    assert "downwards / upwards  all  2e-05 (2e-05 to 2e-05)" in printed


def test_engines_are_compared_on_each_kind_of_task_and_on_demand_on_each_task(
    run: Callable[..., tuple[str, str]],
) -> None:
    printed, _ = run("--engines", "downwards", "upwards", "--trials", "1", "--by-task", "--tasks", "tiny", "turned")
    assert "downwards / upwards  tiny    1.3e-05 (1.3e-05 to 1.3e-05)" in printed
    assert "downwards / upwards  turned  0.5 (0.5 to 0.5)" in printed
    assert "tiny    downwards  0.001 (0.001 to 0.001)" in printed
    assert "tiny    upwards    75 (75 to 75)" in printed
    assert "turned  downwards  25 (25 to 25)" in printed
    assert "turned  upwards    50 (50 to 50)" in printed


def test_searches_that_are_saved_are_not_done_again_but_for_one_that_was_cut_off(
    run: Callable[..., tuple[str, str]], benchmark: Callable[[str], Any], tmp_path: Path
) -> None:
    file = tmp_path / "searches.jsonl"
    options = ("--engines", benchmark("engines").OURS[0], "random", "--trials", "3", "--save", str(file))
    first, progress = run(*options)
    assert progress.count("\n") == 4
    assert run(*options) == (first, "")
    file.write_text(file.read_text()[:-10])
    _, progress = run(*options)
    assert progress.startswith("1 of 1: random on tiny, seed 1: ")
    assert run(*options)[1] == ""


def test_no_table_that_is_kept_for_judging_can_be_named(benchmark: Callable[[str], Any]) -> None:
    tasks = benchmark("tasks").TASKS
    assert len(tasks) == 6 + 2 + 3 + 2
    assert not [name for name in tasks for each in HELD_OUT if each in name]


def test_hartmans_function_has_its_least_value_where_the_literature_says(benchmark: Callable[[str], Any]) -> None:
    least = (0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573)
    columns = {f"x{number}": np.array([value]) for number, value in enumerate(least, start=1)}
    assert benchmark("noisy_functions").hartman(columns)[0] == pytest.approx(-3.32237, abs=1e-5)


def test_a_layer_that_is_not_there_has_no_say(benchmark: Callable[[str], Any]) -> None:
    functions = benchmark("noisy_functions")
    space: Space = functions.ALL["network"].space
    point = space.completed({"layers": 1})
    columns = {name: np.array([value]) for name, value in zip(space.names, space.values(point), strict=True)}
    other = columns | {"units_2": np.array([8]), "units_3": np.array([512])}
    assert functions.conditional_network(columns) == functions.conditional_network(other)
