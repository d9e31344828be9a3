"""What the test set says of a model."""

from dataclasses import dataclass

from job.core.trial import EpochLogs


@dataclass(frozen=True, kw_only=True)
class TestResult:
    """What one evaluation of the best model on the test set gave."""

    __test__ = False  # not a class of tests, whatever its name says to pytest

    number: int  # of the trial whose model it was
    metrics: EpochLogs  # accuracy, loss and whatever else the model reports
    confusion: tuple[tuple[int, ...], ...] | None = None  # images of each class (rows) taken for each; None: not known
    predictions_sha256: str = ""  # of the file of the predictions; empty where none are kept
