"""A comparison as text, as a plot and as a page."""

import numpy as np

from job.report.comparison.page import render_comparison_page
from job.report.comparison.plot import draw_comparison_plot, plot_comparison
from job.report.comparison.summary import compare
from job.report.comparison.text import render_comparison
from job.report.plots.figure import style
from tests.report.comparison.searches import named

COMPARISON = compare(
    [
        named("gp-0", 0.5, 0.9, 0.99, tested=0.98),
        named("gp-1", 0.7, 0.8, 0.95, seed=1, tested=0.9),
        named("<random>", 0.6, 0.7, surrogate="none", finished=False),
    ]
)
NOTHING = compare([named("a", finished=False), named("b", finished=False, seed=1)])


def test_the_text_has_a_row_for_each_group_mark_and_state() -> None:
    text = render_comparison(COMPARISON)
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert lines[0] == "Comparison of 3 searches in 2 groups, by val_accuracy"
    gp = "surrogate GP 0, 1 3 97.00 % (95.00 to 99.00 %) 94.00 % (90.00 to 98.00 %) 9 3 min 00 s"
    assert gp in lines
    assert "surrogate none 0 2 70.00 % – 6 2 min 00 s" in lines
    assert "2 trials 85.00 % (80.00 to 90.00 %) 70.00 %" in lines
    assert "<random> surrogate none 0 2 of 40 70.00 % – 6 2 min 00 s" in lines
    assert "<random> has not finished: 2 of 40 trials completed." in lines


def test_a_line_is_the_median_within_a_band_of_the_range() -> None:
    with style():
        figure = draw_comparison_plot(COMPARISON).figure
        assert figure is not None
        trials, epochs, seconds = figure.axes
        assert [axes.get_xlabel() for axes in figure.axes] == ["trials", "epochs", "training, min"]
        first, second = trials.get_lines()
        assert [line.get_label() for line in (first, second)] == ["surrogate GP", "surrogate none"]
        # Scores that come near to perfection lie apart by their error.
        assert np.allclose(np.asarray(first.get_xydata()), [(1, 40), (2, 15), (3, 3)])
        assert np.allclose(np.asarray(second.get_xydata()), [(1, 40), (2, 30)])
        (area, _) = trials.collections
        edges = [tuple(point) for point in np.round(np.asarray(area.get_paths()[0].vertices), 6).tolist()]
        assert {(1, 50), (1, 30), (3, 5), (3, 1)} <= {*edges}
        assert [np.asarray(axes.get_lines()[0].get_xydata())[-1, 0] for axes in (epochs, seconds)] == [9, 3]


def test_the_page_has_the_plot_and_the_tables_and_lets_no_name_be_markup() -> None:
    page = render_comparison_page(COMPARISON, plot_comparison(COMPARISON))
    assert "<svg" in page and "surrogate none" in page and "default-src &#39;none&#39;" in page
    assert "&lt;random&gt;" in page and "<random>" not in page
    assert page == render_comparison_page(COMPARISON, plot_comparison(COMPARISON))


def test_where_nothing_has_a_score_each_form_says_so() -> None:
    plot = plot_comparison(NOTHING)
    assert plot.absent == "No trial has a score yet."
    assert plot.absent in render_comparison_page(NOTHING, plot)
    assert "a: no trial has completed yet." in render_comparison(NOTHING)
