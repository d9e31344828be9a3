"""The plots of how the best score grew."""

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.text import Text

from job.report.plots.convergence import draw_convergence
from job.report.plots.figure import Drawing
from job.report.summary import summarize
from tests.fakes import Stop, study_of, study_with_rungs
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

    assert dots(axes, "evidence") == [(1, 70)]
    assert dots(axes, "completed") == [(2, 50), (4, 60)]
    assert [x for x, _ in dots(axes, "failed")] == [3]
    assert dots(axes, "unfinished, latest epoch") == [(5, 48)]


def test_a_trial_that_stopped_early_is_where_it_did_and_no_score() -> None:
    drawing = draw_convergence(summarize(study_with_rungs(0.5, Stop(0.9), 0.6)))

    (axes,) = axes_of(drawing)
    assert dots(axes, "stopped early, at its rung") == [(2, 90)]
    assert line(axes, "best so far") == [(1, 50), (3, 60), (3, 60)]
    assert "3 trials, of which 1 stopped early; the best is trial 3" in drawing.alt


def test_a_failed_trial_lies_below_all_that_have_a_score() -> None:
    drawing = draw_convergence(summary_of(0.5, None, 0.9))
    (axes,) = axes_of(drawing)
    ((_, height),) = dots(axes, "failed")

    low, high = axes.get_ylim()
    assert low + height * (high - low) < 50


def test_a_failed_trial_lies_below_all_that_have_a_score_on_a_logarithmic_scale_too() -> None:
    (axes,) = axes_of(draw_convergence(summary_of(0.5, None, 0.99)))
    ((_, height),) = dots(axes, "failed")

    assert height < axes.transAxes.inverted().transform(axes.transData.transform((1, 50)))[1] - 0.02


def test_the_best_model_has_a_star_even_where_an_imported_trial_is_better() -> None:
    (axes,) = axes_of(draw_convergence(summarize(study_of(0.5, 0.6, imported=[0.7]))))

    assert dots(axes, "best: trial 3, 60.00 %") == [(3, 60)]


def test_scores_that_come_near_to_perfection_lie_apart_by_their_error() -> None:
    (axes,) = axes_of(draw_convergence(summary_of(0.5, 0.9, 0.99)))

    assert axes.get_yscale() == "log"
    assert dots(axes, "completed") == [(1, 50), (2, 10), (3, 1)]
    assert line(axes, "best so far")[-1] == (3, 1)


def test_the_better_score_lies_higher_and_the_ticks_tell_scores_on_either_scale() -> None:
    for scores in ((0.5, 0.9, 0.99), (0.5, 0.6, 0.7)):
        (axes,) = axes_of(draw_convergence(summary_of(*scores)))
        heights = [axes.transData.transform(dot)[1] for dot in dots(axes, "completed")]
        told = [(axes.transData.transform((1, y))[1], float(label.get_text())) for y, label in y_ticks(axes)]

        assert heights == sorted(heights)
        assert [score for _, score in sorted(told)] == sorted(score for _, score in told)
        assert axes.get_ylabel() == "val_accuracy, % (more is better)"


def test_a_tick_stands_where_its_score_does() -> None:
    (axes,) = axes_of(draw_convergence(summary_of(0.5, 0.9, 0.99)))

    assert {label.get_text(): round(y, 6) for y, label in y_ticks(axes)} == {
        "99": 1,
        "98": 2,
        "95": 5,
        "90": 10,
        "80": 20,
        "50": 50,
    }


def test_a_perfect_score_lies_above_all_others_and_in_sight() -> None:
    (axes,) = axes_of(draw_convergence(summarize(study_of(0.5, 0.99, 1.0, epochs=1))))

    assert dots(axes, "completed") == [(1, 50), (2, 1), (3, 0.5)]
    foot, head = axes.get_ylim()
    assert foot > 50 and head < 0.5


def test_losses_that_span_an_order_of_magnitude_are_logarithmic() -> None:
    (axes,) = axes_of(draw_convergence(summarize(study_of(2.5, 0.05, objective="val_loss:min", epochs=1))))

    assert axes.get_yscale() == "log"
    assert dots(axes, "completed") == [(1, 2.5), (2, 0.05)]
    assert axes.get_ylabel() == "val_loss (less is better)"


@pytest.mark.parametrize(
    ("objective", "scores"),
    [("val_psnr:max", (0.5, 50.0)), ("val_loss:min", (-0.5, 0.5)), ("val_loss:min", (0.4, 0.5))],
    ids=["no perfect score is known", "a loss below zero", "losses near to each other"],
)
def test_other_scores_lie_evenly(objective: str, scores: tuple[float, float]) -> None:
    (axes,) = axes_of(draw_convergence(summarize(study_of(*scores, objective=objective, epochs=1))))

    assert axes.get_yscale() == "linear"


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


def y_ticks(axes: Axes) -> list[tuple[float, Text]]:
    """Return where each tick of the vertical axis is, and its label."""
    return list(zip(map(float, axes.get_yticks()), axes.get_yticklabels(), strict=True))


def ticks(drawing: Drawing) -> list[str]:
    (axes,) = axes_of(drawing)
    return [label.get_text() for label in axes.get_xticklabels()]
