"""Partial dependence and its plots."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection, QuadMesh

from job.core.space import Categorical, Integer, Real, Space
from job.core.study import Study
from job.proposals.draws import points_at
from job.report.plots.dependence import (
    grid,
    latin_hypercube,
    partial_dependence,
    slice_through,
    sure_dependence,
)
from job.report.plots.landscape import draw_landscape
from job.report.plots.lines import draw_dependence
from job.report.summary import summarize
from tests.report.plots.studies import FakeSurrogate, axes_of, dots, study_in, texts

pytestmark = pytest.mark.usefixtures("in_style")

X, Y, N = Real("x", 0.0, 10.0), Real("y", 0.0, 20.0), Integer("n", 1, 4)
KIND, RATE = Categorical("kind", ("a", "b")), Real("rate", 1e-6, 1e-2, "log-uniform")


def test_dependence_is_the_mean_over_the_other_dimensions() -> None:
    surrogate = FakeSurrogate(Space((X, Y)), level=0.2)

    line = partial_dependence(surrogate, ["x"], resolution=11, n_points=50)

    assert np.array(line.grids[0]) == pytest.approx(np.arange(11.0))
    # The mean of y is 10, and each unit counts a hundredth.
    assert line.mean == pytest.approx([0.3 + 0.01 * x for x in range(11)], abs=1e-3)


@pytest.mark.parametrize(("doubt", "is_told"), [(0.01, True), (0.5, False)])
def test_an_interval_is_that_of_the_mean_and_tells_whether_differences_are_chance(doubt: float, is_told: bool) -> None:
    surrogate = FakeSurrogate(Space((X, Y)), level=0.2, doubt=doubt)

    line = sure_dependence(surrogate, ["x"], resolution=11, n_points=50)

    # Of two refits the deviation is their distance from the mean, and Student's t has one degree of freedom.
    assert line.reach == pytest.approx(12.7062 * doubt * line.mean, rel=1e-4)
    assert line.reach_of_level == pytest.approx(12.7062 * doubt * line.level, rel=1e-4)
    assert line.is_told == is_told


def test_dependence_on_two_dimensions_has_an_axis_for_each() -> None:
    surrogate = FakeSurrogate(Space((X, N, Y)), level=0.0)

    panel = partial_dependence(surrogate, ["x", "n"], resolution=6, n_points=50)

    assert panel.mean.shape == (6, 4)
    expected = [[0.1 + 0.01 * (x + n) for n in (1, 2, 3, 4)] for x in (0, 2, 4, 6, 8, 10)]
    assert panel.mean == pytest.approx(np.array(expected), abs=1e-3)


def test_a_slice_has_the_other_dimensions_as_in_its_point() -> None:
    surrogate = FakeSurrogate(Space((X, N, Y)), level=0.0)

    line = slice_through(surrogate, "x", {"x": 3.0, "n": 2, "y": 18.0}, resolution=11)

    assert np.array(line.grids[0]) == pytest.approx(np.arange(11.0))
    assert line.mean == pytest.approx([0.2 + 0.01 * x for x in range(11)])


def test_a_grid_is_even_by_the_prior() -> None:
    assert grid(RATE, 5) == pytest.approx([1e-6, 1e-5, 1e-4, 1e-3, 1e-2])
    assert grid(Integer("n", 1, 3), 40) == [1, 2, 3]
    assert grid(Integer("n", 0, 100), 3) == [0, 50, 100]
    assert grid(KIND, 40) == ["a", "b"]


def test_points_fill_the_space_evenly_by_its_priors() -> None:
    points = points_at(Space((RATE, N, KIND)), latin_hypercube(3, 40))

    assert sum(float(point["rate"]) < 1e-4 for point in points) == 20
    assert sum(point["kind"] == "a" for point in points) == 20
    assert {point["n"] for point in points} == {1, 2, 3, 4}
    for point in points:
        Space((RATE, N, KIND)).check(point)


def test_every_integer_has_its_share_of_the_points() -> None:
    points = points_at(Space((N, X)), latin_hypercube(2, 400))

    assert [sum(point["n"] == n for point in points) for n in (1, 2, 3, 4)] == [100] * 4


def test_a_line_for_each_dimension_with_the_trials_and_the_best() -> None:
    study = study_in([X, KIND], 0.5, 0.75, None, 0.6)

    x, kind = axes_of(draw_dependence(summarize(study), FakeSurrogate(study.fingerprint.space)))

    average, _ = x.get_lines()
    heights = np.asarray(average.get_ydata())
    assert heights == pytest.approx(50 + np.linspace(0, 10, 40))
    scored = [study.trials[index] for index in (0, 1, 3)]
    places = [trial.params["x"] for trial in scored]
    assert [place for place, _ in dots(x, "trials")] == pytest.approx(places)
    assert [height for _, height in dots(x, "trials")] == [50, 75, 60]
    assert [height for _, height in dots(x, "best")] == [75]
    assert kind.get_xlabel() == "kind"


def test_beside_the_average_there_is_a_slice_through_the_best_trial() -> None:
    study = study_in([X, Y], 0.5, 0.75, None, 0.6)
    assert study.best is not None

    drawing = draw_dependence(summarize(study), FakeSurrogate(study.fingerprint.space))

    x, _ = axes_of(drawing)
    average, through_best = x.get_lines()
    assert (average.get_label(), through_best.get_label()) == ("mean over the others", "others as in the best trial")
    y = study.best.params["y"]
    assert isinstance(y, float)
    assert np.asarray(average.get_ydata()) == pytest.approx(60 + np.linspace(0, 10, 40), abs=0.1)
    assert np.asarray(through_best.get_ydata()) == pytest.approx(50 + y + np.linspace(0, 10, 40))
    assert {"mean over the others", "others as in the best trial"} <= set(texts(drawing))
    assert "; with the others as in the best trial x moves it from " in drawing.alt


def test_a_line_is_level_over_each_integer_and_each_category_with_gaps_between_those() -> None:
    study = study_in([Integer("n", 1, 4), Categorical("kind", (1, 2))], imported=[0.5, 0.6])

    n, kind = axes_of(draw_dependence(summarize(study), FakeSurrogate(study.fingerprint.space)))

    assert points(n)[:4] == [(0.5, 52.5), (1.5, 52.5), (1.5, 53.5), (2.5, 53.5)]
    left, right, gap, *_ = points(kind)
    assert (left[0], right[0]) == (-0.4, 0.4)
    assert left[1] == right[1] == pytest.approx(53.5, abs=0.1)
    assert np.isnan(gap).all()


def test_where_differences_are_within_chance_there_is_a_level_band_and_the_words() -> None:
    study = study_in([X, Y], 0.5, 0.75, 0.6)

    drawing = draw_dependence(summarize(study), FakeSurrogate(study.fingerprint.space, doubt=0.5))

    x, _ = axes_of(drawing)
    assert not x.get_lines() and x.get_title(loc="right") == "no difference can be told"
    assert x.patches[0].get_label() == "95 % interval of the mean"
    assert drawing.alt == (
        "Partial dependence of the surrogate. Of x no difference can be told. Of y no difference can be told."
    )


def test_without_a_best_trial_there_is_no_slice() -> None:
    study = study_in([X, Y], imported=[0.5, 0.6])

    x, _ = axes_of(draw_dependence(summarize(study), FakeSurrogate(study.fingerprint.space)))

    assert [line.get_label() for line in x.get_lines()] == ["mean over the others"]


@pytest.mark.parametrize("most", [2, 5, 20])
def test_the_dots_of_integers_and_categories_stay_within_the_column_of_their_value(most: int) -> None:
    study = study_in([Integer("n", 1, most), KIND], *(0.5 + number / 100 for number in range(40)))

    drawing = draw_dependence(summarize(study), FakeSurrogate(study.fingerprint.space))
    assert drawing.figure is not None
    drawing.figure.draw_without_rendering()

    points_a_pixel = 72 / drawing.figure.dpi
    for axes, values in zip(
        axes_of(drawing), ([t.params["n"] for t in study.trials], places_of_kind(study)), strict=True
    ):
        ((left, _), (right, _)) = axes.transData.transform([(0, 0), (1, 0)])
        (found,) = [each for each in axes.findobj(PathCollection) if each.get_label() == "trials"]
        assert isinstance(found, PathCollection)
        radius = float(np.sqrt(found.get_sizes()[0])) / 2 / points_a_pixel / (right - left)
        moved = np.array([x for x, _ in dots(axes, "trials")]) - np.array(values)
        assert max(abs(moved)) + radius < 0.5
        assert len(set(moved.round(9))) > 30


def test_the_legend_lies_within_the_figure() -> None:
    study = study_in([X, KIND], 0.5, 0.75, 0.6)

    drawing = draw_dependence(summarize(study), FakeSurrogate(study.fingerprint.space))

    assert drawing.figure is not None
    drawing.figure.draw_without_rendering()
    (legend,) = drawing.figure.legends
    assert len(legend.get_texts()) == 5
    box, width = legend.get_window_extent(), drawing.figure.bbox.width
    assert box.x0 >= 0 and box.x1 <= width


def test_a_landscape_for_each_pair_in_the_order_of_the_space() -> None:
    study = study_in([X, Y, N], 0.5, 0.75, 0.6)

    drawing = draw_landscape(summarize(study), FakeSurrogate(study.fingerprint.space))

    panels = [axes for axes in axes_of(drawing) if any(isinstance(each, QuadMesh) for each in axes.collections)]
    first = next(each for each in panels[0].collections if isinstance(each, QuadMesh))
    values = np.asarray(first.get_array()).reshape(20, 20)
    # Across lies x, and up lies y, which counts as much for each unit and has twice as many.
    assert values[0, -1] - values[0, 0] == pytest.approx(10)
    assert values[-1, 0] - values[0, 0] == pytest.approx(20)
    assert dots(panels[0], "trials") == [pytest.approx((t.params["x"], t.params["y"])) for t in study.trials]
    assert dots(panels[0], "best") == [pytest.approx((study.trials[1].params["x"], study.trials[1].params["y"]))]
    assert {"x", "y", "n", "val_accuracy, %\n(more is better)"} <= set(texts(drawing))


def test_no_pair_of_which_nothing_is_told_has_colours() -> None:
    study = study_in([X, KIND, Categorical("other", ("c", "d"))], 0.5, 0.75, 0.6)
    surrogate = FakeSurrogate(study.fingerprint.space)
    told = draw_landscape(summarize(study), surrogate)
    chance = draw_landscape(summarize(study), replace(surrogate, doubt=0.5))

    # To this surrogate categories do nothing.
    words = [axes.get_title() for axes in axes_of(told)]
    assert words.count("no difference can be told") == 1
    assert chance.absent == "No difference that a pair of dimensions makes can be told yet."


@pytest.mark.slow
def test_of_many_dimensions_those_that_do_most_are_shown() -> None:
    study = study_in([Real(f"d{n}", 0.0, 1.0 + n) for n in range(8)], 0.5, 0.6)

    drawing = draw_landscape(summarize(study), FakeSurrogate(study.fingerprint.space))

    assert drawing.title == "What each pair of the 6 strongest dimensions does on average"
    assert drawing.alt == "What the surrogate predicts over every pair of d2, d3, d4, d5, d6, d7."


def test_the_brighter_colour_is_the_better_score() -> None:
    study = study_in([X, Y], 0.5, 0.6)
    more_is_better = summarize(study)
    less_is_better = {**more_is_better, "objective": {"metric": "val_loss", "direction": "min", "is_share": False}}

    colors = []
    for summary in (more_is_better, less_is_better):
        axes, *_ = axes_of(draw_landscape(summary, FakeSurrogate(study.fingerprint.space)))  # type: ignore[arg-type]
        (mesh,) = [each for each in axes.collections if isinstance(each, QuadMesh)]
        colors.append([sum(mesh.cmap(share)[:3]) for share in (0.0, 1.0)])

    assert colors[0][0] < colors[0][1]
    assert colors[1][0] > colors[1][1]


def places_of_kind(study: Study) -> list[int]:
    return [KIND.categories.index(trial.params["kind"]) for trial in study.trials]


def points(axes: Axes) -> list[tuple[float, float]]:
    """Return where the one line of a panel goes."""
    (line,) = axes.get_lines()
    return [(round(float(x), 6), round(float(y), 6)) for x, y in np.asarray(line.get_xydata())]
