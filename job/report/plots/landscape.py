"""What the surrogate has learnt of the space: along each dimension, and on average over each pair of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from numpy.typing import NDArray

from job.core.space import DimensionSummary, searched, value_in
from job.report.content import Summary, TrialSummary
from job.report.plots.axes import has_columns, in_two_lines, positions, set_dimension
from job.report.plots.dependence import Dependence, Surrogate, partial_dependence, slice_through
from job.report.plots.figure import BLUE, INK, LEVEL, PURPLE, VERMILLION, Drawing, panels, show_legend
from job.report.plots.matrix import (
    MOST_DIMENSIONS,
    best_trials,
    dot_size,
    mark_best,
    new_matrix,
    pairs,
    places,
    show_key,
)
from job.report.plots.scores import ScoreScale, by_number, evidence_in, natural_scale
from job.words import format_score, format_value

Floats = NDArray[np.float64]

# Values along a dimension, and points of the space that a mean is over: by line and by panel.
_LINE_VALUES, _LINE_POINTS = 40, 100
_PANEL_VALUES, _PANEL_POINTS = 20, 50
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
_AVERAGE, _DEVIATION, _SLICE = "average over the others", "± one standard deviation", "others as in the best trial"
_NEVER = "never active\ntogether"
_NO_SURROGATE = "There are too few trials with a score to fit a surrogate to."


@dataclass(frozen=True)
class _Lines:
    """What the surrogate predicts along one dimension: on average, and through the best trial if there is one."""

    average: Dependence
    through_best: Dependence | None

    @property
    def means(self) -> list[float]:
        """Every mean of either."""
        return [float(mean) for each in (self.average, self.through_best) if each is not None for mean in each.mean]


def draw_dependence(summary: Summary, surrogate: Surrogate | None) -> Drawing:
    """Return what the surrogate predicts along each dimension, among the scores of the trials."""
    drawing = Drawing(name="dependence", title="What each dimension does")
    if surrogate is None:
        return drawing.without_figure(_NO_SURROGATE)
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


def draw_landscape(summary: Summary, surrogate: Surrogate | None) -> Drawing:
    """Return the partial dependence on each pair of dimensions, with the trials; of many, those that do most."""
    drawing = Drawing(name="landscape", title="What each pair of dimensions does, on average over the others")
    if surrogate is None:
        return drawing.without_figure(_NO_SURROGATE)
    every = searched(summary["space"])
    if len(every) < 2:
        return drawing.without_figure("A space of one dimension has no pairs of them.")
    space = _strongest(every, surrogate)
    if len(space) < len(every):
        drawing = replace(drawing, title=f"What each pair of the {len(space)} strongest dimensions does on average")
    figure, scale = new_matrix(drawing.title, len(space)), natural_scale(summary["objective"])
    panels_of = [(across, up, axes, _panel(surrogate, across, up)) for across, up, axes in pairs(figure, space)]
    trials, evidence = by_number(summary), evidence_in(summary)
    colors = _colors([panel for *_, panel in panels_of], scale)
    for across, up, axes, panel in panels_of:
        _draw_panel(axes, (across, up), panel, scale, colors)
        _draw_dots(axes, trials, across, up)
        if evidence:
            _draw_dots(axes, evidence, across, up, marker="D", color=PURPLE, label="evidence")
        mark_best(axes, summary, across, up)
    show_key(figure, space, colors, scale.label)
    names = ", ".join(dimension["name"] for dimension in space)
    return replace(drawing, figure=figure, alt=f"What the surrogate predicts over every pair of {names}.")


def _line(surrogate: Surrogate, dimension: DimensionSummary) -> Dependence:
    return partial_dependence(surrogate, [dimension["name"]], resolution=_LINE_VALUES, n_points=_LINE_POINTS)


def _lines(surrogate: Surrogate, dimension: DimensionSummary, summary: Summary) -> _Lines:
    name, best = dimension["name"], summary["best"]
    if best is None or value_in(best["params"], dimension) is None:
        return _Lines(_line(surrogate, dimension), None)
    through_best = slice_through(surrogate, name, best["params"], resolution=_LINE_VALUES)
    return _Lines(_line(surrogate, dimension), through_best)


def _panel(surrogate: Surrogate, across: DimensionSummary, up: DimensionSummary) -> Dependence:
    names = [across["name"], up["name"]]
    return partial_dependence(surrogate, names, resolution=_PANEL_VALUES, n_points=_PANEL_POINTS)


def _draw_lines(axes: Axes, dimension: DimensionSummary, lines: _Lines, scale: ScoreScale) -> None:
    average = lines.average
    reach = (scale.places(average.mean + sign * average.deviation) for sign in (-1, 1))
    xs, lows, highs = _over_columns(dimension, average, *reach)
    axes.fill_between(xs, lows, highs, color=BLUE, alpha=0.2, linewidth=0, label=_DEVIATION)
    axes.plot(*_over_columns(dimension, average, scale.places(average.mean)), color=BLUE, label=_AVERAGE)
    if (line := lines.through_best) is not None:
        xs, ys = _over_columns(dimension, line, scale.places(line.mean))
        axes.plot(xs, ys, color=VERMILLION, linestyle="--", label=_SLICE)


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
    """Make the vertical axis the same in all panels; how far the deviation reaches does not matter to it."""
    trials = (*summary["trials"], *evidence_in(summary))
    scores = [trial["score"] for trial in trials if trial["score"] is not None]
    scale.set(axes, [*scores, *(mean for lines in all_lines for mean in lines.means)])


def _draw_panel(
    axes: Axes,
    sides: tuple[DimensionSummary, DimensionSummary],
    panel: Dependence,
    scale: ScoreScale,
    colors: ScalarMappable,
) -> None:
    values = np.where(np.isnan(panel.mean), np.nan, scale.places(np.nan_to_num(panel.mean))).T
    if np.isnan(values).all():
        axes.text(0.5, 0.5, _NEVER, transform=axes.transAxes, ha="center", va="center", size=7, wrap=True)
        return
    xs, ys = (positions(side, grid) for side, grid in zip(sides, panel.grids, strict=True))
    smooth = not any(map(has_columns, sides))
    if not smooth:
        xs, ys = (_edges(side, places) for side, places in zip(sides, (xs, ys), strict=True))
    shading: Literal["gouraud", "flat"] = "gouraud" if smooth else "flat"
    axes.grid(visible=False)
    low, high = colors.get_clim()
    axes.pcolormesh(xs, ys, values, shading=shading, cmap=colors.cmap, vmin=low, vmax=high, rasterized=True)


def _draw_dots(
    axes: Axes,
    trials: Sequence[TrialSummary],
    across: DimensionSummary,
    up: DimensionSummary,
    **marks: Any,
) -> None:
    xs, ys, size = places(across, "x", trials), places(up, "y", trials), dot_size(trials)
    marks = {"color": "black", "label": "trials", **marks}
    dots = axes.scatter(xs, ys, s=size, edgecolors="white", linewidths=0.4, zorder=3, **marks)
    dots.set_clip_on(False)


def _edges(dimension: DimensionSummary, places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the edges of the cells around `places`, which are at least two, or a category by itself."""
    if has_columns(dimension):
        return np.append(places - 0.5, places[-1] + 0.5)
    log = dimension["prior"] == "log-uniform"
    middles = np.sqrt(places[1:] * places[:-1]) if log else (places[1:] + places[:-1]) / 2
    return np.concatenate([places[:1], middles, places[-1:]])


