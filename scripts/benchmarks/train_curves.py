"""Train the curves that pruning is measured on, by the program itself: `advance`, with rungs at tenths of an epoch.

Each trial is trained once for each metric, in a process of its own. With `--check` the first trials are trained again,
and compared with what is kept.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from curves import METRICS, NAMES, read, write
from figures import CannotMeasureError, exit_code

from job import problems
from job.core.events import Event
from job.core.objective import parse_objective
from job.core.space import Params
from job.data import DataSource
from job.proposals.designs import random_points
from job.state.directory import TrialFiles
from job.training import Completed, Setup, advance

_EPOCHS = {"digits": 9, "mnist": 3}
_TRIALS = {"digits": 300, "mnist": 60}
_TENTHS = tuple(tenth / 10 for tenth in range(1, 10))


class _Control:
    """Lets a trial be trained."""

    must_stop = False

    def tell(self, event: Event) -> None:
        pass


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the curves that pruning is measured on.")
    parser.add_argument("name", choices=NAMES, help="of the problem")
    parser.add_argument("--data", type=Path, help="where its data are")
    parser.add_argument("--jobs", type=int, default=1, help="processes, each with one thread")
    parser.add_argument("--check", type=int, metavar="TRIALS", help="how many to compare with what is kept")
    parser.add_argument("--metrics", nargs="+", choices=METRICS, default=METRICS, help="that are compared")
    options = parser.parse_args()
    sys.exit(exit_code(lambda: _train_or_check(options)))


def _train_or_check(options: argparse.Namespace) -> None:
    name, metrics = options.name, options.metrics if options.check else METRICS
    trials = _trained(name, options.check or _TRIALS[name], metrics, options)
    if not options.check:
        write(name, {"epochs": [*_TENTHS, *range(1, _EPOCHS[name] + 1)], "trials": trials})
        return
    for trial, kept in zip(trials, read(name)["trials"], strict=False):
        if any(np.any(np.float32(trial[metric]) != np.float32(kept[metric])) for metric in metrics):
            raise CannotMeasureError(f"expected {kept}, found {trial}")
    print(f"the same to the bit: {len(trials)} trials of {name}")


def _trained(name: str, count: int, metrics: Sequence[str], options: argparse.Namespace) -> list[dict[str, Any]]:
    space = problems.load(problems.module_name(name)).declared.space
    points = list(islice(random_points(space, 0, {}), count))
    trials = [{"number": number, "params": dict(point)} for number, point in enumerate(points, 1)]
    context = get_context("forkserver")
    context.set_forkserver_preload(["tensorflow", "keras"])
    with ProcessPoolExecutor(options.jobs, context, max_tasks_per_child=1) as pool:
        for metric in metrics:
            scores = pool.map(partial(_scores, name, options.data, metric), range(1, count + 1), points)
            for trial, found in zip(trials, scores, strict=True):
                trial[metric] = found
                print(f"trial {trial['number']}: {metric} {found[-1]:.6g}", flush=True)
    return trials


def _scores(name: str, data: Path | None, metric: str, number: int, params: Params) -> list[float]:
    """Return the scores of a trial at tenths of the first epoch, and after each."""
    setup = Setup(
        module=problems.module_name(name),
        data=DataSource(path=data),
        seed=0,
        epochs=_EPOCHS[name],
        batch_size=problems.load(problems.module_name(name)).declared.batch_size,
        objective=parse_objective(metric),
        deterministic=True,
        threads=1,
        checkpoint_seconds=3600.0,
        rungs=_TENTHS,
    )
    with tempfile.TemporaryDirectory() as directory:
        done = advance(setup, number, params, setup.epochs, (), TrialFiles(Path(directory)), _Control())
    assert isinstance(done, Completed), done
    return [*(rung.score for rung in done.rungs), *(logs[metric] for logs in done.history)]


if __name__ == "__main__":
    main()
