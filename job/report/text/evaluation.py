"""What the best model gives on a test set: as data, and as text for a person."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from job.core.space import Value
from job.core.study import Study
from job.core.trial import Trial
from job.plain_text import render_plain
from job.report.sentences import ordered_metrics, untold_note
from job.report.tested import AnswersSummary, format_range, summarize_answers
from job.report.text.answers import draw_answers
from job.report.text.tables import draw_rows
from job.training import Evaluation
from job.words import count, format_score

_INDENT = 2  # columns


class EvaluationSummary(AnswersSummary):
    """A test as JSON; `image_shape` is (height, width, channels) of pictures, and empty of other examples.

    `seed` is the one on which the trial was trained again to confirm it; None where the model is that of the search.
    `title` is what both are called in sentences.
    """

    problem: str
    title: str
    trial: int
    seed: int | None
    params: dict[str, Value]
    data_of_the_search: bool
    image_shape: list[int]


def summarize_evaluation(evaluation: Evaluation, study: Study, trial: Trial) -> EvaluationSummary:
    """Return the test of the model of `trial` as data that JSON can hold."""
    return {
        "problem": study.fingerprint.problem,
        "title": trial.title,
        "trial": trial.of or trial.number,
        "seed": trial.seed,
        "params": dict(trial.params),
        "data_of_the_search": evaluation.data_sha256 == study.fingerprint.data,
        "image_shape": list(evaluation.image_shape),
        **summarize_answers(evaluation.test, examples=evaluation.examples, class_names=evaluation.class_names),
    }


def render_evaluation(summary: EvaluationSummary) -> str:
    """Return the test as plain text that ends with a newline."""
    return render_plain(draw_evaluation(summary))


def draw_evaluation(summary: EvaluationSummary) -> RenderableType:
    """Return the test as something that a rich console prints in the columns that it has."""
    return Group(*_parts(summary))


def _parts(summary: EvaluationSummary) -> Iterator[RenderableType]:
    yield Text(f"Test of the model of {summary['title']}, from the search of {summary['problem']}", style="bold")
    yield Padding(draw_rows(_rows(summary)), (1, 0, 0, _INDENT))
    if note := untold_note(summary):
        yield Text(f"\n{note}")
    for title, table in draw_answers(summary, noun=_noun(summary)):
        yield Text(f"\n{title}", style="bold cyan")
        yield Padding(table, (0, 0, 0, _INDENT))


def _rows(summary: EvaluationSummary) -> Iterator[tuple[str, str]]:
    whose = "of the data of the search" if summary["data_of_the_search"] else "of other data than those of the search"
    yield "test set", f"{count(summary['examples'], _noun(summary))} {whose}"
    for name in ordered_metrics(summary["metrics"]):
        sure = summary["intervals"].get(name)
        told = "" if sure is None else f" (95 % interval {format_range(name, sure)})"
        yield name, f"{format_score(name, summary['metrics'][name])}{told}"


def _noun(summary: EvaluationSummary) -> str:
    return "image" if summary["image_shape"] else "example"
