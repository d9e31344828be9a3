"""What `steps.py` has each process do: a step until it trains, and when the parts of that have ended."""

import time
from dataclasses import dataclass, field
from pathlib import Path

from job import problems
from job.core.events import Event, Phase, PhaseStarted, TrainingBegan
from job.core.objective import Objective
from job.data import DataSource
from job.state.directory import TrialFiles
from job.training import Control, Setup, advance

PARTS = ("its process", "settings of TensorFlow", "loading the data", "building the model, validating a batch")


@dataclass(frozen=True)
class Start:
    """When each of the parts has ended, by the machine's `time.monotonic`, and the processor seconds of all."""

    ends: tuple[float, ...]
    processor_seconds: float


def start_step(problem: str, data_path: Path | None, folder: Path, _: Control) -> Start:
    """Do what a trial of a problem does before it trains, with files in `folder`."""
    control = _UntilItBegins()
    setup = Setup(
        module=problems.module_name(problem),
        data=DataSource(data_path),
        seed=0,
        epochs=1,
        batch_size=128,
        objective=Objective("val_accuracy", "max"),
        deterministic=True,
        threads=1,  # as beside other workers
        checkpoint_seconds=60.0,  # as by default
    )
    params = problems.load(setup.module).declared.points[0]
    try:
        advance(setup, 1, params, setup.epochs, (), TrialFiles(folder), control)
    except _BegunError:
        return Start(tuple(control.ends), time.process_time())
    raise AssertionError("a step tells when its training begins")


@dataclass(frozen=True)
class _UntilItBegins:
    """A control that notes when each part ends, and ends the step with the last one."""

    must_stop: bool = False
    ends: list[float] = field(default_factory=lambda: [time.monotonic()])

    def tell(self, event: Event) -> None:
        match event:
            case PhaseStarted(phase=Phase.DATA | Phase.MODEL):
                self.ends.append(time.monotonic())
            case TrainingBegan():
                self.ends.append(time.monotonic())
                raise _BegunError


class _BegunError(Exception):
    """The training begins."""
