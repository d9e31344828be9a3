"""The plots in which a trial is a line: learning curves and parallel coordinates."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from job.core.space import Categorical, Integer, Real
from job.report.plots.curves import draw_learning_curves
from job.report.plots.figure import VERMILLION
from job.report.plots.parallel import draw_parallel
from job.report.summary import summarize
from tests.fakes import Stop, study_of, study_with_rungs
from tests.report.plots.studies import axes_of, study_in, summary_of, texts

pytestmark = pytest.mark.usefixtures("in_style")


def test_each_trial_has_its_curve_the_best_one_in_front() -> None:
    axes, *_ = axes_of(draw_learning_curves(summary_of(0.5, 0.9, 0.7)))

    lines = axes.get_lines()
    assert [ys(line) for line in lines] == [[48, 49, 50], [68, 69, 70], [88, 89, 90]]
    assert lines[-1].get_color() == VERMILLION
    assert lines[-1].get_zorder() > max(line.get_zorder() for line in lines[:-1])


def test_curves_that_come_near_to_perfection_lie_apart_by_their_error() -> None:
    axes, *_ = axes_of(draw_learning_curves(summary_of(0.5, 0.95)))

    assert axes.get_yscale() == "log"
    assert [ys(line) for line in axes.get_lines()] == [[52, 51, 50], [7, 6, 5]]
    assert axes.get_ylim()[0] > axes.get_ylim()[1]


def test_an_epoch_without_a_number_leaves_a_gap() -> None:
    study = study_of(0.5, 0.9)
    first = study.trials[0]
    history = (first.history[0], {**first.history[1], "val_accuracy": float("nan")}, first.history[2])
    summary = summarize(replace(study, trials=(replace(first, history=history), study.trials[1])))

    (accuracy, *_) = axes_of(draw_learning_curves(summary))

    assert np.isnan(np.asarray(accuracy.get_lines()[0].get_ydata(), float)).tolist() == [False, True, False]


def test_a_trial_of_one_epoch_is_a_dot() -> None:
    accuracy, *_ = axes_of(draw_learning_curves(summarize(study_of(0.5, 0.9, epochs=1))))

    (ends,) = accuracy.collections
    assert sorted(map(tuple, np.asarray(ends.get_offsets()).round(6).tolist())) == [(1, 50), (1, 90)]


def test_epochs_are_whole_numbers() -> None:
    accuracy, *_ = axes_of(draw_learning_curves(summary_of(0.5)))

    assert [label.get_text() for label in accuracy.get_xticklabels()] == ["1", "2", "3"]


def test_a_curve_has_a_point_at_each_rung_and_ends_where_its_trial_stopped() -> None:
    drawing = draw_learning_curves(summarize(study_with_rungs(0.9, Stop(0.5))))

    axes, *_ = axes_of(drawing)
    points = [np.asarray(line.get_xydata()).round(6).tolist() for line in axes.get_lines()]
    assert [[x for x, _ in curve] for curve in points] == [[0.11, 0.33], [0.11, 0.33, 1, 2, 3]]
    assert [axes.get_lines()[0].get_label(), axes.get_xscale()] == ["stopped early", "log"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["0.11", "0.33", "1", "3"]
    assert drawing.alt.startswith("val_accuracy of 2 trials at each rung and after each epoch.")


def test_rungs_of_whole_epochs_leave_the_axis_as_it_is() -> None:
    axes, *_ = axes_of(draw_learning_curves(summarize(study_with_rungs(0.9, Stop(0.5, 1.0), rungs=(1.0,)))))

    assert [len(ys(line)) for line in axes.get_lines()] == [1, 3]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["1", "2", "3"]


def test_imported_trials_alone_have_no_curves() -> None:
    assert draw_learning_curves(summarize(study_of(imported=[0.5]))).absent == "No trial has trained an epoch here."


def test_a_trial_crosses_each_dimension_at_its_value_and_ends_at_its_score() -> None:
    study = study_in([Real("rate", 1e-4, 1e-2, "log-uniform"), Real("momentum", 0.0, 2.0)], 0.5, 0.75)
    params = ({"rate": 1e-3, "momentum": 2.0}, {"rate": 1e-2, "momentum": 0.5})
    trials = tuple(replace(trial, params=each) for trial, each in zip(study.trials, params, strict=True))

    axes, *_ = axes_of(draw_parallel(summarize(replace(study, trials=trials))))

    worse, better = trial_lines(axes, 3)
    assert ys(worse) == pytest.approx([0.5, 1.0, 0.0])
    assert ys(better) == pytest.approx([1.0, 0.25, 1.0])
    assert better.get_color() == VERMILLION


def test_a_failed_trial_ends_before_the_scores() -> None:
    axes, *_ = axes_of(draw_parallel(summarize(study_in([Real("rate", 0.0, 1.0)], 0.5, None, 0.7))))

    (failed,) = [line for line in trial_lines(axes, 2) if line.get_label() == "failed or unfinished"]
    assert np.isnan(ys(failed)[-1])


def test_each_axis_has_its_name_and_its_categories() -> None:
    study = study_in([Categorical("kind", ("relu", "tanh")), Integer("layers", 1, 3)], 0.5, 0.6)

    found = texts(draw_parallel(summarize(study)))

    assert {"kind", "relu", "tanh", "layers", "1", "2", "3", "val_accuracy, %"} <= set(found)


def trial_lines(axes: Axes, points: int) -> list[Line2D]:
    """Return the lines across all axes, of which there are `points`."""
    return [line for line in axes.get_lines() if len(np.asarray(line.get_xdata())) == points and line.get_zorder() < 4]


def ys(line: Line2D) -> list[float]:
    return [round(float(y), 6) for y in np.asarray(line.get_ydata(), float)]
