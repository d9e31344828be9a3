"""The test of a model as data and as text."""

import json
import re
from dataclasses import replace

from job.core.tested import Figure, LabelResult, NumberResult, TestResult
from job.plain_text import render_plain
from job.report.text.evaluation import EvaluationSummary, draw_evaluation, render_evaluation, summarize_evaluation
from job.training import Evaluation
from tests.fakes import study_of
from tests.report.confirmations import confirmed_study

STUDY = study_of(0.9, 0.8)
EVALUATION = Evaluation(
    test=TestResult(number=1, metrics={"loss": 0.25, "auc": 0.75, "accuracy": 0.9}, confusion=((4, 1), (0, 5))),
    examples=10,
    class_names=("cat", "dog"),
    image_shape=(8, 8, 1),
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


def test_a_model_that_was_trained_again_on_another_seed_is_named_with_that() -> None:
    study = confirmed_study()
    replicate = study.replicates[-1]
    summary = summarize_evaluation(EVALUATION, study, replicate)
    assert (summary["trial"], summary["seed"]) == (3, 7)
    assert "the model of trial 3 again on seed 7, from the search of mnist" in render_evaluation(summary)
    assert summary_of(EVALUATION)["seed"] is None


def test_other_data_are_named_as_such() -> None:
    other = replace(EVALUATION, data_sha256="0" * 64)
    assert summary_of(other)["data_of_the_search"] is False
    assert "10 images of other data than those of the search" in render_evaluation(summary_of(other))


def test_what_is_not_told_is_left_out_and_that_is_said() -> None:
    test = TestResult(number=1, metrics={"loss": 0.25}, untold="the model has 2 outputs")
    summary = summary_of(replace(EVALUATION, test=test, image_shape=()))
    assert (summary["classes"], summary["confusion"], summary["interval"]) == ([], None, None)
    text = render_evaluation(summary)
    assert "0.25" in text and "10 examples of the data" in text
    assert text.endswith("There is no table of the answers: the model has 2 outputs.\n")


def test_numbers_are_told_with_their_figures_and_intervals() -> None:
    price = NumberResult(
        name="price",
        mae=Figure(value=0.31234, interval=(0.28, 0.35)),
        rmse=Figure(value=0.5),
        r2=Figure(value=0.8125, interval=(0.75, 0.86)),
    )
    test = TestResult(number=1, metrics={"mae": 0.31234}, intervals={"mae": (0.28, 0.35)}, numbers=(price,))
    text = render_evaluation(summary_of(replace(EVALUATION, test=test, class_names=())))
    lines = [line.strip() for line in text.splitlines()]
    assert "mae       0.31234 (95 % interval 0.28 to 0.35)" in lines
    assert [re.split(r"  +", line) for line in lines[-3:]] == [
        ["mean absolute error", "0.3123", "0.28 to 0.35"],
        ["root mean square error", "0.5", "–"],
        ["R²", "0.8125", "0.75 to 0.86"],
    ]
    assert "price" not in text
    several = replace(test, numbers=(price, replace(price, name="size", r2=None)))
    assert "size" in render_evaluation(summary_of(replace(EVALUATION, test=several)))


def test_an_accuracy_that_counts_no_examples_has_no_interval() -> None:
    test = replace(EVALUATION.test, confusion=None, untold="the model has 2 outputs", uncounted=True)
    summary = summary_of(replace(EVALUATION, test=test))
    assert (summary["interval"], summary["intervals"]) == (None, {})
    assert "95 %" not in render_evaluation(summary)


def test_labels_are_told_with_precision_and_recall() -> None:
    labels = (
        LabelResult(name="urgent", right=3, wrong=1, missed=2),
        LabelResult(name="new", right=0, wrong=0, missed=0),
    )
    text = render_evaluation(summary_of(replace(EVALUATION, test=TestResult(number=1, metrics={}, labels=labels))))
    rows = [re.split(r"  +", line.strip()) for line in text.splitlines()[-2:]]
    assert rows[0] == ["urgent", "5", "75.00 %", "30.06 to 95.44 %", "60.00 %", "23.07 to 88.24 %"]
    assert rows[1] == ["new", "0", "–", "–", "–", "–"]


def test_the_summary_is_json() -> None:
    assert json.loads(json.dumps(summary_of(EVALUATION), allow_nan=False))["confusion"] == [[4, 1], [0, 5]]


def test_it_is_no_wider_than_the_terminal() -> None:
    names = ("Pullover with a hood", "Trousers, long", "Ankle boot, brown", "Sandal, leather", "Coat", "T-shirt/top")
    confusion = tuple(tuple(100 * (row == column) for column in range(6)) for row in range(6))
    summary = summary_of(replace(EVALUATION, class_names=names, test=replace(EVALUATION.test, confusion=confusion)))
    wide, narrow = (render_plain(draw_evaluation(summary), width=width) for width in (160, 72))

    assert wide.count("Pullover with a hood") == 3  # in either table, and at the head of a column
    assert narrow.count("Pullover with a hood") == 1
    assert max(map(len, narrow.splitlines())) <= 72
