"""What the test set says of a model."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from job.core.trial import EpochLogs

Interval = tuple[float, float]  # of 95 %


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A figure of the answers to all test examples; its interval is None where there are too few of them for one."""

    value: float
    interval: Interval | None = None


@dataclass(frozen=True, kw_only=True)
class NumberResult:
    """How far a number that the model gives is from the true one, in units of that number."""

    name: str
    mae: Figure  # mean absolute error
    rmse: Figure  # root of the mean squared error
    r2: Figure | None = None  # the share of the variance that is explained; None where all true numbers are equal


@dataclass(frozen=True, kw_only=True)
class LabelResult:
    """To how many test examples the model gives one of several labels."""

    name: str
    right: int  # that have it
    wrong: int  # that do not have it
    missed: int  # that have it, and do not get it


@dataclass(frozen=True, kw_only=True)
class TestResult:
    """What one evaluation of the best model on the test set gave.

    Beside the metrics it tells of a model that names classes the confusion, of one that names labels or gives numbers
    how it does on each of them, and of any other why there is nothing to tell.
    """

    __test__ = False  # not a class of tests, whatever its name says to pytest

    number: int  # of the trial whose model it was
    metrics: EpochLogs  # accuracy, loss and whatever else the model reports
    confusion: tuple[tuple[int, ...], ...] | None = None  # how many of each class (rows) are taken for each
    predictions_sha256: str = ""  # of the file of the predictions; empty where none are kept
    class_names: tuple[str, ...] = ()  # of the confusion, where the data name none
    labels: tuple[LabelResult, ...] = ()
    numbers: tuple[NumberResult, ...] = ()
    intervals: Mapping[str, Interval] = field(default_factory=dict)  # of metrics that are figures of these numbers
    untold: str = ""  # why there is no table of the answers, such as `the model has 2 outputs`
    uncounted: bool = False  # whether an accuracy is something else than a share of the examples
