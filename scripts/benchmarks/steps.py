"""What a step takes until it trains, and what a search with several at work takes of the memory.

The clock runs from `submit` until the trial would tell that its training begins. TensorFlow has been imported by the
server that its process is forked from; what it does when it is first used is counted. Shown are the median of the
repeats, the longest one, and the processor time, which does not depend on what else the machine does. The problem is
the digits, and MNIST too where --data has it; each with one thread, as beside other workers.

Memory is the peak of the process that searches, without those that train, over a search of the digits with four
workers; the most trials that have been at work at once are counted.
"""

import argparse
import itertools
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from figures import CannotMeasureError, Figure, exit_code, show
from footprint import event_in, memory_of
from program import running, search_arguments
from start_of import PARTS, Start, start_step

from job.executors import Executor, Returned, await_ending
from job.executors.processes import ProcessExecutor

_TARGET_SECONDS = 1.0
_TARGET_MEGABYTES = 300.0
_WORKERS = 4
_TRIALS = 12  # of the search with them


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the start of a step, and the memory of a search.")
    parser.add_argument("--repeats", type=int, default=10, help="steps of each problem")
    parser.add_argument("--data", type=Path, help="folder with MNIST, to time that too")
    options = parser.parse_args()
    if options.repeats < 1:
        parser.error("expected one or more repeats")
    sys.exit(exit_code(lambda: _measure(options.repeats, options.data)))


def _measure(repeats: int, data_path: Path | None) -> None:
    executor = ProcessExecutor()
    executor.prepare()
    show(f"Start of a step of digits, {repeats} repeats", _figures(executor, "digits", None, repeats))
    if data_path is not None:
        show(f"Start of a step of mnist, {repeats} repeats", _figures(executor, "mnist", data_path, repeats))
    with tempfile.TemporaryDirectory() as folder:
        show(f"A search with {_WORKERS} workers, {_TRIALS} trials", _of_search(Path(folder) / "state"))


def _figures(executor: Executor, problem: str, data_path: Path | None, repeats: int) -> list[Figure]:
    parts, processor = zip(*(_time(executor, problem, data_path) for _ in range(repeats)), strict=True)
    totals = [sum(each) for each in parts]
    return [
        Figure(name="start of a step", value=median(totals), unit="s", target=_TARGET_SECONDS),
        Figure(name="  longest", value=max(totals), unit="s"),
        Figure(name="  processor time", value=median(processor), unit="s"),
        *(
            Figure(name=f"  part: {name}", value=median(seconds), unit="s")
            for name, seconds in zip(PARTS, zip(*parts, strict=True), strict=True)
        ),
    ]


def _time(executor: Executor, problem: str, data_path: Path | None) -> tuple[list[float], float]:
    """Return the seconds of each part of a start, and the processor seconds of all."""
    with tempfile.TemporaryDirectory() as folder:
        submitted_at = time.monotonic()
        handle = executor.submit(start_step, problem, data_path, Path(folder), log=Path(folder) / "log.txt")
        ending = await_ending(executor, handle, lambda _: None)
    match ending:
        case Returned(Start(ends, processor_seconds)):
            return [end - begin for begin, end in itertools.pairwise([submitted_at, *ends])], processor_seconds
    raise CannotMeasureError(f"a step ended thus: {ending}")


def _of_search(state: Path) -> list[Figure]:
    at_work, most, peak = set[int](), 0, 0.0
    with running(*search_arguments(state, _TRIALS), "--workers", str(_WORKERS), "--threads", "1") as (pid, lines):
        for line in lines:
            match event_in(line):
                case {"event": "trial_started", "number": int(number)}:
                    at_work.add(number)
                case {"event": "trial_ended", "number": int(number)}:
                    at_work.discard(number)
                case {"event": "test_started"}:
                    peak = memory_of(pid).peak
            most = max(most, len(at_work))
    return [
        Figure(name="memory of the search process, peak", value=peak, unit="MB", target=_TARGET_MEGABYTES),
        Figure(name="  most trials at work at once", value=most, unit="", target=_WORKERS, better="more"),
    ]


if __name__ == "__main__":
    main()
