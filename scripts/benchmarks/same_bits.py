"""Search with rungs and with one to four workers, each unbroken and killed at random instants, and compare the ends.

Every search is of the digits, with `--lookahead 8 --threads 1`. SIGKILL goes to the whole process group, as from a node
that goes away, and the same command goes on. Compared with the unbroken search of the first number of workers, bit by
bit: every trial (its point, status, rungs, curve, score and the digest of its weights); every step (its trial, virtual
worker and times, its thresholds, and where it stopped); the weights of best.keras; report.json and report.txt. Only
clocks, seconds and counts of attempts may differ.

Exits 0 when nothing differs, 1 when something does or a search fails.
"""

import argparse
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from figures import CannotMeasureError, exit_code, show_table
from kill import load, same_arrays, timeless, weights_of

from job.core.trial import Status
from job.state.directory import StateDirectory

_LOOKAHEAD = 8
_INITIAL_POINTS = 5
# What report.json tells of clocks and of the runs that it took.
_OF_RUNS = {"attempts", "command", "ended", "interruptions", "runs", "seconds", "started", "starts", "time"}
_OF_RUNS |= {"at_once", "training_seconds"}
_DURATION = re.compile(r"\d[\d.,]* (ms|s|min|h|d)\b( \d+ (s|min|h)\b)*")
_TOTALS = re.compile(r"\nTotals\n.*?\n\n", re.DOTALL)  # of time, runs and epochs trained again; the rest is in the JSON


@dataclass(frozen=True)
class Options:
    """What to search, how broad, and how often to break it."""

    workers: Sequence[int]
    trials: int
    epochs: int
    rungs: str
    kills: int
    seed: int


@dataclass(frozen=True)
class Differences:
    """In how many of its parts a search differs from the first one."""

    trials: int
    steps: int
    model: int
    report_json: int
    report_txt: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 3, 4])
    parser.add_argument("--trials", type=int, default=24)
    parser.add_argument("--epochs", type=int, default=3, help="of a trial")
    parser.add_argument("--rungs", default="auto")
    parser.add_argument("--kills", type=int, default=10, help="of each search that is broken")
    parser.add_argument("--seed", type=int, default=0, help="of the instants")
    options = Options(**vars(parser.parse_args()))
    rows: list[Sequence[str]] = []
    failed = exit_code(lambda: rows.extend(_compare(options)))
    if not rows:
        sys.exit(failed)
    show_table(
        f"{options.trials} trials of the digits, {options.epochs} epochs, rungs {options.rungs}", rows, right={2}
    )
    sys.exit(any(cell != "0" for row in rows[1:] for cell in row[-len(fields(Differences)) :]))


def _compare(options: Options) -> list[Sequence[str]]:
    """Return a row for each search, below a head."""
    rows: list[Sequence[str]] = [
        ("workers", "killed", "seconds", "stopped, completed", *(each.name for each in fields(Differences)))
    ]
    with tempfile.TemporaryDirectory() as folder:
        first = Path(folder, f"unbroken-{options.workers[0]}")
        for workers in options.workers:
            unbroken, broken = Path(folder, f"unbroken-{workers}"), Path(folder, f"broken-{workers}")
            seconds = _finish(unbroken, workers, options)
            rows.append(_row(workers, "no", seconds, first, unbroken))
            if options.kills:
                started_at = time.monotonic()
                times = _kill(broken, workers, options, longest=2 * seconds / options.kills)
                _finish(broken, workers, options)
                rows.append(_row(workers, f"{times} times", time.monotonic() - started_at, first, broken))
    return rows


def _row(workers: int, killed: str, seconds: float, first: Path, state: Path) -> Sequence[str]:
    study, found = load(state), _differences(first, state)
    ends = f"{len(study.stopped)}, {len(study.with_status(Status.COMPLETED))}"
    counts = (getattr(found, each.name) for each in fields(Differences))
    row = (str(workers), killed, f"{seconds:.0f}", ends, *(str(each) for each in counts))
    print("  ".join(row), file=sys.stderr, flush=True)
    return row


def _start(state: Path, workers: int, options: Options) -> "subprocess.Popen[bytes]":
    search = [sys.executable, "-m", "job", "search", "--problem=digits", f"--state={state}", "--threads=1"]
    plan = [f"--lookahead={_LOOKAHEAD}", f"--initial-points={_INITIAL_POINTS}", f"--rungs={options.rungs}"]
    size = [f"--trials={options.trials}", f"--epochs={options.epochs}", f"--workers={workers}"]
    return subprocess.Popen(
        [*search, *plan, *size, "--checkpoint-seconds=0.2"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def _finish(state: Path, workers: int, options: Options) -> float:
    """Run a search to its end, and return the seconds that took."""
    started_at = time.monotonic()
    process = _start(state, workers, options)
    _, errors = process.communicate()
    if process.returncode != 0:
        raise CannotMeasureError(f"expected exit code 0, found {process.returncode}:\n{errors.decode()}")
    return time.monotonic() - started_at


def _kill(state: Path, workers: int, options: Options, *, longest: float) -> int:
    """Start a search and kill it within `longest` seconds, again and again; return how often that hit it."""
    instants = random.Random(options.seed + workers)
    for landed in range(options.kills):
        process = _start(state, workers, options)
        try:
            _, errors = process.communicate(timeout=instants.uniform(0, longest))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            continue
        if process.returncode != 0:
            raise CannotMeasureError(f"a run ended with exit code {process.returncode}:\n{errors.decode()}")
        return landed  # it is over
    return options.kills


def _differences(one: Path, other: Path) -> Differences:
    first, second = timeless(load(one)), timeless(load(other))
    weights = [weights_of(StateDirectory(each).best_model) for each in (one, other)]
    jsons = [_timeless_json(json.loads(_report(each, "report.json"))) for each in (one, other)]
    texts = [_timeless_text(_report(each, "report.txt"), each) for each in (one, other)]
    return Differences(
        trials=_count_unequal(first.trials, second.trials),
        steps=_count_unequal(first.steps, second.steps),
        model=int(not same_arrays(*weights)),
        report_json=int(jsons[0] != jsons[1]),
        report_txt=int(texts[0] != texts[1]),
    )


def _count_unequal(one: Sequence[object], other: Sequence[object]) -> int:
    pairs = zip(one, other, strict=False)
    return sum(first != second for first, second in pairs) + abs(len(one) - len(other))


def _report(state: Path, name: str) -> str:
    data = StateDirectory(state).report_file(name)
    if data is None:
        raise CannotMeasureError(f"there is no {name} in {state}")
    return data.decode()


def _timeless_json(value: Any) -> Any:
    match value:
        case dict():
            return {name: _timeless_json(each) for name, each in value.items() if name not in _OF_RUNS}
        case list():
            return [_timeless_json(each) for each in value]
    return value


def _timeless_text(text: str, state: Path) -> str:
    """Return a report without times, without what is as wide as they are, and without the name of its directory."""
    told = _DURATION.sub("", _TOTALS.sub("\n", text.replace(str(state), "")))
    return " ".join(told.replace("─", " ").split())


if __name__ == "__main__":
    main()
