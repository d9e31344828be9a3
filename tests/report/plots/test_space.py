"""The plots of where the search has looked."""

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from job.core.space import Categorical, Integer, Real
from job.report.plots.space import draw_histograms, draw_samples
from job.report.summary import summarize
from tests.fakes import SPACE, study_of
from tests.report.plots.studies import axes_of, dots, study_in, texts

pytestmark = pytest.mark.usefixtures("in_style")

RATE, LAYERS, KIND = Real("rate", 1e-6, 1e-2, "log-uniform"), Integer("layers", 1, 5), Categorical("kind", ("a", "b"))


def test_every_trial_of_the_search_itself_is_counted_once_along_each_dimension() -> None:
    drawing = draw_histograms(summarize(study_of(0.5, None, 0.7, imported=[0.6], running_epochs=1)))

    assert [sum(heights(axes)) for axes in axes_of(drawing)] == [4] * len(SPACE.dimensions)


def test_each_category_and_each_of_a_few_integers_has_a_bar() -> None:
    study = study_in([LAYERS, KIND], 0.5, 0.6, 0.7)

    layers, kind = axes_of(draw_histograms(summarize(study)))

    chosen = [trial.params for trial in study.trials]
    assert heights(layers) == [sum(params["layers"] == value for params in chosen) for value in range(1, 6)]
    assert heights(kind) == [sum(params["kind"] == value for params in chosen) for value in ("a", "b")]
    assert [label.get_text() for label in kind.get_xticklabels()] == ["a", "b"]


def test_a_logarithmic_dimension_has_a_logarithmic_axis() -> None:
    (axes,) = axes_of(draw_histograms(summarize(study_in([RATE], 0.5))))

    assert axes.get_xscale() == "log"
    assert axes.get_xlabel() == "rate"
    assert [label.get_text() for label in axes.get_xticklabels()] == ["10⁻⁶", "10⁻⁵", "10⁻⁴", "10⁻³", "10⁻²"]


def test_the_best_trial_is_marked_in_each_histogram() -> None:
    study = study_in([RATE, LAYERS], 0.5, 0.9, 0.6)

    lines = [axes.get_lines()[0] for axes in axes_of(draw_histograms(summarize(study)))]

    assert [float(np.asarray(line.get_xdata())[0]) for line in lines] == list(study.trials[1].params.values())


def test_each_pair_of_dimensions_has_a_panel_with_every_trial() -> None:
    study = study_in([RATE, Real("momentum", 0.0, 1.0), Real("decay", 0.0, 1.0)], 0.5, None, 0.7)

    drawing = draw_samples(summarize(study))

    first, second, third = axes_of(drawing)[:3]
    points = [tuple(trial.params.values()) for trial in study.trials]
    for axes, (across, up) in zip((first, second, third), ((0, 1), (0, 2), (1, 2)), strict=True):
        assert dots(axes, "trial") == [pytest.approx((point[across], point[up])) for point in points]
    assert {"rate", "momentum", "decay", "trial"} <= set(texts(drawing))


def test_no_mark_stands_for_a_best_trial_where_there_is_none() -> None:
    failed, completed = (draw_samples(summarize(study_in([RATE, KIND], score))) for score in (None, 0.5))

    assert "best" in texts(completed)
    assert "best" not in texts(failed)


def test_samples_are_coloured_by_their_order() -> None:
    axes, *_ = axes_of(draw_samples(summarize(study_in([RATE, KIND], 0.5, 0.6, 0.7))))

    (trials,) = [each for each in axes.collections if each.get_label() == "trial"]
    assert list(np.asarray(trials.get_array())) == [1, 2, 3]


def test_of_many_dimensions_the_first_are_shown() -> None:
    drawing = draw_samples(summarize(study_in([Real(f"d{n}", 0.0, 1.0) for n in range(8)], 0.5, 0.6)))

    assert drawing.title == "Where the trials lie, in the first 6 of 8 dimensions"


def heights(axes: Axes) -> list[int]:
    """Return the heights of a histogram's bars, of all groups together, from the left to the right."""
    bars: dict[float, int] = {}
    for bar in axes.patches:
        assert isinstance(bar, Rectangle)
        bars[bar.get_x()] = bars.get(bar.get_x(), 0) + round(bar.get_height())
    return [bars[place] for place in sorted(bars)]
