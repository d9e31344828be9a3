"""The plots of what the best model makes of the test images."""

from dataclasses import replace

import numpy as np
import pytest

from job.core.fingerprint import DataDescription
from job.core.tested import TestResult
from job.report.content import Summary
from job.report.plots.images import draw_confusion, draw_mistakes, draw_predictions
from job.report.summary import summarize
from tests.fakes import study_of
from tests.report.plots.studies import axes_of, predictions_of, summary_of, texts

pytestmark = pytest.mark.usefixtures("in_style")


def test_nine_images_with_their_true_and_predicted_classes() -> None:
    predictions = predictions_of(1, wrong=1)

    all_axes = axes_of(draw_predictions(summary_of(0.5), predictions))

    assert len(all_axes) == 9
    assert all_axes[0].get_title() == "true: cat\n✗ predicted: dog (75.0 %)"
    assert all_axes[1].get_title() == "true: dog\npredicted: dog (75.0 %)"
    pixels = np.asarray(all_axes[1].images[0].get_array())
    assert pixels.tolist() == predictions.first_images[1, ..., 0].tolist()


def test_colours_stay_colours() -> None:
    all_axes = axes_of(draw_predictions(summary_of(0.5), predictions_of(1, channels=3)))

    assert np.asarray(all_axes[0].images[0].get_array()).shape == (4, 4, 3)


def test_mistakes_are_shown_with_what_they_were_taken_for() -> None:
    drawing = draw_mistakes(summary_of(0.5), predictions_of(1, wrong=2))

    assert [axes.get_title().splitlines()[0] for axes in axes_of(drawing)] == ["true: cat", "true: dog"]
    assert drawing.alt == "2 test images: cat taken for dog, dog taken for owl."


def test_a_model_without_mistakes_says_so() -> None:
    reason = draw_mistakes(summary_of(0.5), predictions_of(1, wrong=0)).absent

    assert reason == "The model makes no mistake on the test images."


def test_the_confusion_matrix_has_true_classes_in_rows() -> None:
    drawing = draw_confusion(summary_of(0.5), predictions_of(1, wrong=1))

    (axes,) = axes_of(drawing)
    numbers = {text.get_position(): text.get_text() for text in axes.texts}
    assert numbers[0, 0] == "9"
    assert numbers[1, 0] == "1"
    assert (0, 1) not in numbers
    assert "90.00 %" in numbers.values()
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("predicted class", "true class")
    assert axes.yaxis_inverted()
    assert "The most frequent mistake is cat taken for dog, 1 times." in drawing.alt


def test_the_confusion_matrix_of_the_study_serves_where_the_predictions_are_lost() -> None:
    drawing = draw_confusion(summary_with(((4, 1), (0, 5))), None)

    assert drawing.alt.startswith("Confusion matrix of 2 classes: 9 of 10 test images are right.")
    assert {"cat", "dog", "80.00 %", "100.00 %"} <= set(texts(drawing))


def test_a_large_matrix_has_no_numbers() -> None:
    confusion = tuple(tuple(int(row == column) for column in range(60)) for row in range(60))

    (axes,) = axes_of(draw_confusion(summary_with(confusion), None))

    assert not axes.texts
    assert len(axes.get_xticks()) <= 25


@pytest.mark.parametrize("draw", [draw_predictions, draw_mistakes, draw_confusion])
def test_predictions_of_another_model_than_the_best_are_not_shown(draw: object) -> None:
    assert callable(draw)

    assert "has not been kept yet" in draw(summary_of(0.5, 0.6), predictions_of(1)).absent


def summary_with(confusion: tuple[tuple[int, ...], ...]) -> Summary:
    names = ("cat", "dog", *(f"class {number}" for number in range(2, len(confusion))))
    data = DataDescription(train=100, validation=10, test=10, image_shape=(4, 4, 1), class_names=names)
    study = study_of(0.5).describe_data(data)
    return summarize(replace(study, test=TestResult(number=1, metrics={"accuracy": 0.9}, confusion=confusion)))
