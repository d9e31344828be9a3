"""How good the points are that are proposed: whole searches on tables of real trainings, without any training.

The true rank of the luckiest point, which is the one with the best noisy score, after 10, 20, 40 and 100 trials: how
many per cent of the points of the space are truly better. Geometric means over tasks and seeds, with 95 % bootstrap
intervals. All engines have the same noise with the same seed, so that they are compared pair by pair: on all tasks, and
on those of each kind.

With `--save` each search that has ended is kept in a file, a line of JSON each, and taken from there the next time.
Such a file is of one version of all that proposes.
"""

import argparse
import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, product
from pathlib import Path

import numpy as np
from courses import Courses, Search, courses_of
from engines import ENGINES, OURS
from figures import exit_code, show_table
from numpy.typing import NDArray
from tasks import TASKS

_AFTER = (10, 20, 40, 100)  # trials
_LEAST = 1e-5  # is added to each rank, since logarithms are averaged and the rank of the best point is 0
_RESAMPLES = 5000
_PERCENT = 100

Logs = NDArray[np.float64]  # logarithms of ranks, (n_pairs, n_after)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure proposals by whole searches on tables of real trainings.")
    engines, tasks = ", ".join(ENGINES), ", ".join(TASKS)
    chosen = [OURS[0], "optuna-tpe", "random"]
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=chosen, metavar="ENGINE", help=engines)
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=list(TASKS), metavar="TASK", help=tasks)
    parser.add_argument("--trials", type=int, default=40, help="of a search")
    parser.add_argument("--seeds", type=int, default=16, help="searches of an engine on a task")
    parser.add_argument("--jobs", type=int, default=1, help="processes, each with one thread")
    parser.add_argument("--by-task", action="store_true", help="show the ranks on each task as well")
    parser.add_argument("--save", type=Path, metavar="FILE", help="keeps the searches that have ended")
    options = parser.parse_args()
    sys.exit(exit_code(lambda: _measure(options)))


def _measure(options: argparse.Namespace) -> None:
    after = [*(each for each in _AFTER if each < options.trials), options.trials]
    searches = [Search(*each) for each in product(range(options.seeds), options.engines, options.tasks)]
    courses = courses_of(searches, after, jobs=options.jobs, file=options.save)
    found = Comparison(options.engines, options.tasks, after, courses)
    head = [f"after {number}" for number in after]
    title = f"True rank of the luckiest point in %, {len(options.tasks)} tasks x {options.seeds} seeds"
    show_table(title, [["", *head, "processor time"], *_ranks(found)], right=set())
    if len(options.engines) > 1:
        show_table("Factor on the rank, pair by pair", [["", "", *head], *_factors(found)], right=set())
    if options.by_task:
        show_table("True rank by task in %", [["", "", *head], *_ranks_by_task(found)], right=set())


@dataclass(frozen=True)
class Comparison:
    """Searches of some engines on the same tasks with the same seeds."""

    engines: Sequence[str]
    tasks: Sequence[str]
    after: Sequence[int]  # trials
    courses: Courses

    def logs(self, engine: str, tasks: Collection[str]) -> Logs:
        """Return the logarithms of the ranks of an engine on some of the tasks, in the order of tasks and seeds."""
        pairs = sorted((each.task, each.seed) for each in self.courses if each.engine == engine and each.task in tasks)
        ranks = [self.courses[Search(seed, engine, task)].ranks for task, seed in pairs]
        return np.log([[each[number] + _LEAST for number in self.after] for each in ranks])

    @property
    def groups(self) -> dict[str, list[str]]:
        """The tasks, in a group of all and, where there are more, in one for each kind."""
        kinds = groupby(sorted(self.tasks), key=lambda task: task.partition("/")[0])
        groups = {kind: list(tasks) for kind, tasks in kinds}
        return {"all": list(self.tasks), **(groups if len(groups) > 1 else {})}


def _ranks(found: Comparison) -> Iterator[list[str]]:
    for engine in found.engines:
        seconds = [each.seconds[found.after[-1]] for search, each in found.courses.items() if search.engine == engine]
        yield [engine, *_means(_PERCENT, found.logs(engine, found.tasks)), f"{np.mean(seconds):.2g} s"]


def _factors(found: Comparison) -> Iterator[list[str]]:
    first, *others = found.engines
    for other, (group, tasks) in product(others, found.groups.items()):
        factors = found.logs(first, tasks) - found.logs(other, tasks)
        yield [f"{first} / {other}", group, *_means(1, factors)]


def _ranks_by_task(found: Comparison) -> Iterator[list[str]]:
    for task, engine in product(found.tasks, found.engines):
        yield [task, engine, *_means(_PERCENT, found.logs(engine, [task]))]


def _means(scale: float, logs: Logs) -> list[str]:
    """Return for each column the geometric mean times `scale`, with the interval that holds it in 95 % of resamples."""
    chance = np.random.default_rng(0)
    resamples = logs[chance.integers(len(logs), size=(_RESAMPLES, len(logs)))].mean(axis=1)
    bounds = np.quantile(resamples, [0.025, 0.975], axis=0)
    columns = scale * np.exp([logs.mean(axis=0), *bounds]).T
    return [f"{mean:.2g} ({low:.2g} to {high:.2g})" for mean, low, high in columns]


if __name__ == "__main__":
    main()