def _colors(panels_of: Sequence[Dependence], scale: ScoreScale) -> ScalarMappable:
    """Return the colours of all panels, the brighter the better."""
    means = np.concatenate([panel.mean.ravel() for panel in panels_of])
    values = scale.places(means[~np.isnan(means)])
    if not len(values):
        values = np.zeros(1)
    low, high = float(values.min()), float(values.max())
    margin = 0.0 if low < high else abs(low) / 100 or 1.0
    color_map = LEVEL if scale.direction == "max" else LEVEL.reversed()
    return ScalarMappable(Normalize(low - margin, high + margin), color_map)


def _strongest(space: Sequence[DimensionSummary], surrogate: Surrogate) -> list[DimensionSummary]:
    """Return the dimensions along which the surrogate changes most, in the order of the space."""
    if len(space) <= MOST_DIMENSIONS:
        return list(space)
    changes = {dimension["name"]: float(np.ptp(_line(surrogate, dimension).mean)) for dimension in space}
    strongest = sorted(changes, key=lambda name: -changes[name])[:MOST_DIMENSIONS]
    return [dimension for dimension in space if dimension["name"] in strongest]


def _alt(summary: Summary, all_lines: Sequence[_Lines]) -> str:
    metric, sentences = summary["objective"]["metric"], []
    for dimension, lines in zip(searched(summary["space"]), all_lines, strict=True):
        sentence = f"{dimension['name']} moves the mean of {metric} {_course(lines.average, dimension, summary)}"
        if lines.through_best is not None:
            course = _course(lines.through_best, dimension, summary)
            sentence += f"; with the others as in the best trial it moves it {course}"
        sentences.append(f"{sentence}.")
    return f"Partial dependence of the surrogate. {' '.join(sentences)}"


def _course(line: Dependence, dimension: DimensionSummary, summary: Summary) -> str:
    """Return where a line goes, such as `from 18.3 % to 45.1 %, best at 2.0e-03`."""
    metric, better = summary["objective"]["metric"], max if summary["objective"]["direction"] == "max" else min
    means = [float(mean) for mean in line.mean]
    where = format_value(line.grids[0][means.index(better(means))], dimension)
    return f"from {format_score(metric, min(means))} to {format_score(metric, max(means))}, best at {where}"
