"""How many more trials an hour a search ends with two workers than with one.

Both have `--threads 1` and the same lookahead and seed, so they train the same trials, which is checked. In each round
they come one after the other. Counted is the time from the first start of a trial to the last end of one: the start of
the program and the report are not.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path
from statistics import median

from figures import CannotMeasureError, Figure, exit_code, show
from kill import timeless
from program import read_study, run

from job.core.study import Study

_TARGET = 1.8  # on two cores
_SECONDS_PER_HOUR = 3600


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the trials an hour with several workers, against one.")
    parser.add_argument("--problem", default="digits")
    parser.add_argument("--data", type=Path, help="where its data are")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--lookahead", type=int, default=4)
    parser.add_argument("--trials", type=int, default=24)
    parser.add_argument("--epochs", type=int, default=8, help="of a trial")
    parser.add_argument("--rungs", default="auto")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    if len(os.sched_getaffinity(0)) < options.workers:
        parser.error(f"expected {options.workers} cores for as many workers")
    sys.exit(exit_code(lambda: _measure(options)))


def _measure(options: argparse.Namespace) -> None:
    pairs = [_round(options) for _ in range(options.rounds)]
    ratios = [several / one for one, several in pairs]
    show(
        f"{options.trials} trials of {options.problem}, {options.epochs} epochs, rungs {options.rungs}",
        [
            Figure(name="trials an hour, one worker", value=median(one for one, _ in pairs), unit=""),
            Figure(name=f"the same, {options.workers} workers", value=median(several for _, several in pairs), unit=""),
            Figure(name="ratio, median of the rounds", value=median(ratios), unit="", target=_TARGET, better="more"),
            Figure(name="ratio, least of the rounds", value=min(ratios), unit=""),
        ],
    )


def _round(options: argparse.Namespace) -> tuple[float, float]:
    """Return the trials an hour of one worker and of several."""
    with tempfile.TemporaryDirectory() as folder:
        one = _search(Path(folder, "one"), 1, options)
        several = _search(Path(folder, "several"), options.workers, options)
    if timeless(one).trials != timeless(several).trials:
        raise CannotMeasureError("expected the same trials of both searches, found others")
    return _trials_an_hour(one), _trials_an_hour(several)


def _search(state: Path, workers: int, options: argparse.Namespace) -> Study:
    size = (f"--trials={options.trials}", f"--epochs={options.epochs}", f"--rungs={options.rungs}", "--confirm=none")
    run(
        *("search", f"--problem={options.problem}", f"--state={state}", *size),
        *((f"--data={options.data}",) if options.data else ()),
        *(f"--workers={workers}", f"--lookahead={options.lookahead}", "--threads=1", "--no-tensorboard"),
    )
    return read_study(state)


def _trials_an_hour(study: Study) -> float:
    starts = [trial.started_at for trial in study.trials if trial.started_at is not None]
    ends = [trial.ended_at for trial in study.trials if trial.ended_at is not None]
    return len(ends) * _SECONDS_PER_HOUR / (max(ends) - min(starts))


if __name__ == "__main__":
    main()
