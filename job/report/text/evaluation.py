"""What the best model gives on a test set: as data, and as text for a person."""

from collections.abc import Iterator
from typing import TypedDict

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from job.core.space import Value
from job.core.study import Study
from job.core.trial import Trial
from job.plain_text import render_plain
from job.report.evaluation import ClassSummary, IntervalSummary, by_class, format_interval, share_interval
from job.report.sentences import ordered_metrics
from job.report.text.classes import ClassTables
from job.report.text.tables import draw_rows
from job.training import Evaluation
from job.words import count, format_score

_INDENT = 2  # columns


class EvaluationSummary(TypedDict):
    """A test as JSON; what is not known for want of class probabilities is None or empty."""

    problem: str
    trial: int
    params: dict[str, Value]
    data_of_the_search: bool
    images: int
    metrics: dict[str, float]
    interval: IntervalSummary | None  # of the accuracy
    classes: list[ClassSummary]
    class_names: list[str]
    confusion: list[list[int]] | None


def summarize_evaluation(evaluation: Evaluation, study: Study, trial: Trial) -> EvaluationSummary:
    """Return the test of the model of `trial` as data that JSON can hold."""
    accuracy, confusion = evaluation.metrics.get("accuracy"), evaluation.confusion
    return {
        "problem": study.fingerprint.problem,
        "trial": trial.number,
        "params": dict(trial.params),
        "data_of_the_search": evaluation.data_sha256 == study.fingerprint.data,
        "images": evaluation.images,
        "metrics": dict(evaluation.metrics),
        "interval": share_interval(accuracy, evaluation.images),
        "classes": [] if confusion is None else by_class(confusion, evaluation.class_names),
        "class_names": list(evaluation.class_names),
        "confusion": None if confusion is None else [list(row) for row in confusion],
    }


def render_evaluation(summary: EvaluationSummary) -> str:
    """Return the test as plain text that ends with a newline."""
    return render_plain(draw_evaluation(summary))


def draw_evaluation(summary: EvaluationSummary) -> RenderableType:
    """Return the test as something that a rich console prints in the columns that it has."""
    return Group(*_parts(summary))


def _parts(summary: EvaluationSummary) -> Iterator[RenderableType]:
    yield Text(f"Test of the model of trial {summary['trial']}, from the search of {summary['problem']}", style="bold")
    yield Padding(draw_rows(_rows(summary)), (1, 0, 0, _INDENT))
    if summary["confusion"] is None:
        yield Text("\nThe model gives no class probabilities, so there is nothing to tell of the classes.")
        return
    yield Text("\nClasses", style="bold cyan")
    tables = ClassTables(summary["classes"], summary["confusion"], summary["class_names"])
    yield Padding(tables, (0, 0, 0, _INDENT))


def _rows(summary: EvaluationSummary) -> Iterator[tuple[str, str]]:
    whose = "of the data of the search" if summary["data_of_the_search"] else "of other data than those of the search"
    yield "test set", f"{count(summary['images'], 'image')} {whose}"
    for name in ordered_metrics(summary["metrics"]):
        sure = summary["interval"] if name == "accuracy" else None
        told = "" if sure is None else f" (95 % interval {format_interval(sure)})"
        yield name, f"{format_score(name, summary['metrics'][name])}{told}"
