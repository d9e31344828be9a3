"""What the best model gives on a test set: as data, and as text for a person."""

from collections.abc import Iterator, Sequence
from io import StringIO
from typing import TypedDict

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from job.report.evaluation import ClassSummary, IntervalSummary, by_class, interval
from job.report.text_classes import draw_classes
from job.report.units import count, format_interval, format_score
from job.space import Value
from job.study import Study
from job.training import Evaluation
from job.trial import Trial

# Columns where no terminal says how many it has.
_WIDTH = 120
# Of the name of a class, what is left at least where a matrix is wider than the terminal.
_SHORTEST_NAME = 3
_INDENT, _GAP = 2, 2  # columns
# The metrics that come first.
_FIRST = {"accuracy": 0, "loss": 1}


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
        "interval": None if accuracy is None else interval(accuracy, evaluation.images),
        "classes": [] if confusion is None else by_class(confusion, evaluation.class_names),
        "class_names": list(evaluation.class_names),
        "confusion": None if confusion is None else [list(row) for row in confusion],
    }


def render_evaluation(summary: EvaluationSummary) -> str:
    """Return the test as plain text that ends with a newline."""
    console = Console(file=StringIO(), width=_WIDTH, color_system=None, force_terminal=False, legacy_windows=False)
    with console.capture() as capture:
        console.print(draw_evaluation(summary, width=_WIDTH), highlight=False)
    return "\n".join(line.rstrip() for line in capture.get().splitlines()) + "\n"


def draw_evaluation(summary: EvaluationSummary, *, width: int) -> RenderableType:
    """Return the test as something that a rich console of `width` columns prints."""
    return Group(*_parts(summary, width))


def _parts(summary: EvaluationSummary, width: int) -> Iterator[RenderableType]:
    yield Text(f"Test of the model of trial {summary['trial']}, from the search of {summary['problem']}", style="bold")
    yield Padding(_draw_metrics(summary), (1, 0, 0, _INDENT))
    if summary["confusion"] is None:
        yield Text("\nThe model gives no class probabilities, so there is nothing to tell of the classes.")
        return
    yield Text("\nClasses", style="bold cyan")
    names, classes = summary["class_names"], summary["classes"]
    parts = list(draw_classes(classes, summary["confusion"], names))
    if len(parts) > 1:  # with a matrix, whose columns have the names
        shorter = dict(zip(names, _shortened(names, width), strict=True))
        renamed: list[ClassSummary] = [{**each, "name": shorter[each["name"]]} for each in classes]
        parts = list(draw_classes(renamed, summary["confusion"], list(shorter.values())))
    yield from (Padding(part, (0, 0, 0, _INDENT)) for part in parts)


def _draw_metrics(summary: EvaluationSummary) -> Table:
    rows = Table.grid(padding=(0, _GAP))
    rows.add_column(style="dim", no_wrap=True)
    rows.add_column(overflow="fold")
    whose = "of the data of the search" if summary["data_of_the_search"] else "of other data than those of the search"
    rows.add_row("test set", Text(f"{count(summary['images'], 'image')} {whose}"))
    for name in sorted(summary["metrics"], key=lambda name: _FIRST.get(name, len(_FIRST))):
        sure = summary["interval"] if name == "accuracy" else None
        told = "" if sure is None else f" (95 % interval {format_interval(sure)})"
        rows.add_row(Text(name), Text(f"{format_score(name, summary['metrics'][name])}{told}"))
    return rows


def _shortened(names: Sequence[str], width: int) -> list[str]:
    """Return the names, cut so that a matrix with one column for each is no wider; those alike then get numbers."""
    for length in range(max(map(len, names)), _SHORTEST_NAME, -1):
        cut = [_cut(name, length) for name in names]
        if _INDENT + max(map(len, (*cut, "taken for"))) + sum(len(name) + _GAP for name in cut) <= width:
            break
    else:
        cut = [_cut(name, _SHORTEST_NAME) for name in names]
    return cut if len(set(cut)) == len(cut) else [str(index) for index in range(len(names))]


def _cut(name: str, length: int) -> str:
    return name if len(name) <= length else f"{name[: length - 1]}…"
