"""The test of a model as data and as text."""

import json
from dataclasses import replace

from job.plain_text import render_plain
from job.report.text.evaluation import EvaluationSummary, draw_evaluation, render_evaluation, summarize_evaluation
from job.training import Evaluation
from tests.fakes import study_of

STUDY = study_of(0.9, 0.8)
EVALUATION = Evaluation(
    metrics={"loss": 0.25, "auc": 0.75, "accuracy": 0.9},
    images=10,
    class_names=("cat", "dog"),
    confusion=((4, 1), (0, 5)),
    predictions=b"",
    data_sha256=STUDY.fingerprint.data,
)


def summary_of(evaluation: Evaluation) -> EvaluationSummary:
    return summarize_evaluation(evaluation, STUDY, STUDY.trial(1))


def test_the_text_tells_how_sure_the_accuracy_is_and_what_is_taken_for_what() -> None:
    text = render_evaluation(summary_of(EVALUATION))
    assert "Test of the model of trial 1, from the search of mnist" in text
    assert "10 images of the data of the search" in text
    assert "accuracy  90.00 % (95 % interval 59.58 to 98.21 %)" in text
    lines = [line.split() for line in text.splitlines()]
    assert ["cat", "4", "1"] in lines and ["dog", "·", "5"] in lines
    assert [line.split()[0] for line in text.splitlines() if line.startswith("  ")][1:4] == ["accuracy", "loss", "auc"]


def test_other_data_are_named_as_such() -> None:
    other = replace(EVALUATION, data_sha256="0" * 64)
    assert summary_of(other)["data_of_the_search"] is False
    assert "10 images of other data than those of the search" in render_evaluation(summary_of(other))


def test_a_model_without_probabilities_has_metrics_and_no_classes() -> None:
    summary = summary_of(replace(EVALUATION, confusion=None, metrics={"loss": 0.25}))
    assert (summary["classes"], summary["confusion"], summary["interval"]) == ([], None, None)
    text = render_evaluation(summary)
    assert "0.25" in text and "no class probabilities" in text


def test_the_summary_is_json() -> None:
    assert json.loads(json.dumps(summary_of(EVALUATION), allow_nan=False))["confusion"] == [[4, 1], [0, 5]]


def test_it_is_no_wider_than_the_terminal() -> None:
    names = ("Pullover with a hood", "Trousers, long", "Ankle boot, brown", "Sandal, leather", "Coat", "T-shirt/top")
    confusion = tuple(tuple(100 * (row == column) for column in range(6)) for row in range(6))
    summary = summary_of(replace(EVALUATION, class_names=names, confusion=confusion))
    wide, narrow = (render_plain(draw_evaluation(summary), width=width) for width in (160, 72))

    assert wide.count("Pullover with a hood") == 3  # in either table, and at the head of a column
    assert narrow.count("Pullover with a hood") == 1
    assert max(map(len, narrow.splitlines())) <= 72
