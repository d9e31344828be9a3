"""How good the points are that are proposed: whole searches on tables of real trainings, without any training.

The true rank of the luckiest point, which is the one with the best noisy score, after 10, 20, 40 and 100 trials: how
many per cent of the points of the space are truly better. Geometric means over tasks and seeds, with 95 % bootstrap
intervals. All engines have the same noise with the same seed, so that they are compared pair by pair.

With `--save` each search that has ended is kept in a file, a line of JSON each, and taken from there the next time.
Such a file is of one version of all that proposes.
"""

import argparse
import sys
from collections.abc import Sequence
from itertools import product
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
    logs = {engine: _logs(courses, engine, after) for engine in options.engines}
    head = [f"after {number}" for number in after]
    count = f"{len(options.tasks)} tasks x {options.seeds} seeds"
    show_table(
        f"True rank of the luckiest point in %, {count}",
        [
            ["", *head, "processor time"],
            *([each, *_means(_PERCENT, logs[each]), _seconds(courses, each, options.trials)] for each in logs),
        ],
        right=set(),
    )
    first, *others = options.engines
    if others:
        rows = [[f"{first} / {each}", *_means(1, logs[first] - logs[each])] for each in others]
        show_table("Factor on the rank, pair by pair", [["", *head], *rows], right=set())
    if options.by_task:
        rows = [
            [task, engine, *_means(_PERCENT, _logs(courses, engine, after, task=task))]
            for task, engine in product(options.tasks, options.engines)
        ]
        show_table("True rank by task in %", [["", "", *head], *rows], right=set())


def _logs(courses: Courses, engine: str, after: Sequence[int], task: str | None = None) -> Logs:
    """Return the logarithms of the ranks of an engine, on all tasks or on one, in the order of tasks and seeds."""
    found = sorted((each.task, each.seed) for each in courses if each.engine == engine and task in {None, each.task})
    ranks = [courses[Search(seed, engine, task)].ranks for task, seed in found]
    return np.log([[each[number] + _LEAST for number in after] for each in ranks])


def _means(scale: float, logs: Logs) -> list[str]:
    """Return for each column the geometric mean times `scale`, with the interval that holds it in 95 % of resamples."""
    chance = np.random.default_rng(0)
    resamples = logs[chance.integers(len(logs), size=(_RESAMPLES, len(logs)))].mean(axis=1)
    bounds = np.quantile(resamples, [0.025, 0.975], axis=0)
    columns = scale * np.exp([logs.mean(axis=0), *bounds]).T
    return [f"{mean:.2g} ({low:.2g} to {high:.2g})" for mean, low, high in columns]


def _seconds(courses: Courses, engine: str, trials: int) -> str:
    """Return the mean processor time of a whole search."""
    found = [course.seconds[trials] for search, course in courses.items() if search.engine == engine]
    return f"{np.mean(found):.2g} s"


if __name__ == "__main__":
    main()
