"""How sure the scores are: intervals, and the classes apart."""

from collections.abc import Sequence
from typing import TypedDict

from job.core.fingerprint import DataDescription
from job.core.tested import TestResult
from job.statistics.examples import wilson_interval
from job.words import format_share


class IntervalSummary(TypedDict):
    """A share of `examples` examples, with its 95 % interval."""

    share: float
    low: float
    high: float
    examples: int


class ClassSummary(TypedDict):
    """How many test examples of one class are recognized."""

    name: str
    accuracy: IntervalSummary


def counts_examples(test: TestResult | None, data: DataDescription | None) -> bool:
    """Tell whether an accuracy is the share of the examples whose class is recognized.

    Before the test it is where the data name classes, or have one true value for each example.
    """
    if test is not None:
        return not test.uncounted
    if data is None or data.class_names or not data.targets:
        return True
    return len(data.targets) == 1 and data.targets[0].shape in ((), (1,))


def interval(share: float, examples: int) -> IntervalSummary:
    """Return a share of `examples` examples with its interval, which is Wilson's."""
    low, high = wilson_interval(share, examples)
    return {"share": share, "low": low, "high": high, "examples": examples}


def share_interval(value: float | None, examples: int) -> IntervalSummary | None:
    """Return the interval of a share of `examples` examples; None for a metric that is not known, or no share."""
    return interval(value, examples) if value is not None and 0 <= value <= 1 and examples > 0 else None


def format_interval(share: IntervalSummary) -> str:
    """Return the interval of a share, such as `98.73 to 99.13 %`."""
    return f"{100 * share['low']:.2f} to {format_share(share['high'])}"


def by_class(confusion: Sequence[Sequence[int]], class_names: Sequence[str]) -> list[ClassSummary]:
    """Return the accuracy of each class; `confusion[i][j]` examples of class i are taken for class j."""
    rows = ((name, row[index], sum(row)) for index, (name, row) in enumerate(zip(class_names, confusion, strict=True)))
    return [{"name": name, "accuracy": interval(right / total, total)} for name, right, total in rows if total]
