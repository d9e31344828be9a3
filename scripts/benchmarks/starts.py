"""What a start of `hpo-job search` costs where nothing is left to do, and a schedule of such starts in a month.

That is what cron, and a CronJob that nobody has suspended, go on doing when a search is finished. The search is one of
the digits. Starts are timed as whole processes, from their start to their end; those in a container take as much more
as `image.py` tells, and a node for them is not in the figures at all. Processor time is that of the process and of all
that it has started.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

from figures import Figure, exit_code, processor_seconds_of, seconds_of, show
from program import run, search_arguments

_TRIALS = 40
_TARGET_SECONDS = 1.0  # what docker/kubernetes/README.md promises
_SECONDS_OF_A_MONTH = 30 * 24 * 3600
_SECONDS_OF_AN_HOUR = 3600
_PERIODS_MINUTES = (1, 5, 10)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--starts", type=int, default=20)
    parser.add_argument("--trials", type=int, default=_TRIALS, help="of the search that is finished")
    options = parser.parse_args()
    if options.starts < 1:
        parser.error("expected one or more starts")
    sys.exit(exit_code(lambda: _measure(options.starts, options.trials)))


def _measure(starts: int, trials: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        search = partial(run, *search_arguments(Path(folder, "state"), trials))
        search()
        wall, processor = zip(*(_start(search) for _ in range(starts)), strict=True)
    figures = [
        Figure(name="wall clock", value=median(wall), unit="s", target=_TARGET_SECONDS),
        Figure(name="  longest", value=max(wall), unit="s"),
        Figure(name="processor time", value=median(processor), unit="s"),
    ]
    show(f"A start on a finished search of {trials} trials, median of {starts}", figures)
    for minutes in _PERIODS_MINUTES:
        show(f"Every {minutes} min, in a month of 30 days", in_a_month(minutes, median(wall), median(processor)))


def _start(search: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds of the wall clock and of the processor that a start takes."""
    wall: list[float] = []
    processor = processor_seconds_of(lambda: wall.append(seconds_of(search)))
    return wall[0], processor


def in_a_month(minutes: int, wall_seconds: float, processor_seconds: float) -> list[Figure]:
    """Return what a start every so many minutes comes to."""
    starts = _SECONDS_OF_A_MONTH // (60 * minutes)
    return [
        Figure(name="starts", value=starts, unit=""),
        Figure(name="wall clock", value=starts * wall_seconds / _SECONDS_OF_AN_HOUR, unit="h"),
        Figure(name="processor time", value=starts * processor_seconds / _SECONDS_OF_AN_HOUR, unit="h"),
    ]


if __name__ == "__main__":
    main()
