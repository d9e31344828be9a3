"""The plots of how the best score grew."""

import numpy as np
import pytest
from matplotlib.axes import Axes

from job.report.plots.convergence import draw_convergence, draw_convergence_by_epochs, draw_error
from job.report.plots.figure import Drawing
from job.report.summary import summarize
from tests.fakes import study_of
from tests.report.plots.studies import axes_of, dots, summary_of, texts

pytestmark = pytest.mark.usefixtures("in_style")


def test_the_best_score_so_far_is_a_step_line_in_percent() -> None:
    (axes,) = axes_of(draw_convergence(summary_of(0.5, 0.4, 0.9, 0.8)))

    assert line(axes, "best so far") == [(1, 50), (2, 50), (3, 90), (4, 90), (4, 90)]
    assert axes.get_ylabel() == "val_accuracy, % (more is better)"


def test_the_best_loss_so_far_is_the_least() -> None:
    (axes,) = axes_of(draw_convergence(summary_of(0.5, 0.6, 0.25, objective="val_loss:min")))

    assert line(axes, "best so far") == [(1, 0.5), (2, 0.5), (3, 0.25), (3, 0.25)]
    assert axes.get_ylabel() == "val_loss (less is better)"


def test_each_trial_is_a_dot_by_its_status() -> None:
    summary = summarize(study_of(0.5, None, 0.6, imported=[0.7], running_epochs=1))

    (axes,) = axes_of(draw_convergence(summary))

    assert dots(axes, "imported") == [(1, 70)]
    assert dots(axes, "completed") == [(2, 50), (4, 60)]
    assert [x for x, _ in dots(axes, "failed")] == [3]
    assert dots(axes, "unfinished, latest epoch") == [(5, 48)]


def test_a_failed_trial_lies_below_all_that_have_a_score() -> None:
    drawing = draw_convergence(summary_of(0.5, None, 0.9))
    (axes,) = axes_of(drawing)
    ((_, height),) = dots(axes, "failed")

    low, high = axes.get_ylim()
    assert low + height * (high - low) < 50


def test_the_best_model_has_a_star_even_where_an_imported_trial_is_better() -> None:
    (axes,) = axes_of(draw_convergence(summarize(study_of(0.5, 0.6, imported=[0.7]))))

    assert dots(axes, "best: trial 3, 60.00 %") == [(3, 60)]


def test_epochs_are_counted_over_all_trials() -> None:
    summary = summarize(study_of(0.5, 0.6, imported=[0.7], epochs=4))

    (axes,) = axes_of(draw_convergence_by_epochs(summary))

    assert dots(axes, "imported") == [(0, 70)]
    assert dots(axes, "completed") == [(4, 50), (8, 60)]


def test_the_error_is_logarithmic_and_what_is_missing_from_a_hundred_percent() -> None:
    (axes,) = axes_of(draw_error(summary_of(0.5, 0.9, 0.99)))

    assert axes.get_yscale() == "log"
    assert dots(axes, "completed") == [(1, 50), (2, 10), (3, 1)]
    assert line(axes, "best so far")[-1] == (3, 1)


def test_a_perfect_score_lies_below_all_errors_and_in_sight() -> None:
    (axes,) = axes_of(draw_error(summarize(study_of(0.5, 1.0, epochs=1))))

    assert dots(axes, "completed") == [(1, 50), (2, 25)]
    assert axes.get_ylim()[0] < 25


def test_a_loss_is_its_own_error() -> None:
    (axes,) = axes_of(draw_error(summary_of(2.5, 0.5, objective="val_loss:min")))

    assert dots(axes, "completed") == [(1, 2.5), (2, 0.5)]
    assert axes.get_ylabel() == "val_loss (less is better)"


@pytest.mark.parametrize(("objective", "reason"), [("val_psnr:max", "not known"), ("val_loss:min", "no place")])
def test_without_an_error_it_says_why(objective: str, reason: str) -> None:
    assert reason in draw_error(summary_of(-0.5, 0.5, objective=objective)).absent


def test_the_alternative_text_names_the_best_trial() -> None:
    drawing = draw_convergence(summary_of(0.5, None, 0.9))

    assert drawing.alt == (
        "Best val_accuracy so far over the trials: 3 trials, of which 1 failed; "
        "the best is trial 3 with val_accuracy 90.00 %."
    )


def test_trials_are_counted_in_whole_numbers() -> None:
    assert ticks(draw_convergence(summary_of(0.5, 0.6))) == ["1", "2"]
    assert "best so far" in texts(draw_convergence(summary_of(0.5)))


def line(axes: Axes, label: str) -> list[tuple[float, float]]:
    (found,) = [each for each in axes.get_lines() if each.get_label() == label]
    return [(float(x), round(float(y), 6)) for x, y in np.asarray(found.get_xydata())]


def ticks(drawing: Drawing) -> list[str]:
    (axes,) = axes_of(drawing)
    return [label.get_text() for label in axes.get_xticklabels()]
