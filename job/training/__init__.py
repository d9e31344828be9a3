"""Training as the rest of the program sees it: `advance` a trial, `evaluate` the best model, and `predict` with it.

All run wherever an executor puts them. Nothing here imports TensorFlow until one of them is called.
"""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from job import problems
from job.core.events import Event
from job.core.fingerprint import DataDescription, Fingerprint
from job.core.objective import Objective
from job.core.problem import Declared, Sources
from job.core.randomness import Seeds
from job.core.space import Params
from job.core.step import Threshold
from job.core.tested import TestResult
from job.core.trial import EpochLogs, Hits, Keep, RungScore, Trial, trial_title
from job.data import DataSource
from job.state.directory import TrialFiles
from job.training.devices import Device, find_devices

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# A study keeps the confusion of no more classes, lest it outgrow all that it tells of the trials.
_MOST_CLASSES = 100


class Control(Protocol):
    """The line from a trial to the search."""

    @property
    def must_stop(self) -> bool:
        """Whether the trial has been asked to leave a checkpoint and end."""

    def tell(self, event: Event) -> None:
        """Pass an event on to the search."""


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What is the same for all trials of a search; `setup_of` makes it."""

    module: str | Sources  # the module of a built-in problem, or what the user's own says
    data: DataSource
    seed: int
    epochs: int  # of a trial that is trained to its end
    batch_size: int
    objective: Objective
    deterministic: bool
    keep: Keep = Keep.LAST
    threads: int | None = None  # of each pool of TensorFlow; None: as many as it takes by itself
    gpu_memory: int | None = None  # MiB that a trial takes of its GPU; None: as much as it needs
    checkpoint_seconds: float
    described: DataDescription | None = None  # what is known of the data; None: nothing yet
    shared: Path | None = None  # the file in memory for the decoded data, as `job.data.shared` has it; None: none
    as_trial: int | None = None  # the trial whose random numbers all have; None: each its own
    of: int | None = None  # the trial whose replicate is trained; None for a trial of the search
    replicate: int = 0  # of that trial: above 0, all have the random numbers of this one
    rungs: tuple[float, ...] = ()  # in epochs, ascending: each trial is told with its score there

    def for_trial(self, trial: Trial) -> "Setup":
        """Return this setup, or that of a replicate, which is trained to its end whatever it has at rungs."""
        return self if trial.of is None else replace(self, of=trial.of, replicate=trial.replicate, rungs=())

    def title_of(self, number: int) -> str:
        """Return what trial `number` is called in sentences."""
        return trial_title(number, of=self.of, replicate=self.replicate)

    def seeds_of(self, number: int) -> Seeds:
        """Return where the random numbers of trial `number` come from."""
        return Seeds(self.seed, number if self.as_trial is None else self.as_trial, self.replicate)


@dataclass(frozen=True)
class Completed:
    """The trial has been trained to its full epochs, or its callbacks have ended it, and has left a model."""

    history: tuple[EpochLogs, ...]
    seconds: float
    model_sha256: str  # of the file, which differs from one save of a model to the next
    n_weights: int | None = None
    kept: EpochLogs | None = None  # what the weights of that model give; None: what the last epoch gave
    weights_sha256: str = ""  # of that model's weights, as `digest_of_model` gives it
    rungs: tuple[RungScore, ...] = ()  # that it has come to, ascending
    hits: Hits | None = None  # of these weights; None where they are not known


@dataclass(frozen=True)
class Paused:
    """The trial has been trained as far as was asked, which is short of its end, and has left a checkpoint."""

    history: tuple[EpochLogs, ...]
    seconds: float
    batch: int = 0  # batches of the next epoch that are through
    batches: int | None = None  # of an epoch
    rungs: tuple[RungScore, ...] = ()  # that it has come to, ascending
    stopped_at: float | None = None  # the rung, in epochs, at which it has stayed below the threshold; None: none


@dataclass(frozen=True)
class Stopped:
    """The trial has left a checkpoint on request, and can go on."""


@dataclass(frozen=True)
class Diverged:
    """The loss or the objective is not a finite number."""

    reason: str


Advanced = Completed | Paused | Stopped | Diverged


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """What a model gives on the test set; `test` has a confusion of any number of classes."""

    test: TestResult
    examples: int
    class_names: tuple[str, ...]  # of the data; empty where they name none
    image_shape: tuple[int, ...] = ()  # (height, width, channels) where the examples are pictures
    predictions: bytes = b""  # as `job.state.predictions.dump` gives them; empty where there are none to keep
    data_sha256: str  # of all the data that the test set is from

    def result(self, number: int) -> TestResult:
        """Return what the study keeps of it as the test of trial `number`."""
        digest = hashlib.sha256(self.predictions).hexdigest() if self.predictions else ""
        kept = replace(self.test, number=number, predictions_sha256=digest)
        n_classes = len(self.test.confusion or ())
        if n_classes <= _MOST_CLASSES:
            return kept
        return replace(kept, confusion=None, class_names=(), untold=f"{n_classes} classes are too many for one")


@dataclass(frozen=True)
class ClassAnswer:
    """The two classes that are the most probable ones, each with its probability."""

    classes: tuple[str, str]
    probabilities: tuple[float, float]


@dataclass(frozen=True)
class LabelsAnswer:
    """The probability of each label."""

    probabilities: Mapping[str, float]


@dataclass(frozen=True)
class NumbersAnswer:
    """One number or several, each by its name."""

    values: Mapping[str, float]


@dataclass(frozen=True)
class ArrayAnswer:
    """Whatever else a model gives for an example."""

    values: "NDArray[Any]"


Answer = ClassAnswer | LabelsAnswer | NumbersAnswer | ArrayAnswer


@dataclass(frozen=True, kw_only=True)
class Answered:
    """An example, and what each output of the model says of it; the name of an only output is empty.

    `image`, of shape (height, width, channels), is a picture as the model sees it, and `is_like` tells whether it looks
    like those that the model was trained on; both are None for an example that is no picture.
    """

    file: Path
    index: int | None  # in a file that holds several examples
    answers: Mapping[str, Answer]
    image: "NDArray[np.uint8] | None" = None
    is_like: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Refused:
    """A file, or one example in it, that nothing can be said of, and why."""

    file: Path
    index: int | None
    reason: str


Seen = Answered | Refused


def setup_of(fingerprint: Fingerprint, data: DataSource, *, checkpoint_seconds: float = math.inf) -> Setup:
    """Return what the trials of a search have in common; without `checkpoint_seconds` for one that trains nothing."""
    return Setup(
        module=fingerprint.own.sources if fingerprint.own else problems.module_name(fingerprint.problem),
        data=replace(data, image_size=fingerprint.image_size, label_column=fingerprint.label_column),
        seed=fingerprint.seed,
        epochs=fingerprint.epochs,
        batch_size=fingerprint.batch_size,
        objective=fingerprint.objective,
        deterministic=fingerprint.deterministic,
        keep=fingerprint.keep,
        threads=fingerprint.threads,
        gpu_memory=fingerprint.gpu_memory,
        checkpoint_seconds=checkpoint_seconds,
        as_trial=fingerprint.as_trial,
        rungs=fingerprint.rungs,
    )


def declare(problem: str | Sources, control: Control) -> Declared:
    """Return what a problem declares; raise SettingsError where it is none."""
    del control
    return problems.load(problem).declared


def look_at_data(setup: Setup, control: Control) -> tuple[str, DataDescription]:
    """Return the digest of a problem's data, and what they are.

    Raise SettingsError where they are not what they should be or its code raises, and DataMissingError where they are
    gone.
    """
    from job.training.looking import look

    return look(setup, control)


def look_for_devices(control: Control) -> tuple[Device, ...]:
    """Return what trials are trained on where this runs, as `job.training.devices.find_devices` does."""
    del control
    return find_devices()


def advance(  # noqa: PLR0913  (what executors call)
    setup: Setup,
    number: int,
    params: Params,
    to_epoch: int,
    thresholds: tuple[Threshold, ...],
    files: TrialFiles,
    control: Control,
) -> Advanced:
    """Train trial `number` from its last checkpoint, if there is one, up to `to_epoch`, or to a rung where it stops.

    That leaves a checkpoint, and at the trial's end a model. The objective is looked at and told at each rung of
    `setup` and of `thresholds`, which also say at which of them the trial stops.

    Keras is told the trial's full epochs each time, so that a trial asked only up to an earlier one and then further is
    one asked to the end. Raise SettingsError when the model does not report the objective or a callback cannot be
    carried over an interruption, DataMissingError when the data is gone, and whatever the problem's own code raises.
    """
    from job.training.fit import Training
    from job.training.workpiece import make_workpiece

    workpiece = make_workpiece(setup, number, params, control)
    return Training(setup, number, files, control, workpiece).run(to_epoch, thresholds)


def evaluate(setup: Setup, number: int, params: Params, model_file: Path, control: Control) -> Evaluation:
    """Test the model of trial `number`, which is that of `params` with the weights in `model_file`.

    Raise DataMissingError when the data is gone, and whatever the problem's own code raises.
    """
    from job.training.tested import test

    return test(setup, number, params, model_file, control)


def digest_of_model(setup: Setup, params: Params, model_file: Path, control: Control) -> str:
    """Return the digest of the weights in `model_file`, a model of `params`, which `Completed` tells of each trial.

    It covers all weights in the model's order, those that are not trained too: their types, shapes and bits. Raise what
    `evaluate` does.
    """
    from job.training.predict import digest

    return digest(setup, params, model_file, control)


def predict(
    setup: Setup, params: Params, model_file: Path, files: tuple[Path, ...], control: Control
) -> tuple[Seen, ...]:
    """Return what the model of `params` and the weights in `model_file` says of each example in the files, in order.

    Raise what `evaluate` does.
    """
    from job.training.predict import predict_files

    return predict_files(setup, params, model_file, files, control)
