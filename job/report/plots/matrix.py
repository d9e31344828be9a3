"""A matrix of panels, one for each pair of dimensions, with the trials in it."""

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from job.core.space import DimensionSummary, value_in
from job.report.content import Summary, TrialSummary
from job.report.plots.axes import Side, has_columns, in_two_lines, positions, set_dimension, shorten, spread
from job.report.plots.figure import VERMILLION, WIDEST, finish_bar, new_figure, show_legend

# Of a matrix of more of them the panels are too small to read.
MOST_DIMENSIONS = 6
_PANEL = 1.7  # inches
_AROUND = 1.1  # inches: names and title
_TICKS = MaxNLocator(5, integer=True)  # of the colours: trials, and scores in percent; of small ones there are halves
_NOTE = "Dots of one category or integer lie side by side."


def new_matrix(title: str, dimensions: int) -> Figure:
    """Return an empty figure with room for the pairs of so many dimensions."""
    width = min(max(_PANEL * (dimensions - 1) + _AROUND, 4.5), WIDEST)
    return new_figure(title, width=width, height=width + 0.2)


def pairs(
    figure: Figure, space: Sequence[DimensionSummary]
) -> Iterator[tuple[DimensionSummary, DimensionSummary, Axes]]:
    """Yield the dimension across, the one up and the panel of each pair; only the outer panels bear names."""
    grid = figure.add_gridspec(len(space) - 1, len(space) - 1)
    for column, row in combinations(range(len(space)), 2):
        axes = figure.add_subplot(grid[row - 1, column])
        set_dimension(axes, "x", space[column])
        set_dimension(axes, "y", space[row])
        if len(space) > 4:
            axes.set(xlabel=shorten(space[column]["name"]), ylabel=shorten(space[row]["name"]))
        if row < len(space) - 1:
            axes.set(xlabel="", xticklabels=[])
        if column > 0:
            axes.set(ylabel="", yticklabels=[])
        yield space[column], space[row], axes


def places(dimension: DimensionSummary, side: Side, trials: Sequence[TrialSummary]) -> NDArray[np.float64]:
    """Return where the dots of `trials` go along the axis of a dimension, those of one value side by side."""
    values = [value_in(trial["params"], dimension) for trial in trials]
    return positions(dimension, values) + spread(dimension, side, [trial["number"] for trial in trials])


def dot_size(trials: Sequence[TrialSummary]) -> float:
    """Return the size of a dot, in square points, at which so many of them can be told apart."""
    return min(max(900 / max(len(trials), 1), 6.0), 16.0)


def best_trials(summary: Summary) -> list[TrialSummary]:
    """Return the best trial that has a model, if there is one."""
    best = summary["best"]
    return [trial for trial in summary["trials"] if best is not None and trial["number"] == best["number"]]


def mark_best(axes: Axes, summary: Summary, across: DimensionSummary, up: DimensionSummary) -> None:
    """Put a star on the best trial, if there is one."""
    best = best_trials(summary)
    if not best:
        return
    xs, ys = places(across, "x", best), places(up, "y", best)
    axes.scatter(
        xs,
        ys,
        s=120,
        marker="*",
        color=VERMILLION,
        edgecolors="white",
        linewidths=0.6,
        label="best",
        zorder=4,
        clip_on=False,
    )


def show_key(figure: Figure, space: Sequence[DimensionSummary], colored: ScalarMappable, label: str) -> None:
    """Tell what colours and marks mean, in the free corner of a matrix of `space`, or below one that has none."""
    figure.align_ylabels()
    words = in_two_lines(label)
    if len(space) < 3:
        finish_bar(figure.colorbar(colored, ax=figure.axes, location="bottom", label=words, ticks=_TICKS))
        show_legend(figure)
        return
    corner = figure.add_subplot(len(space) - 1, len(space) - 1, (2, len(space) - 1))
    corner.set_axis_off()
    place = corner.inset_axes((0.1, 0.75, 0.8, 0.08))
    finish_bar(figure.colorbar(colored, cax=place, location="bottom", label=words, ticks=_TICKS))
    handles, labels = figure.axes[0].get_legend_handles_labels()
    note = _NOTE if any(map(has_columns, space)) else None
    corner.legend(handles, labels, loc="lower left", title=note, title_fontsize=8, alignment="left")
