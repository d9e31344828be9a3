"""What the test set says of a model, as the content of a report."""

import math
from collections.abc import Mapping
from typing import TypedDict

from job.core.objective import ACCURACIES
from job.core.tested import Figure, LabelResult, NumberResult, TestResult
from job.report.evaluation import ClassSummary, IntervalSummary, by_class, interval, share_interval
from job.words import format_share, is_share


class RangeSummary(TypedDict):
    """The 95 % interval of a metric."""

    low: float
    high: float


class FigureSummary(TypedDict):
    """A figure of all test examples, with its 95 % interval; None where there are too few of them for one."""

    value: float
    low: float | None
    high: float | None


class NumberSummary(TypedDict):
    """How far a number that the model gives is from the true one; `r2` is None where all true numbers are equal."""

    name: str
    mae: FigureSummary
    rmse: FigureSummary
    r2: FigureSummary | None


class LabelSummary(TypedDict):
    """How a model does on one of several labels, which `examples` test examples have.

    `precision` is the share of those that get it and have it, `recall` of those that have it and get it; None where
    there is no such example.
    """

    name: str
    examples: int
    precision: IntervalSummary | None
    recall: IntervalSummary | None


class AnswersSummary(TypedDict):
    """A test of a model; of classes, labels and numbers there are only those that it answers with.

    Metrics are None where they are not finite. `intervals` are of those metrics of which one is known, `interval` is
    that of the accuracy.
    `untold` is why there is neither a confusion nor labels nor numbers, as a clause; empty if there are.
    """

    examples: int
    metrics: dict[str, float | None]
    interval: IntervalSummary | None
    intervals: dict[str, RangeSummary]
    classes: list[ClassSummary]
    class_names: list[str]
    confusion: list[list[int]] | None
    labels: list[LabelSummary]
    numbers: list[NumberSummary]
    untold: str


class TestedSummary(AnswersSummary):
    """What the best model gave on the test set, of the trial or replicate of this number, which is negative then.

    Accuracy and loss are None where the model does not report them.
    """

    number: int
    accuracy: float | None
    loss: float | None


def summarize_answers(test: TestResult, *, examples: int, class_names: tuple[str, ...]) -> AnswersSummary:
    """Return what a test on so many `examples` gave; `class_names` are those of the data."""
    names = test.class_names or class_names
    shares = shares_of(test, examples)
    return {
        "examples": examples,
        "metrics": {name: value if math.isfinite(value) else None for name, value in test.metrics.items()},
        "interval": shares.get("accuracy"),
        "intervals": {
            **{name: {"low": low, "high": high} for name, (low, high) in test.intervals.items()},
            **{name: {"low": share["low"], "high": share["high"]} for name, share in shares.items()},
        },
        "classes": by_class(test.confusion, names) if test.confusion and names else [],
        "class_names": list(names) if test.confusion else [],
        "confusion": [list(row) for row in test.confusion] if test.confusion else None,
        "labels": [_label(each) for each in test.labels],
        "numbers": [_number(each) for each in test.numbers],
        "untold": test.untold,
    }


def summarize_tested(test: TestResult, *, examples: int, class_names: tuple[str, ...]) -> TestedSummary:
    """Return the test of the best model in a search, as `summarize_answers` does."""
    answers = summarize_answers(test, examples=examples, class_names=class_names)
    metrics = answers["metrics"]
    return {"number": test.number, "accuracy": metrics.get("accuracy"), "loss": metrics.get("loss"), **answers}


def format_range(metric: str, found: RangeSummary) -> str:
    """Return the interval of a metric, such as `0.31 to 0.42`, or in percent where it is a share."""
    low, high = found["low"], found["high"]
    if is_share(metric, (low, high)):
        return f"{100 * low:.2f} to {format_share(high)}"
    return f"{low:.4g} to {high:.4g}"


def shares_of(test: TestResult, examples: int) -> Mapping[str, IntervalSummary]:
    """Return those metrics that count examples, with their intervals."""
    if test.uncounted:
        return {}
    found = {name: share_interval(test.metrics.get(name), examples) for name in ACCURACIES}
    return {name: share for name, share in found.items() if share is not None}


def _label(label: LabelResult) -> LabelSummary:
    have, get = label.right + label.missed, label.right + label.wrong
    return {
        "name": label.name,
        "examples": have,
        "precision": interval(label.right / get, get) if get else None,
        "recall": interval(label.right / have, have) if have else None,
    }


def _number(number: NumberResult) -> NumberSummary:
    return {
        "name": number.name,
        "mae": _figure(number.mae),
        "rmse": _figure(number.rmse),
        "r2": None if number.r2 is None else _figure(number.r2),
    }


def _figure(figure: Figure) -> FigureSummary:
    low, high = figure.interval or (None, None)
    return {"value": figure.value, "low": low, "high": high}
