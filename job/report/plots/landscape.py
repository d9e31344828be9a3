"""What the surrogate has learnt of each pair of dimensions, on average over the others."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from numpy.typing import NDArray

from job.core.space import DimensionSummary, searched
from job.report.content import Summary, TrialSummary
from job.report.plots.axes import has_columns, positions
from job.report.plots.dependence import (
    Dependence,
    Surrogate,
    partial_dependence,
    sure_dependence,
)
from job.report.plots.figure import LEVEL, PURPLE, Drawing
from job.report.plots.lines import NO_SURROGATE, UNTOLD, line_along
from job.report.plots.matrix import (
    MOST_DIMENSIONS,
    dot_size,
    mark_best,
    new_matrix,
    pairs,
    places,
    show_key,
)
from job.report.plots.scores import ScoreScale, by_number, evidence_in, natural_scale

Floats = NDArray[np.float64]

# Values along a dimension, and points of the space that a mean is over, of a panel.
_PANEL_VALUES, _PANEL_POINTS = 20, 50
_SURE_VALUES = 5  # by panel, with all refits

_NEVER = "never active\ntogether"
_NONE_TOLD = "No difference that a pair of dimensions makes can be told yet."


def draw_landscape(summary: Summary, surrogate: Surrogate | None) -> Drawing:
    """Return the partial dependence on each pair of dimensions, with the trials; of many, those that do most."""
    drawing = Drawing(name="landscape", title="What each pair of dimensions does, on average over the others")
    if surrogate is None:
        return drawing.without_figure(NO_SURROGATE)
    every = searched(summary["space"])
    if len(every) < 2:
        return drawing.without_figure("A space of one dimension has no pairs of them.")
    space = _strongest(every, surrogate)
    if len(space) < len(every):
        drawing = replace(drawing, title=f"What each pair of the {len(space)} strongest dimensions does on average")
    panels_of = {(across["name"], up["name"]): _panel(surrogate, across, up) for across, up in combinations(space, 2)}
    told = [panel for panel in panels_of.values() if panel is not None]
    if not told:
        return drawing.without_figure(_NONE_TOLD)
    figure, scale = new_matrix(drawing.title, len(space)), natural_scale(summary["objective"])
    trials, evidence, colors = by_number(summary), evidence_in(summary), _colors(told, scale)
    for across, up, axes in pairs(figure, space):
        panel = panels_of[across["name"], up["name"]]
        if panel is None:
            axes.set_title(UNTOLD, size=7, style="italic")
        else:
            _draw_panel(axes, (across, up), panel, scale, colors)
        _draw_dots(axes, trials, across, up)
        if evidence:
            _draw_dots(axes, evidence, across, up, marker="D", color=PURPLE, label="evidence")
        mark_best(axes, summary, across, up)
    show_key(figure, space, colors, scale.label)
    names = ", ".join(dimension["name"] for dimension in space)
    return replace(drawing, figure=figure, alt=f"What the surrogate predicts over every pair of {names}.")


def _panel(surrogate: Surrogate, across: DimensionSummary, up: DimensionSummary) -> Dependence | None:
    """Return what a pair of dimensions does; None where no difference that it makes is told."""
    names = [across["name"], up["name"]]
    panel = partial_dependence(surrogate, names, resolution=_PANEL_VALUES, n_points=_PANEL_POINTS)
    sure = sure_dependence(surrogate, names, resolution=_SURE_VALUES, n_points=_PANEL_POINTS)
    return panel if sure.is_told or np.isnan(sure.level) else None


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
    changes = {dimension["name"]: float(np.ptp(line_along(surrogate, dimension).mean)) for dimension in space}
    strongest = sorted(changes, key=lambda name: -changes[name])[:MOST_DIMENSIONS]
    return [dimension for dimension in space if dimension["name"] in strongest]
