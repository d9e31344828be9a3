"""What the surrogate has learnt of each dimension: along it, on average over the others and through the best trial."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from job.core.space import DimensionSummary, searched, value_in
from job.report.content import Summary
from job.report.plots.axes import has_columns, in_two_lines, positions, set_dimension
from job.report.plots.dependence import Dependence, SureDependence, Surrogate, slice_through, sure_dependence
from job.report.plots.figure import BLUE, INK, PURPLE, VERMILLION, Drawing, panels, show_legend
from job.report.plots.matrix import best_trials, places
from job.report.plots.scores import ScoreScale, by_number, evidence_in, natural_scale
from job.words import format_score, format_value

Floats = NDArray[np.float64]

UNTOLD = "no difference can be told"
NO_SURROGATE = "There are too few trials with a score to tell what a dimension does."
_VALUES, _POINTS = 40, 50  # along a dimension, and of the space, that a mean is over
_ROW_HEIGHT = 2.1  # inches
_HALF_COLUMN = 0.4  # of the room that a category has

_TRIALS: Mapping[str, Any] = {"s": 12, "color": INK, "label": "trials", "zorder": 3, "clip_on": False}
_EVIDENCE: Mapping[str, Any] = {**_TRIALS, "marker": "D", "color": PURPLE, "label": "evidence", "zorder": 2.9}
_BEST: Mapping[str, Any] = {
    "s": 110,
    "marker": "*",
    "color": VERMILLION,
    "label": "best",
    "zorder": 4,
    "clip_on": False,
}
_AVERAGE, _INTERVAL, _SLICE = "mean over the others", "95 % interval of the mean", "others as in the best trial"


@dataclass(frozen=True)
class _Lines:
    """What the surrogate predicts along one dimension: on average, and through the best trial if there is one and its
    differences are told.
    """

    average: SureDependence
    through_best: SureDependence | None

    @property
    def is_told(self) -> bool:
        """Whether any difference is more than chance."""
        return self.average.is_told or self.through_best is not None

    @property
    def means(self) -> list[float]:
        """Every mean that is drawn."""
        average = self.average.mean if self.average.is_told else [self.average.level]
        return [*map(float, average), *map(float, [] if self.through_best is None else self.through_best.mean)]


def draw_dependence(summary: Summary, surrogate: Surrogate | None) -> Drawing:
    """Return what the surrogate predicts along each dimension, among the scores of the trials."""
    drawing = Drawing(name="dependence", title="What each dimension does")
    if surrogate is None:
        return drawing.without_figure(NO_SURROGATE)
    scale, space = natural_scale(summary["objective"]), searched(summary["space"])
    figure, all_axes = panels(drawing.title, len(space), row_height=_ROW_HEIGHT)
    all_lines = [_lines(surrogate, dimension, summary) for dimension in space]
    for dimension, lines, axes in zip(space, all_lines, all_axes, strict=True):
        _draw_lines(axes, dimension, lines, scale)
        _draw_scores(axes, dimension, summary, scale)
        set_dimension(axes, "x", dimension)
        _set_scores(axes, summary, all_lines, scale)
        axes.set_ylabel("")
    figure.supylabel(in_two_lines(scale.label), size=9)
    show_legend(figure)
    return replace(drawing, figure=figure, alt=_alt(summary, all_lines))


def line_along(surrogate: Surrogate, dimension: DimensionSummary) -> SureDependence:
    """Return what the surrogate predicts along a dimension, on average over the others."""
    return sure_dependence(surrogate, [dimension["name"]], resolution=_VALUES, n_points=_POINTS)


def _lines(surrogate: Surrogate, dimension: DimensionSummary, summary: Summary) -> _Lines:
    name, best = dimension["name"], summary["best"]
    average = line_along(surrogate, dimension)
    if best is None or value_in(best["params"], dimension) is None:
        return _Lines(average, None)
    through_best = slice_through(surrogate, name, best["params"], resolution=_VALUES)
    return _Lines(average, through_best if through_best.is_told else None)


def _draw_lines(axes: Axes, dimension: DimensionSummary, lines: _Lines, scale: ScoreScale) -> None:
    average = lines.average
    if average.is_told:
        reach = (scale.places(average.mean + sign * average.reach) for sign in (-1, 1))
        xs, lows, highs = _over_columns(dimension, average, *reach)
        axes.fill_between(xs, lows, highs, color=BLUE, alpha=0.2, linewidth=0, label=_INTERVAL)
        axes.plot(*_over_columns(dimension, average, scale.places(average.mean)), color=BLUE, label=_AVERAGE)
    else:
        # From end to end of the panel, as if no value were known to be another than any other.
        ends = (scale.place(average.level + sign * average.reach_of_level) for sign in (-1, 1))
        axes.axhspan(*ends, color=BLUE, alpha=0.2, linewidth=0, label=_INTERVAL)
    if (line := lines.through_best) is not None:
        xs, ys = _over_columns(dimension, line, scale.places(line.mean))
        axes.plot(xs, ys, color=VERMILLION, linestyle="--", label=_SLICE)
    if not lines.is_told:
        axes.set_title(UNTOLD, size=8, loc="right", style="italic")


def _over_columns(dimension: DimensionSummary, line: Dependence, *heights: Floats) -> list[Floats]:
    """Return how far to the right and up lines go through `heights`: level over each category and each of few integers.

    Between two categories there is nothing, and so a gap.
    """
    courses = [positions(dimension, line.grids[0]), *heights]
    if not has_columns(dimension):
        return courses
    half, gap = (0.5, []) if dimension["categories"] is None else (_HALF_COLUMN, [np.nan])
    moves = ([-half, half, *gap], *[[0.0, 0.0, *gap]] * len(heights))
    return [np.add.outer(course, move).ravel() for course, move in zip(courses, moves, strict=True)]


def _draw_scores(axes: Axes, dimension: DimensionSummary, summary: Summary, scale: ScoreScale) -> None:
    best = best_trials(summary)
    for trials, marks in ((by_number(summary), _TRIALS), (evidence_in(summary), _EVIDENCE), (best, _BEST)):
        if marks is _EVIDENCE and not trials:
            continue  # without an entry in the legend
        scored = [(trial, scale.place(trial["score"])) for trial in trials if trial["score"] is not None]
        heights = [height for _, height in scored]
        axes.scatter(places(dimension, "x", [trial for trial, _ in scored]), heights, **marks)


def _set_scores(axes: Axes, summary: Summary, all_lines: Sequence[_Lines], scale: ScoreScale) -> None:
    """Make the vertical axis the same in all panels; how far intervals reach does not matter to it."""
    trials = (*summary["trials"], *evidence_in(summary))
    scores = [trial["score"] for trial in trials if trial["score"] is not None]
    scale.set(axes, [*scores, *(mean for lines in all_lines for mean in lines.means)])


def _alt(summary: Summary, all_lines: Sequence[_Lines]) -> str:
    return f"Partial dependence of the surrogate. {' '.join(_sentences(summary, all_lines))}"


def _sentences(summary: Summary, all_lines: Sequence[_Lines]) -> Iterator[str]:
    metric = summary["objective"]["metric"]
    for dimension, lines in zip(searched(summary["space"]), all_lines, strict=True):
        name, parts = dimension["name"], []
        if lines.average.is_told:
            parts.append(f"{name} moves the mean of {metric} {_course(lines.average, dimension, summary)}")
        if lines.through_best is not None:
            course = _course(lines.through_best, dimension, summary)
            parts.append(f"with the others as in the best trial {name} moves it {course}")
        yield f"{'; '.join(parts)}." if parts else f"Of {name} {UNTOLD}."


def _course(line: Dependence, dimension: DimensionSummary, summary: Summary) -> str:
    """Return where a line goes, such as `from 18.3 % to 45.1 %, best at 2.0e-03`."""
    metric, better = summary["objective"]["metric"], max if summary["objective"]["direction"] == "max" else min
    means = [float(mean) for mean in line.mean]
    where = format_value(line.grids[0][means.index(better(means))], dimension)
    return f"from {format_score(metric, min(means))} to {format_score(metric, max(means))}, best at {where}"
