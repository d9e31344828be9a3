"""Kill a search at random instants, start it again each time, and compare its end with an unbroken one's.

The whole process group gets the signal, or one of several in turn, as from a node that goes away or from Ctrl-C.
Compared, bit by bit: the point, status, logs after each epoch and score of every trial and of every replicate that
confirms; the weights of best.keras; the metrics on the test set; the points and values of result.joblib; and the text
of the report. Only times, and the count of interruptions, may differ.

Exits 0 when nothing differs, 1 when something does.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import cycle, islice
from pathlib import Path

import h5py
import numpy as np
import skopt

from job.core.study import Study
from job.core.tested import TestResult
from job.core.trial import Trial
from job.errors import ExitCode
from job.report.summary import summarize
from job.report.text import render_text
from job.state.directory import StateDirectory


@dataclass(frozen=True)
class Options:
    """What to run, and how to break it."""

    problem: str
    data: str | None
    trials: int
    epochs: int | None
    kills: int
    signals: tuple[signal.Signals, ...]  # sent in turn
    longest: float  # seconds that a run may live
    seed: int


def main() -> int:
    options = parse_options()
    with tempfile.TemporaryDirectory() as directory:
        unbroken, broken = Path(directory, "unbroken"), Path(directory, "broken")
        print(f"an unbroken search of {options.trials} trials takes {finish(unbroken, options):.1f} s", flush=True)
        landed = interrupt(broken, options)
        finish(broken, options)
        found = list(differences(unbroken, broken))
        study = load(broken)
    names = " and ".join(each.name for each in options.signals)
    print(f"{landed} of {options.kills} runs ended by {names}; the study counts {study.interruptions} interruptions")
    if not study.interruptions:
        print("none came while the search was at work: with more --kills, or another --longest, some will")
    print("\n".join(found) or "no difference: trials, curves, weights, test metrics, result and report are the same")
    return 1 if found else 0


def parse_options() -> Options:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--problem", default="digits")
    parser.add_argument("--data", help="folder with the problem's data, where it needs one")
    parser.add_argument("--trials", type=int, default=12)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument(
        "--signal", choices=["KILL", "TERM", "INT"], nargs="+", default=["KILL"], help="several: in turn"
    )
    parser.add_argument("--longest", type=float, default=7.0, help="seconds that a run lives at most")
    parser.add_argument("--seed", type=int, default=0, help="of the instants")
    given = vars(parser.parse_args())
    signals = tuple(signal.Signals[f"SIG{name}"] for name in given.pop("signal"))
    return Options(**given, signals=signals)


def start(state: Path, options: Options) -> "subprocess.Popen[bytes]":
    given = {"epochs": options.epochs, "data": options.data}
    also = [f"--{name}={value}" for name, value in given.items() if value is not None]
    search = [sys.executable, "-m", "job", "search", f"--problem={options.problem}", f"--state={state}"]
    return subprocess.Popen(
        [*search, f"--trials={options.trials}", "--initial-points=5", "--checkpoint-seconds=0.2", *also],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def finish(state: Path, options: Options) -> float:
    """Run the search to its end, and return the seconds that took."""
    started_at = time.monotonic()
    process = start(state, options)
    _, errors = process.communicate()
    if process.returncode != ExitCode.OK:
        sys.exit(f"expected exit code 0, found {process.returncode}:\n{errors.decode()}")
    return time.monotonic() - started_at


def interrupt(state: Path, options: Options) -> int:
    """Start the search and end it with a signal after a random time, again and again; return how often it hit."""
    instants = random.Random(options.seed)
    landed = 0
    for number in islice(cycle(options.signals), options.kills):
        process = start(state, options)
        try:
            _, errors = process.communicate(timeout=instants.uniform(0, options.longest))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, number)
            _, errors = process.communicate()
        landed += process.returncode != ExitCode.OK
        if process.returncode not in (ExitCode.OK, ExitCode.TEMPORARY_FAILURE, -number):
            sys.exit(f"a run ended with exit code {process.returncode}:\n{errors.decode()}")
    return landed


def differences(one: Path, other: Path) -> Iterator[str]:
    """Yield what differs between the ends of two searches."""
    first, second = timeless(load(one)), timeless(load(other))
    for before, after in zip(first.trials + first.replicates, second.trials + second.replicates, strict=False):
        if before != after:
            yield f"trial {before.number}: {before}\n     against {after}"
    if _counts(first) != _counts(second) or _tests(first) != _tests(second):
        yield f"{_counts(first)} and {_tests(first)} against {_counts(second)} and {_tests(second)}"
    if render_text(summarize(first)) != render_text(summarize(second)):
        yield "the reports differ"
    weights = [weights_of(StateDirectory(each).best_model) for each in (one, other)]
    if not same_arrays(*weights):
        yield "the weights of best.keras differ"
    results = [skopt.load(StateDirectory(each).result_file) for each in (one, other)]
    if results[0].x_iters != results[1].x_iters or list(results[0].func_vals) != list(results[1].func_vals):
        yield "the points or values of result.joblib differ"


def load(state: Path) -> Study:
    study = StateDirectory(state).read().study
    assert study is not None, f"{state} holds no study"
    return study


def timeless(study: Study) -> Study:
    """Return the study without times, counts of attempts, and what holds times: digests of models, lines of logs."""
    steps = tuple(replace(step, seconds=0.0, attempts=()) for step in study.steps)
    return replace(study, trials=_timeless(study.trials), replicates=_timeless(study.replicates), steps=steps, runs=())


def _timeless(trials: Iterable[Trial]) -> tuple[Trial, ...]:
    return tuple(
        replace(trial, seconds=0.0, started_at=None, ended_at=None, attempts=0, deaths=0, model_sha256="", log_tail="")
        for trial in trials
    )


def _counts(study: Study) -> str:
    return f"{len(study.trials)} trials and {len(study.replicates)} replicates"


def _tests(study: Study) -> tuple[TestResult | None, ...]:
    return study.test, *study.tests


def weights_of(model: Path) -> dict[str, np.ndarray]:
    """Return every array in a .keras file by its path."""
    arrays: dict[str, np.ndarray] = {}
    with zipfile.ZipFile(model) as archive, h5py.File(BytesIO(archive.read("model.weights.h5"))) as file:
        file.visititems(lambda path, item: arrays.update({path: item[()]}) if isinstance(item, h5py.Dataset) else None)
    return arrays


def same_arrays(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> bool:
    return bool(one) and one.keys() == other.keys() and all(np.array_equal(one[path], other[path]) for path in one)


if __name__ == "__main__":
    sys.exit(main())
