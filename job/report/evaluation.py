"""How sure the scores are: intervals, the classes apart, and what it does to a score to be the best of many."""

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import TypedDict

from job.core.fingerprint import DataDescription
from job.core.tested import TestResult
from job.statistics.examples import wilson_interval
from job.words import format_share

# Of a normal distribution, what leaves 2.5 % on either side.
_Z = NormalDist().inv_cdf(0.975)


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


class SelectionSummary(TypedDict):
    """What the best trial owes to being the best of many.

    `gap` is by how much its validation accuracy exceeds its test accuracy. `rivals` trials, itself among them, differ
    from it by no more than chance explains; were they equally good, the best of them would look better than it is by
    `optimism`.
    """

    gap: float
    rivals: int
    optimism: float


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


def selection(scores: Sequence[float], *, tested: float, examples: int) -> SelectionSummary:
    """Return what choosing the best of `scores` did, which are shares of `examples` examples in validation.

    `tested` is that of the best one on the test set. The expected maximum of m equal scores with normal errors is that
    of Blom (1958), "Statistical estimates and transformed beta-variables", equation 6.10.6: the quantile of
    (m - 0.375) / (m + 0.25).
    """
    best = max(scores)
    error = math.sqrt(best * (1 - best) / examples)
    rivals = sum(best - score <= _Z * math.sqrt(2) * error for score in scores)
    optimism = NormalDist().inv_cdf((rivals - 0.375) / (rivals + 0.25)) * error
    return {"gap": best - tested, "rivals": rivals, "optimism": optimism}
