"""What happens in a run, as records: the search tells them, a display shows them."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from job.core.study import Study
from job.core.trial import EpochLogs, RungScore


@dataclass(frozen=True)
class StateLocked:
    """The run holds the state directory from now on."""


@dataclass(frozen=True)
class RunStarted:
    """A run has taken up the study, new or begun before."""


@dataclass(frozen=True)
class WorkersChanged:
    """Workers of a cluster have come or gone: there are so many `workers` now, on so many `machines`."""

    workers: int
    machines: int


@dataclass(frozen=True)
class TrialStarted:
    """An attempt at a trial begins; `attempt` counts from 1 since the trial last got on."""

    number: int
    attempt: int


class Phase(StrEnum):
    """What takes a while without a batch or a result to tell of."""

    LOCK = "waiting for the lock"
    PROBLEM = "loading the problem"
    DATA = "loading the data"
    TENSORFLOW = "loading TensorFlow"
    DEVICES = "looking for devices"
    WORKERS = "waiting for workers"
    MODEL = "building the model"
    REPORT = "drawing the report"
    STOP = "stopping"


@dataclass(frozen=True)
class PhaseStarted:
    """The run is at `phase` until the next event; or trial `number` is, where one is named."""

    phase: Phase
    number: int | None = None


@dataclass(frozen=True)
class TrainingBegan:
    """Training of a trial begins or goes on, before the first batch of each attempt. For the study.

    Each epoch has `batches` batches.
    """

    number: int
    batches: int


@dataclass(frozen=True)
class BatchesDone:
    """Training is `batch` batches into `epoch` (from 1), of `batches` in all. Sent a few times a second at most.

    `loss` is the mean over these batches; None where it is not known, or no finite number.
    """

    number: int
    epoch: int
    batch: int
    batches: int
    loss: float | None = None


@dataclass(frozen=True)
class EpochEnded:
    """Epoch `epoch` (from 1) of a trial has been trained, validated and saved."""

    number: int
    epoch: int
    logs: EpochLogs


@dataclass(frozen=True)
class CheckpointLeft:
    """A trial has saved where it stands: its logs so far, and the seconds of training in them. For the study.

    `batch` of the `batches` of the next epoch are through.
    """

    number: int
    history: tuple[EpochLogs, ...]
    seconds: float
    batch: int = 0
    batches: int | None = None
    rungs: tuple[RungScore, ...] = ()  # that it has reached so far


@dataclass(frozen=True)
class RungReached:
    """A trial has come to a rung, after so many `epochs`, and has `score` there; that is saved."""

    number: int
    epochs: float
    score: float


@dataclass(frozen=True)
class TrialEnded:
    """A trial has completed, stopped at a rung or failed, or has been set aside in training; the study tells which."""

    number: int


@dataclass(frozen=True)
class ConfirmationStarted:
    """The best trials are trained again from now on: the `candidates`, the most trusted first.

    It takes so many `trainings`, with those that `measuring` seeds are for, which measure the winner.
    """

    candidates: tuple[int, ...]
    measuring: int
    trainings: int


@dataclass(frozen=True)
class RoundEnded:
    """A round of the confirmation has ended, after which these candidates are `left`, the best first.

    The `winner` is measured from now on; None while another round comes.
    """

    left: tuple[int, ...]
    winner: int | None


@dataclass(frozen=True)
class ConfirmationEnded:
    """The confirmation is over, and trial `winner` is measured; None where all candidates have failed."""

    winner: int | None


@dataclass(frozen=True)
class TestStarted:
    """The model of trial `number` is being evaluated on the test set: the best one, or that of a replicate."""

    __test__ = False  # not a class of tests, whatever its name says to pytest

    number: int


class Level(StrEnum):
    """How much a notice matters."""

    INFO = "info"
    WARNING = "warning"


@dataclass(frozen=True)
class Notice:
    """Something that the user should know."""

    message: str
    level: Level = Level.INFO


@dataclass(frozen=True)
class DownloadProgress:
    """`done` of `total` bytes of a data file have arrived; `total` is 0 where the server does not say."""

    name: str
    done: int
    total: int


@dataclass(frozen=True)
class ReadingProgress:
    """`done` of `total` files of a data set have been read, which are `kind`, such as pictures."""

    kind: str
    done: int
    total: int


@dataclass(frozen=True)
class RunEnded:
    """The run is over: the search has finished, or `reason` says why not, and `hint` what to do.

    The last event of every run that is not killed.
    """

    reason: str
    finished: bool
    hint: str = ""
    exit_code: int = 0


Event = (
    StateLocked
    | RunStarted
    | WorkersChanged
    | TrialStarted
    | PhaseStarted
    | TrainingBegan
    | BatchesDone
    | EpochEnded
    | CheckpointLeft
    | RungReached
    | TrialEnded
    | ConfirmationStarted
    | RoundEnded
    | ConfirmationEnded
    | TestStarted
    | Notice
    | DownloadProgress
    | ReadingProgress
    | RunEnded
)

# Called with each event and the study as it stands then; None before there is one.
Listener = Callable[[Event, Study | None], None]
