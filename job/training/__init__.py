"""Training as the rest of the program sees it: `advance` a trial, and `evaluate` the best model.

Both run wherever an executor puts them. Nothing here imports TensorFlow until one of them is called.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from job.data import DataSource
from job.events import Event
from job.objective import Objective
from job.space import Params
from job.store import TrialFiles
from job.study import EpochLogs
from job.training.devices import Device, find_devices


class Control(Protocol):
    """The line from a trial to the search."""

    @property
    def must_stop(self) -> bool:
        """Whether the trial has been asked to leave a checkpoint and end."""

    def tell(self, event: Event) -> None:
        """Pass an event on to the search."""


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What is the same for all trials of a search."""

    module: str  # of the problem
    data: DataSource
    seed: int
    batch_size: int
    objective: Objective
    deterministic: bool
    checkpoint_seconds: float


@dataclass(frozen=True)
class Completed:
    """The trial has been trained to the epoch that was asked for, or its callbacks have ended it."""

    history: tuple[EpochLogs, ...]
    seconds: float
    model_sha256: str
    n_weights: int | None = None


@dataclass(frozen=True)
class Stopped:
    """The trial has left a checkpoint on request, and can go on."""


@dataclass(frozen=True)
class Diverged:
    """The loss or the objective is not a finite number."""

    reason: str


Advanced = Completed | Stopped | Diverged


def look_for_devices(control: Control) -> tuple[Device, ...]:
    """Return what trials are trained on where this runs, as `job.training.devices.find_devices` does."""
    del control
    return find_devices()


def advance(setup: Setup, number: int, params: Params, to_epoch: int, files: TrialFiles, control: Control) -> Advanced:
    """Train trial `number` from its last checkpoint, if there is one, up to `to_epoch`; leave a checkpoint and a model.

    Raise SettingsError when the model does not report the objective, DataMissingError when the data is gone, and
    whatever the problem's own code raises.
    """
    from job.training.fit import Training

    return Training(setup, number, params, files, control).run(to_epoch)


def evaluate(setup: Setup, params: Params, model_file: Path, control: Control) -> Mapping[str, float]:
    """Return the metrics on the test set of the model of `params` whose weights are in `model_file`."""
    from job.training.fit import test_metrics

    return test_metrics(setup, params, model_file, control)
