"""Parallel coordinates: each trial as a line across all dimensions, to its score."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from job.core.space import DimensionSummary, searched
from job.report.content import Summary
from job.report.plots.axes import bounds, format_ticks, is_short, linear_ticks, log_ticks, shorten
from job.report.plots.figure import INK, WIDEST, WIDTH, Drawing, new_figure, show_legend
from job.report.plots.looks import look_of, rank_colors, show_ranks
from job.report.plots.matrix import places
from job.report.plots.scores import best_words, nothing_scored, score_scale
from job.words import INACTIVE, count

_ROOM = 1.25  # inches: for one dimension, unless there are too many
_MOST_NAMES = 12  # of more categories only some are named
_INACTIVE_HEIGHT = -0.1  # of an axis: below its foot
_TILTED_FROM = 6  # dimensions: beside each other their names would run together


@dataclass(frozen=True)
class Rule:
    """One of the parallel axes, with `low` at its foot and `high`, which may be less, at its head."""

    name: str
    low: float
    high: float
    ticks: Sequence[float]
    labels: Sequence[str]
    is_log: bool = False

    def heights(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how far up `values` lie, from 0 to 1."""
        places, ends = values, np.array([self.low, self.high])
        if self.is_log:
            places, ends = np.log(values), np.log(ends)
        heights: NDArray[np.float64] = (places - ends[0]) / (ends[1] - ends[0])
        return heights


def draw_parallel(summary: Summary) -> Drawing:
    """Return every trial as a line from dimension to dimension, the best one in front; better scores lie higher."""
    drawing = Drawing(name="parallel", title="Every trial across all dimensions")
    if reason := nothing_scored(summary):
        return drawing.without_figure(reason)
    trials, space = summary["trials"], searched(summary["space"])
    score_rule, score_heights = _scores(summary)
    rules = [*(_rule(dimension) for dimension in space), score_rule]
    heights = [rule.heights(places(each, "y", trials)) for rule, each in zip(rules, space, strict=False)]
    heights = [np.nan_to_num(each, nan=_INACTIVE_HEIGHT) for each in heights]
    width = min(max(_ROOM * len(rules) + 1, WIDTH), WIDEST)
    figure = new_figure(drawing.title, width=width, height=4.2)
    axes = figure.add_subplot()
    _draw_lines(axes, summary, np.column_stack([*heights, score_heights]))
    _draw_rules(axes, rules)
    _draw_inactive(axes, [index for index, each in enumerate(heights) if _INACTIVE_HEIGHT in each])
    show_ranks(figure, rank_colors(summary))
    show_legend(figure)
    best = f" In front: {best_words(summary)}." if summary["best"] else ""
    return replace(drawing, figure=figure, alt=f"{count(len(trials), 'trial')} across {len(space)} dimensions.{best}")


def _rule(dimension: DimensionSummary) -> Rule:
    name, categories = shorten(dimension["name"], 24), dimension["categories"]
    if categories is not None:
        every = -(-len(categories) // _MOST_NAMES)
        labels = [shorten(category, 12) for category in categories[::every]]
        return Rule(name, -0.5, len(categories) - 0.5, range(0, len(categories), every), labels)
    low, high = bounds(dimension)
    if dimension["prior"] == "log-uniform":
        ticks = log_ticks(low, high)
        return Rule(name, low, high, ticks, format_ticks(ticks), is_log=True)
    ticks = linear_ticks(low, high, whole=dimension["kind"] == "integer")
    margin = 0.5 if is_short(dimension) else 0.0
    return Rule(name, low - margin, high + margin, ticks, format_ticks(ticks))


def _scores(summary: Summary) -> tuple[Rule, NDArray[np.float64]]:
    """Return the rule of the scores and how far up it each trial lies; NaN without a score."""
    scale = score_scale(summary)
    scores = [trial["score"] for trial in summary["trials"]]
    values = np.array([np.nan if score is None else scale.place(score) for score in scores])
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    if low == high:
        low, high = (low / 2, high * 2) if scale.is_log else (low - (abs(low) or 1), high + (abs(high) or 1))
    ticks = log_ticks(low, high) if scale.is_log else linear_ticks(low, high)
    ends = (low, high) if scale.direction == "max" else (high, low)
    name = scale.label.replace(" (less is better)", "").replace(" (more is better)", "")
    rule = Rule(name, *ends, ticks, scale.labels(ticks), is_log=scale.is_log)
    return rule, rule.heights(values)


def _draw_lines(axes: Axes, summary: Summary, lines: NDArray[np.float64]) -> None:
    colors, across = rank_colors(summary), np.arange(lines.shape[1])
    # The trials come with the best first, and the better ones are drawn later, and so in front.
    for trial, heights in reversed(list(zip(summary["trials"], lines, strict=True))):
        look = look_of(trial, summary, colors)
        (line,) = axes.plot(across, heights, color=look.color, linewidth=look.width, label=look.label)
        # The ticks are to be read through them.
        line.set(alpha=1 if look.width > 2 else 0.6, zorder=look.height)


def _draw_rules(axes: Axes, rules: Sequence[Rule]) -> None:
    for place, rule in enumerate(rules):
        axes.axvline(place, color=INK, linewidth=1, zorder=4)
        for height, label in zip(rule.heights(np.array(rule.ticks, np.float64)), rule.labels, strict=True):
            axes.plot([place - 0.03, place], [height] * 2, color=INK, linewidth=1, zorder=4)
            axes.text(place - 0.05, height, label, ha="right", va="center", size=8, weight="bold", zorder=5)
    axes.set(xlim=(-0.5, len(rules) - 0.9), ylim=(-0.03, 1.03), yticks=[])
    tilt: dict[str, Any] = {"rotation": 20, "ha": "left"} if len(rules) >= _TILTED_FROM else {}
    axes.xaxis.tick_top()
    axes.set_xticks(range(len(rules)), [rule.name for rule in rules], **tilt)
    axes.tick_params(axis="x", length=0)
    axes.spines[:].set_visible(False)
    axes.grid(visible=False)


def _draw_inactive(axes: Axes, places: Sequence[int]) -> None:
    """Mark the axes of dimensions that are inactive in some trials, whose lines pass below them."""
    for place in places:
        axes.text(place - 0.05, _INACTIVE_HEIGHT, INACTIVE, ha="right", va="top", size=8, weight="bold", zorder=5)
    if places:
        axes.set_ylim(_INACTIVE_HEIGHT - 0.06, 1.03)
