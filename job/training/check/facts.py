"""What a try of a problem tells of itself, piece by piece, so that none is lost where its process dies."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from job.core.fingerprint import DataDescription
from job.errors import ExitCode


class Severity(StrEnum):
    """What a finding means for a search."""

    ERROR = "error"  # it would fail, or its scores would mean nothing
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that whoever wrote the problem should know."""

    severity: Severity
    told: str
    place: str = ""  # file and line
    hint: str = ""  # what to do about it
    details: str = ""  # such as a traceback; several lines
    point: int | None = None  # the index of the one where it shows; None where it is of none
    exit_code: ExitCode = ExitCode.USAGE  # of the command, if this is an error


class Work(StrEnum):
    """What a try does, in its order; the last two at each point."""

    LOADING = "loading the data"
    GOING_ON = "going on from a checkpoint"
    LOADING_AGAIN = "loading the data a second time"
    COMPARING = "looking for equal examples"
    STEPPING = "a model and a batch"
    TRAINING = "the time of a batch"


@dataclass(frozen=True)
class Begun:
    """What is at work from now on; at which point, where it is at one."""

    work: Work
    point: int | None = None


@dataclass(frozen=True, kw_only=True)
class DataSeen:
    """What the data are, and how long they took to load."""

    description: DataDescription
    digest: str
    place: str  # of the function that loads them: file and line
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Built:
    """The model of a point is built.

    `traits` is all in which it may differ from that of another point, as texts to compare, by what they are of. None is
    one that cannot be told.
    """

    point: int
    n_weights: int
    seconds: float
    traits: Mapping[str, str | None]


@dataclass(frozen=True)
class Stepped:
    """The model of a point has been validated on a batch, and trained on one or two."""

    point: int
    weights: str  # their digest after that, which is a trait too


@dataclass(frozen=True, kw_only=True)
class Trained:
    """A point has been trained for a few batches as a search trains it."""

    point: int
    batches: int  # of an epoch
    first_seconds: float  # to the end of the first batch
    batch_seconds: float | None  # of one after that; None where none was trained
    validation_seconds: float  # of an epoch, as far as one batch of it tells
    memory_bytes: int | None  # of the process, or of the GPU, at the most; None where that is unknown


Fact = Finding | Begun | DataSeen | Built | Stepped | Trained
