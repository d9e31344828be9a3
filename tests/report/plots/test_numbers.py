"""The plots of numbers that the best model gives for test examples, and which plots there are of what it answers."""

from dataclasses import replace

import numpy as np
import pytest

from job.core.fingerprint import DataDescription
from job.core.tested import Figure, NumberResult, TestResult
from job.report.content import Summary
from job.report.plots.answers import answer_plots
from job.report.plots.numbers import draw_residuals, draw_true_and_predicted
from job.report.summary import summarize
from job.state.predictions import AnyPredictions, NumberPredictions
from tests.fakes import study_of
from tests.report.plots.studies import axes_of, predictions_of, texts

TABLE = DataDescription(train=90, validation=9, test=5_000, image_shape=(), class_names=())


def number(name: str) -> NumberResult:
    return NumberResult(name=name, mae=Figure(value=0.5), rmse=Figure(value=0.75), r2=Figure(value=0.9))


def summary_of(test: TestResult | None, data: DataDescription = TABLE) -> Summary:
    return summarize(replace(study_of(0.5), data=data, test=test))


def kept(n_examples: int, k: int = 1) -> NumberPredictions:
    """Return what is kept of true numbers from 0 upwards, half of which the model sees."""
    true = np.arange(n_examples * k, dtype=np.float32).reshape(n_examples, k)
    names = tuple(str(place + 1) for place in range(k))
    return NumberPredictions(number=1, names=names, examples=5_000, true=true, predicted=(true / 2).astype(np.float32))


@pytest.mark.usefixtures("in_style")
def test_each_predicted_number_lies_over_the_true_one_and_its_residual_over_the_predicted_one() -> None:
    summary = summary_of(TestResult(number=1, metrics={}, numbers=(number("1"),)))
    beside, errors = draw_true_and_predicted(summary, kept(3)), draw_residuals(summary, kept(3))
    places = [np.asarray(axes.collections[0].get_offsets()).tolist() for axes in (*axes_of(beside), *axes_of(errors))]
    assert places == [[[0, 0], [1, 0.5], [2, 1]], [[0, 0], [0.5, 0.5], [1, 1]]]
    assert "3 of 5,000 test examples: number 1, mean absolute error 0.5, R² 0.9." in beside.alt
    assert {"true", "predicted"} <= set(texts(beside)) and {"predicted", "true minus predicted"} <= set(texts(errors))


@pytest.mark.usefixtures("in_style")
def test_of_many_numbers_four_are_drawn_with_fewer_dots_each() -> None:
    test = TestResult(number=1, metrics={}, numbers=tuple(number(str(each + 1)) for each in range(6)))
    drawn = axes_of(draw_true_and_predicted(summary_of(test), kept(1_000, k=6)))
    assert [axes.get_title() for axes in drawn] == ["number 1", "number 2", "number 3", "number 4"]
    assert [len(np.asarray(axes.collections[0].get_offsets())) for axes in drawn] == [250] * 4


@pytest.mark.usefixtures("in_style")
@pytest.mark.parametrize("predictions", [None, replace(kept(3), number=2)])
def test_numbers_that_were_lost_or_are_of_another_model_are_not_drawn(predictions: NumberPredictions | None) -> None:
    summary = summary_of(TestResult(number=1, metrics={}, numbers=(number("1"),)))
    assert "has not been kept yet" in draw_residuals(summary, predictions).absent


NAMED = replace(TABLE, class_names=("cat", "dog", "owl"))
IMAGES = replace(NAMED, image_shape=(4, 4, 1))
NUMBERS = TestResult(number=1, metrics={}, numbers=(number("1"),))
CLASSES = TestResult(number=1, metrics={}, confusion=((3, 0, 0),) * 3)
UNTOLD = TestResult(number=1, metrics={}, untold="the model has 2 outputs")


@pytest.mark.usefixtures("in_style")
@pytest.mark.parametrize(
    ("data", "test", "predictions", "expected"),
    [
        (TABLE, NUMBERS, kept(3), ("true_and_predicted", "residuals")),
        (IMAGES, CLASSES, predictions_of(1), ("predictions", "mistakes", "confusion")),
        (NAMED, CLASSES, predictions_of(1), ("confusion",)),
        (TABLE, replace(CLASSES, class_names=("0", "1", "2")), None, ("confusion",)),
        (NAMED, None, None, ("confusion",)),
        (NAMED, UNTOLD, None, ()),
        (TABLE, None, None, ()),
    ],
)
def test_only_the_plots_of_the_kind_of_answers_are_there(
    data: DataDescription, test: TestResult | None, predictions: AnyPredictions | None, expected: tuple[str, ...]
) -> None:
    assert tuple(draw().name for draw in answer_plots(summary_of(test, data), predictions)) == expected
