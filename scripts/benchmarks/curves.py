"""Learning curves of real trainings, which are kept beside this module: what the pruning is measured on.

Each file has the validation scores of trials of a built-in problem at random points, at tenths of the first epoch and
after every epoch. `train_curves.py` trains them.
"""

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from job.core.objective import parse_objective

METRICS = ("val_accuracy", "val_loss")
_FOLDER = Path(__file__).with_name("curves")
NAMES = ("digits", "mnist")


@dataclass(frozen=True, eq=False)
class Curves:
    """The losses of trials, of which less is better: (n_trials, n_epochs), after so many `epochs` each."""

    epochs: NDArray[np.float64]
    losses: NDArray[np.float64]

    def at(self, rungs: tuple[float, ...]) -> "Curves":
        """Return the losses at the places nearest to the rungs, and at the end."""
        places = [int(np.argmin(np.abs(self.epochs - rung))) for rung in rungs]
        return Curves(self.epochs[[*places, -1]], self.losses[:, [*places, -1]])


def read_curves(name: str, metric: str) -> Curves:
    """Return the curves of a problem by one of its metrics."""
    kept = read(name)
    sign = parse_objective(metric).sign
    scores = [trial[metric] for trial in kept["trials"]]
    return Curves(np.array(kept["epochs"], dtype=float), sign * np.array(scores, dtype=np.float32).astype(float))


def read(name: str) -> dict[str, Any]:
    """Return what is kept: `epochs`, and `trials` with `number`, `params` and the scores by each metric."""
    with gzip.open(_FOLDER / f"{name}.json.gz", "rt") as file:
        return json.load(file)


def write(name: str, kept: dict[str, Any]) -> None:
    """Keep curves, the scores in the digits of the 32-bit numbers that they are."""
    trials = [{**each, **{metric: _short(each[metric]) for metric in METRICS}} for each in kept["trials"]]
    text = json.dumps({**kept, "trials": trials}, separators=(",", ":"))
    _FOLDER.mkdir(exist_ok=True)
    (_FOLDER / f"{name}.json.gz").write_bytes(gzip.compress(text.encode(), mtime=0))


def _short(scores: Sequence[float]) -> list[float]:
    return [float(str(np.float32(score))) for score in scores]
