"""Whether what a confirmation states holds: real searches of the digits, and their winners trained again and again.

After each search the winner's point is trained on seeds that nothing has been chosen or measured on. The interval that
the search has stated is to hold the mean of these, give or take the error of that mean itself. Beside it stands the
score that the winner had in the search.
"""

import argparse
import math
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean, stdev

from figures import CannotMeasureError, Figure, exit_code, show, show_table
from program import read_study, run

from job.core.confirmation import best_trial, confirmation_of
from job.core.study import Study
from job.data import DataSource
from job.executors import Executor, Returned, await_ending
from job.executors.processes import ProcessExecutor
from job.state.directory import TrialFiles
from job.statistics.seeds import over_seeds
from job.training import Completed, advance, setup_of

_FIRST_SEED = 1001  # of the fresh ones: beyond those of any confirmation
_CERTAIN = 1.96  # standard errors to either side, of 95 %
_SHARE = 0.9  # of the searches, at least
_PERCENT = 100


@dataclass(frozen=True)
class Outcome:
    """What a search says of its winner, and what comes of that, as shares."""

    trial: int
    in_search: float
    stated: float
    low: float
    high: float
    fresh: Sequence[float]

    @property
    def error(self) -> float:
        """The standard error of the mean of the fresh scores."""
        return stdev(self.fresh) / math.sqrt(len(self.fresh))

    @property
    def holds(self) -> bool:
        margin = _CERTAIN * self.error
        return self.low - margin <= fmean(self.fresh) <= self.high + margin


def main() -> None:
    parser = argparse.ArgumentParser(description="Check by repetition what confirmations state.")
    parser.add_argument("--searches", type=int, default=20)
    parser.add_argument("--first", type=int, default=0, help="seed of the first search")
    parser.add_argument("--trials", type=int, default=40, help="of each search")
    parser.add_argument("--confirm", default="auto")
    parser.add_argument("--fresh", type=int, default=20, help="trainings of each winner")
    options = parser.parse_args()
    sys.exit(exit_code(lambda: _measure(options)))


def _measure(options: argparse.Namespace) -> None:
    executor = ProcessExecutor()
    executor.prepare()
    found: dict[int, Outcome] = {}
    for seed in range(options.first, options.first + options.searches):
        with tempfile.TemporaryDirectory() as folder:
            found[seed] = _outcome(_search(Path(folder, "state"), seed, options), executor, Path(folder), options.fresh)
        print(*_row(seed, found[seed]), sep="  ", file=sys.stderr, flush=True)
    head = ("seed", "trial", "in the search", "stated", "95 % interval", f"mean of {options.fresh} fresh", "holds it")
    show_table("val_accuracy, %", [head, *(_row(seed, each) for seed, each in found.items())], right={0, 1, 2, 3})
    outcomes = tuple(found.values())
    show(
        f"{options.searches} searches of {options.trials} trials, --confirm {options.confirm}",
        [
            Figure(
                name="intervals that hold the mean",
                value=sum(each.holds for each in outcomes),
                unit="",
                target=_SHARE * options.searches,
                better="more",
            ),
            Figure(name="stated less fresh, mean", value=_mean_excess(outcomes, "stated"), unit="points"),
            Figure(name="in the search less fresh, mean", value=_mean_excess(outcomes, "in_search"), unit="points"),
        ],
    )


def _mean_excess(outcomes: Sequence[Outcome], name: str) -> float:
    return _PERCENT * fmean(getattr(each, name) - fmean(each.fresh) for each in outcomes)


def _row(seed: int, found: Outcome) -> tuple[str, ...]:
    shares = (f"{_PERCENT * each:.2f}" for each in (found.in_search, found.stated))
    interval = f"{_PERCENT * found.low:.2f} to {_PERCENT * found.high:.2f}"
    fresh = f"{_PERCENT * fmean(found.fresh):.2f} ± {_PERCENT * found.error:.2f}"
    return (str(seed), str(found.trial), *shares, interval, fresh, "yes" if found.holds else "no")


def _search(state: Path, seed: int, options: argparse.Namespace) -> Study:
    size = ("--problem=digits", f"--trials={options.trials}", f"--seed={seed}", "--threads=1")
    run("search", f"--state={state}", *size, f"--confirm={options.confirm}", "--no-tensorboard")
    return read_study(state)


def _outcome(study: Study, executor: Executor, folder: Path, fresh: int) -> Outcome:
    confirmation, winner, objective = confirmation_of(study), best_trial(study), study.fingerprint.objective
    if confirmation is None or winner is None or study.data is None:
        raise CannotMeasureError("expected a search that has confirmed its best trial")
    stated = over_seeds([each.score(objective) for each in confirmation.measuring], step=1 / study.data.validation)
    score = winner.score(objective)
    if stated is None or stated.interval is None or score is None:
        raise CannotMeasureError("expected an interval over two seeds or more")
    scores = [_train(study, winner.number, _FIRST_SEED + each, executor, folder) for each in range(fresh)]
    return Outcome(winner.number, score, stated.mean, *stated.interval, scores)


def _train(study: Study, number: int, seed: int, executor: Executor, folder: Path) -> float:
    """Return what a trial's point gives on a seed."""
    setup = replace(setup_of(study.fingerprint, DataSource()), replicate=seed, rungs=())
    files, params = TrialFiles(folder / str(seed)), study.trial(number).params
    handle = executor.submit(advance, setup, number, params, setup.epochs, (), files, log=files.log)
    match await_ending(executor, handle, lambda _: None):
        case Returned(Completed(history=history)):
            return history[-1][study.fingerprint.objective.metric]
        case ending:
            raise CannotMeasureError(f"a training ended thus: {ending}")


if __name__ == "__main__":
    main()
