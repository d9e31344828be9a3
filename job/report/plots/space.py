"""Where in the space the search has looked: along each dimension, and in every pair of them."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from job.core.space import DimensionSummary, searched, value_in
from job.core.trial import Status
from job.report.content import Summary, TrialSummary
from job.report.plots.axes import bounds, is_short, positions, set_dimension
from job.report.plots.figure import BLUE, GREY, ORDER, SKY, VERMILLION, Drawing, panels, show_legend
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
from job.report.plots.scores import by_number
from job.words import count, format_params

_BINS = 16
_ROW_HEIGHT = 1.8  # inches: of histograms side by side
_NOTHING = "No trial has been proposed yet."


def draw_histograms(summary: Summary) -> Drawing:
    """Return how many trials lie where along each dimension, with the place of the best one."""
    trials, space = by_number(summary), searched(summary["space"])
    drawing = Drawing(name="histograms", title="How often each value was tried")
    if not trials:
        return drawing.without_figure(_NOTHING)
    figure, all_axes = panels(drawing.title, len(space), row_height=_ROW_HEIGHT)
    for dimension, axes in zip(space, all_axes, strict=True):
        _draw_histogram(axes, dimension, trials)
        _mark_best(axes, dimension, best_trials(summary))
        set_dimension(axes, "x", dimension)
        axes.set_ylabel("trials")
        axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    show_legend(figure)
    return replace(drawing, figure=figure, alt=_alt(summary))


def draw_samples(summary: Summary) -> Drawing:
    """Return the trials in every pair of dimensions, coloured by their order."""
    trials, every = by_number(summary), searched(summary["space"])
    space = every[:MOST_DIMENSIONS]
    some = f", in the first {len(space)} of {len(every)} dimensions" if space != every else ""
    drawing = Drawing(name="samples", title=f"Where the trials lie{some}")
    if not trials:
        return drawing.without_figure(_NOTHING)
    if len(space) < 2:
        return drawing.without_figure("A space of one dimension has no pairs of them.")
    figure = new_matrix(drawing.title, len(space))
    for across, up, axes in pairs(figure, space):
        dots = _draw_dots(axes, trials, across, up)
        mark_best(axes, summary, across, up)
    show_key(figure, space, dots, "trial")
    names = ", ".join(dimension["name"] for dimension in space)
    alt = f"{count(len(trials), 'trial')} in every pair of {names}, by their order."
    return replace(drawing, figure=figure, alt=alt)


def _draw_dots(
    axes: Axes, trials: Sequence[TrialSummary], across: DimensionSummary, up: DimensionSummary
) -> PathCollection:
    numbers = [trial["number"] for trial in trials]
    xs, ys, size = places(across, "x", trials), places(up, "y", trials), dot_size(trials)
    dots = axes.scatter(xs, ys, size, numbers, cmap=ORDER, vmin=1, vmax=max(numbers[-1], 2), label="trial", zorder=2)
    dots.set_clip_on(False)
    return dots


def _draw_histogram(axes: Axes, dimension: DimensionSummary, trials: Sequence[TrialSummary]) -> None:
    ends: tuple[str, ...] = (Status.STOPPED, Status.FAILED)
    stopped, failed = ([trial for trial in trials if trial["status"] == status] for status in ends)
    others = [trial for trial in trials if trial["status"] not in ends]
    parts = [(others, BLUE, "trials"), (stopped, SKY, "stopped early"), (failed, GREY, "failed ones")]
    values = [_active_places(dimension, group) for group, _, _ in parts]
    shown = [part for part in zip(values, parts, strict=True) if len(part[0])]
    if not shown:
        axes.text(0.5, 0.5, "in no trial yet", transform=axes.transAxes, ha="center", va="center", color=GREY)
        return
    axes.hist(
        [places for places, _ in shown],
        bins=_edges(dimension),
        stacked=True,
        color=[color for _, (_, color, _) in shown],
        label=[label for _, (_, _, label) in shown],
        rwidth=0.9,
    )


def _active_places(dimension: DimensionSummary, trials: Sequence[TrialSummary]) -> NDArray[np.float64]:
    """Return where trials lie along the axis of a dimension, those alone in which it is active."""
    places = positions(dimension, [value_in(trial["params"], dimension) for trial in trials])
    return places[~np.isnan(places)]


def _edges(dimension: DimensionSummary) -> list[float]:
    """Return the edges of the bars: one for each category or integer of a few, and equal steps of all others."""
    if dimension["categories"] is not None:
        return [index - 0.5 for index in range(len(dimension["categories"]) + 1)]
    low, high = bounds(dimension)
    if is_short(dimension):
        return [value - 0.5 for value in range(int(low), int(high) + 2)]
    steps = np.geomspace if dimension["prior"] == "log-uniform" else np.linspace
    return [float(edge) for edge in steps(low, high, _BINS + 1)]


def _mark_best(axes: Axes, dimension: DimensionSummary, best: Sequence[TrialSummary]) -> None:
    for trial in best:
        for place in _active_places(dimension, [trial]):
            line = axes.axvline(float(place), color=VERMILLION, linewidth=1.5, linestyle="--")
            line.set_label("best")


def _alt(summary: Summary) -> str:
    best = best_trials(summary)
    names = ", ".join(dimension["name"] for dimension in searched(summary["space"]))
    where = f" The best one lies at {format_params(best[0]['params'], summary['space'])}." if best else ""
    return f"Histograms of {count(len(summary['trials']), 'trial')} along {names}.{where}"
