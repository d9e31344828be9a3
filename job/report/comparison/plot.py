"""A comparison as a plot: the best score so far against trials, epochs and training time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

from matplotlib.axes import Axes

from job.report.comparison import sentences
from job.report.comparison.content import AXES, Axis, Comparison, PointSummary
from job.report.plot import Plot
from job.report.plots.axes import set_linear, shorten
from job.report.plots.figure import (
    BLUE,
    GREY,
    INK,
    PURPLE,
    SKY,
    VERMILLION,
    WIDEST,
    Drawing,
    new_figure,
    save,
    show_legend,
    style,
)
from job.report.plots.scores import ScoreScale, scale_for
from job.report.plots.times import time_unit

_HEIGHT = 3.4  # inches
_LONGEST_LABEL = 60  # letters
_BAND = 0.2  # opacity
# Of the lines, in their order: lines of one colour are told apart by how they are drawn.
_LINES = tuple((color, dash) for dash, color in product(("-", "--", ":"), (BLUE, VERMILLION, PURPLE, SKY, GREY, INK)))
_BOUNDS = ("median", "low", "high")


@dataclass(frozen=True)
class _Line:
    color: str
    dash: str
    label: str


def plot_comparison(comparison: Comparison) -> Plot:
    """Return the plot: for each group a line for the median of its states, in a band from the worst to the best."""
    with style():
        return save(draw_comparison_plot(comparison))


def draw_comparison_plot(comparison: Comparison) -> Drawing:
    """Return the plot before it is saved; in the style of the report."""
    drawing = Drawing(name="comparison", title="Best score so far, by what it took", alt=_alt(comparison))
    groups = comparison["groups"]
    scores = [point[bound] for each in groups for point in each["course"]["trials"] for bound in _BOUNDS]  # type: ignore[literal-required]
    if not scores:
        return drawing.without_figure("No trial has a score yet.")
    figure = new_figure(drawing.title, width=WIDEST, height=_HEIGHT)
    scale = scale_for(comparison["objective"], scores)
    first: Axes | None = None
    for place, axis in enumerate(AXES, start=1):
        axes = figure.add_subplot(1, len(AXES), place, sharey=first)
        _draw_axis(axes, axis, comparison, scale)
        if first is None:
            first = axes
            scale.set(axes, scores)
        else:
            axes.tick_params(labelleft=False)
    show_legend(figure)
    return replace(drawing, figure=figure)


def _draw_axis(axes: Axes, axis: Axis, comparison: Comparison, scale: ScoreScale) -> None:
    courses = [each["course"][axis] for each in comparison["groups"]]
    end = max(course[-1]["at"] for course in courses if course)
    unit, name = time_unit(end) if axis == "seconds" else (1.0, "")
    for index, (group, course) in enumerate(zip(comparison["groups"], courses, strict=True)):
        color, dash = _LINES[index % len(_LINES)]
        if course:
            _draw_course(axes, course, unit, scale, _Line(color, dash, shorten(group["label"], _LONGEST_LABEL)))
    begin = 1 if axis == "trials" else 0
    set_linear(axes, "x", begin, end / unit, whole=axis != "seconds")
    axes.set_xlabel(f"training, {name}" if axis == "seconds" else axis)


def _draw_course(axes: Axes, course: Sequence[PointSummary], unit: float, scale: ScoreScale, line: _Line) -> None:
    places = [point["at"] / unit for point in course]
    median, low, high = ([scale.place(point[bound]) for point in course] for bound in _BOUNDS)  # type: ignore[literal-required]
    axes.fill_between(places, low, high, step="post", color=line.color, alpha=_BAND, linewidth=0)
    axes.step(places, median, where="post", color=line.color, linestyle=line.dash, linewidth=1.6, label=line.label)


def _alt(comparison: Comparison) -> str:
    metric = comparison["objective"]["metric"]
    best = (f"{each['label']} {sentences.format_spread(metric, each['best'])}" for each in comparison["groups"])
    return f"Best {metric} so far against trials, epochs and training time; in the end {'; '.join(best)}."
