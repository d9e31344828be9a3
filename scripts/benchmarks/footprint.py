"""How light the program is: its commands' CPU seconds, the memory of a search's own process, the files it leaves.

CPU seconds of `--help` and `status` are user and system time together, the median of 5 runs. Memory is that of the
process that searches, without those that train: VmRSS in /proc, read when the trial after the one in question starts,
and its peak, VmHWM. It is read during a search of the digits of 40 trials of one epoch; then `result.joblib` is
weighed, and the same command is run again, which finds nothing left to do. Whether that imports TensorFlow, or the
server of the processes that do, is seen in a run by itself.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from figures import CannotMeasureError, Figure, exit_code, processor_seconds_of, show
from program import run, running, search_arguments

_RUNS = 5
_KILOBYTE = 1000  # bytes
_KIBIBYTES_PER_MEGABYTE = 1e6 / 1024
# From this trial on, memory should not grow.
_FLAT_FROM = 5


@dataclass(frozen=True)
class Memory:
    """Of one process, in megabytes."""

    resident: float
    peak: float


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure how light the program is.")
    parser.add_argument("--trials", type=int, default=40, help="trials of the search")
    parser.add_argument("--directory", type=Path, help="where the state is written; without it, the system's own")
    options = parser.parse_args()
    if options.trials <= _FLAT_FROM:
        parser.error(f"expected more than {_FLAT_FROM} trials")
    sys.exit(exit_code(lambda: _measure(options.trials, options.directory)))


def _measure(trials: int, directory: Path | None) -> None:
    with tempfile.TemporaryDirectory(dir=directory) as folder:
        state = Path(folder) / "state"
        memories = memory_after_trials(state, trials)
        show(f"Memory of a search of {trials} trials", _of_memory(memories, trials))
        show(f"Commands and files after {trials} trials", [*_of_commands(state), *_of_finished_search(state, trials)])


def memory_after_trials(state: Path, trials: int) -> dict[int, Memory]:
    """Search, and return the memory of the process after each trial, by the trial's number."""
    memories: dict[int, Memory] = {}
    with running(*search_arguments(state, trials)) as (pid, lines):
        for line in lines:
            match event_in(line):
                case {"event": "trial_started", "number": number}:
                    memories[number - 1] = memory_of(pid)
                case {"event": "test_started"}:
                    memories[trials] = memory_of(pid)
    return memories


def event_in(line: str) -> object:
    """Return the event that a search has told in a line."""
    try:
        return json.loads(line)
    except ValueError as error:
        raise CannotMeasureError(f"expected an event of the search in JSON, found {line.rstrip()!r}") from error


def memory_of(pid: int) -> Memory:
    """Return what a process takes now, and has taken at most."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except FileNotFoundError as error:
        raise CannotMeasureError(f"the memory of processes cannot be read: {error}") from error
    kibibytes = {
        name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines) if "kB" in rest
    }
    return Memory(kibibytes["VmRSS"] / _KIBIBYTES_PER_MEGABYTE, kibibytes["VmHWM"] / _KIBIBYTES_PER_MEGABYTE)


def _of_memory(memories: Mapping[int, Memory], trials: int) -> list[Figure]:
    numbers = sorted({*range(_FLAT_FROM, trials, _FLAT_FROM), trials})
    if missing := [number for number in numbers if number not in memories]:
        raise CannotMeasureError(f"the search has not told of the trials after {missing}")
    resident = [memories[number].resident for number in numbers]
    growth = 100 * (max(resident) - min(resident)) / resident[0]
    return [
        *(
            Figure(name=f"resident after trial {number}", value=memory, unit="MB", target=400)
            for number, memory in zip(numbers, resident, strict=True)
        ),
        Figure(name="peak", value=memories[trials].peak, unit="MB", target=400),
        Figure(name=f"change from trial {numbers[0]} on", value=growth, unit="%", target=5),
    ]


def _of_commands(state: Path) -> list[Figure]:
    commands = {"--help": ("--help",), "status": ("status", "--state", str(state))}
    return [
        Figure(
            name=f"hpo-job {name}, CPU",
            value=median(processor_seconds_of(partial(run, *command)) for _ in range(_RUNS)),
            unit="s",
            target=0.3,
        )
        for name, command in commands.items()
    ]


def _of_finished_search(state: Path, trials: int) -> list[Figure]:
    search = search_arguments(state, trials)
    size = (state / "result.joblib").stat().st_size / _KILOBYTE
    before = time.perf_counter()
    run(*search)
    seconds = time.perf_counter() - before
    return [
        Figure(name="result.joblib", value=size, unit="kB", target=200),
        Figure(name="second search, nothing left to do", value=seconds, unit="s", target=2),
        Figure(name="  imports for TensorFlow in it", value=_imports_for_tensorflow(search), unit="", target=0),
    ]


def _imports_for_tensorflow(search: tuple[str, ...]) -> int:
    """Count the imports of TensorFlow, and of the server that imports it, whose own output is muted."""
    # Python then writes a line for each module: import time: 946 | 946 | job
    log = run(*search, PYTHONPROFILEIMPORTTIME="1")
    imported = [line.rpartition("|")[2].strip() for line in log.splitlines()]
    if "job" not in imported:
        raise CannotMeasureError("Python has not told what it imports")
    return sum(imported.count(module) for module in ("tensorflow", "multiprocessing.forkserver"))


if __name__ == "__main__":
    main()
