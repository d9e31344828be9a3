"""Stand-ins that the tests share."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from job.core.fingerprint import Fingerprint
from job.core.limits import Limits
from job.core.objective import parse_objective
from job.core.rungs import batches_at
from job.core.space import Categorical, Integer, Params, Real, Space
from job.core.study import Study
from job.core.trial import EpochLogs, RungScore

START = 1_750_000_000.0  # Unix time of the first run: 2025-06-15 15:06:40 UTC
TRIAL_SECONDS = 60.0
BATCHES = 41  # of an epoch
RUNGS = (0.11, 0.33, 1.0)  # of trials of 3 epochs

SPACE = Space(
    (
        Real("learning_rate", 1e-6, 1e-2, "log-uniform"),
        Integer("filters", 8, 64),
        Real("dropout", 0.0, 0.5),
        Categorical("activation", ("relu", "tanh")),
    )
)


@dataclass(frozen=True)
class Stop:
    """What a trial gets that stops early."""

    score: float  # at the rung
    rung: float = 0.33


def study_of(
    *scores: float | None,
    objective: str = "val_accuracy:max",
    epochs: int = 3,
    budget: int | None = 40,
    imported: Sequence[float] = (),
    running_epochs: int | None = None,
    running_batch: int = 0,
) -> Study:
    """Return a study whose trials got `scores`, None for a failed one, after those that were `imported`.

    Each trial took a minute. With `running_epochs` one more trial is in hand, so many epochs on, and `running_batch`
    batches of 41.
    """
    study = Study(fingerprint=_fingerprint(objective, epochs))
    study = study.open_run(now=START, limits=Limits(trials=budget, max_hours=None, patience=None))
    for value in imported:
        study = study.import_trial(_params(len(study.trials) + 1), value)
    for score in scores:
        study = _end(_begin(study), score)
    if running_epochs is not None:
        study = _begin(study)
        history, seconds = _history(study, 0.5)[:running_epochs], TRIAL_SECONDS * running_epochs / epochs
        if running_epochs or running_batch:
            number, batch = len(study.trials), running_batch
            study = study.get_on(number, history, seconds=seconds, batch=batch, batches=BATCHES)
    return study.touch_run(now=_now(study))


def study_with_rungs(
    *ends: float | Stop | None, rungs: tuple[float, ...] = RUNGS, objective: str = "val_accuracy:max"
) -> Study:
    """Return a study of trials of 3 epochs that have ended so, None for a failed one.

    Each took a minute, or the part of it up to the rung where it stopped. At a rung it lacked a tenth for each epoch
    that was left.
    """
    study = study_of(objective=objective)
    study = replace(study, fingerprint=replace(study.fingerprint, rungs=rungs))
    for end in ends:
        study = _end(_begin(study), end)
    return study.touch_run(now=_now(study))


def _fingerprint(objective: str, epochs: int) -> Fingerprint:
    return Fingerprint(
        problem="mnist",
        space=SPACE,
        default=_params(1),
        data="9f2c51d2a74be08b" * 4,
        seed=7,
        epochs=epochs,
        batch_size=128,
        objective=parse_objective(objective),
        surrogate="GP",
        acquisition="EI",
        initial_points=10,
        deterministic=True,
    )


def _params(number: int) -> Params:
    return {
        "learning_rate": 1e-6 * 10 ** (4 * (number * 0.37 % 1)),
        "filters": 8 + number * 11 % 57,
        "dropout": 0.5 * (number * 0.61 % 1),
        "activation": "relu" if number % 3 else "tanh",
    }


def _begin(study: Study) -> Study:
    number = len(study.trials) + 1
    return study.propose(_params(number)).start(number, now=_now(study))


def _end(study: Study, score: float | Stop | None) -> Study:
    number, now = len(study.trials), _now(study)
    if score is None:
        return study.fail(number, "the loss became NaN in epoch 1", now=now, log_tail="loss: nan")
    if isinstance(score, Stop):
        return _stop(study, score).pause(number, stopped_at=score.rung, now=now)
    history = _history(study, score)
    if rungs := _rung_scores(study, score, study.fingerprint.epochs):
        study = study.get_on(number, history, seconds=TRIAL_SECONDS, batches=BATCHES, rungs=rungs)
    return study.complete(number, history, seconds=TRIAL_SECONDS, now=now, model_sha256="0" * 64)


def _stop(study: Study, stop: Stop) -> Study:
    """Return a study whose last trial has come to the rung at which it stops."""
    rungs = _rung_scores(study, stop.score, stop.rung)
    seconds, (epochs, batch) = TRIAL_SECONDS * stop.rung / study.fingerprint.epochs, divmod(rungs[-1].batches, BATCHES)
    history = _history(study, stop.score)[-epochs:] if epochs else ()
    number = len(study.trials)
    return study.get_on(number, history, seconds=seconds, batch=batch, batches=BATCHES, rungs=rungs)


def _rung_scores(study: Study, score: float, until: float) -> tuple[RungScore, ...]:
    return tuple(
        RungScore(epochs=each, batches=batches_at(each, BATCHES), score=score - (until - each) / 10)
        for each in study.fingerprint.rungs
        if each <= until
    )


def _history(study: Study, score: float) -> tuple[EpochLogs, ...]:
    epochs, metric = study.fingerprint.epochs, study.fingerprint.objective.metric
    rest = range(epochs - 1, -1, -1)
    return tuple(
        {"loss": 0.1 + left / 10, "accuracy": 0.9, "val_loss": 0.2, "val_accuracy": 0.9, metric: score - left / 100}
        for left in rest
    )


def _now(study: Study) -> float:
    return START + TRIAL_SECONDS * len(study.trials)


@dataclass
class Clock:
    """Shows the seconds that a test has set."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


ROOT_OF_SOURCES = Path(__file__).parents[1]
# Before a command, as which root is held up by permissions like anyone else; and a user whose files hold it up.
POWERLESS = ("setpriv", "--bounding-set=-all")
OTHER_USER = 65_534

needs_root = pytest.mark.skipif(os.getuid() != 0, reason="mounting, and giving files away, takes root")


@dataclass(frozen=True)
class Mounted:
    """A file system that is mounted on `path`."""

    path: Path

    def make_read_only(self) -> None:
        subprocess.run(["mount", "-o", "remount,ro", self.path], check=True)

    def fill(self) -> None:
        """Take all its space with a file named `ballast`."""
        with suppress(OSError), (self.path / "ballast").open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))


@contextmanager
def tmpfs(path: Path, *, size: str = "1m") -> Iterator[Mounted]:
    """Mount a file system in memory on the directory `path`, with space for `size` bytes in pages of 4 KiB."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(path)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"cannot mount a tmpfs here: {done.stderr.strip()}")
    try:
        yield Mounted(path)
    finally:
        subprocess.run(["umount", path], check=True)


def contents_of(root: Path) -> dict[str, bytes]:
    """Return every file below `root` with what stands in it."""
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def run_python(program: str, *arguments: Path, before: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
    """Run a Python program that imports from here; `before` stands before the command."""
    return subprocess.run(
        [*before, sys.executable, "-c", program, *arguments],
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT_OF_SOURCES)},
        capture_output=True,
        text=True,
    )
