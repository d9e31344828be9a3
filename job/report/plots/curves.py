"""The learning curves of all trials, with the best one in front."""

import math
from collections.abc import Sequence
from dataclasses import replace

from matplotlib.axes import Axes

from job.report.content import Summary, TrialSummary
from job.report.plots.axes import set_linear
from job.report.plots.figure import Drawing, new_figure, show_legend
from job.report.plots.looks import look_of, rank_colors, show_ranks
from job.report.plots.scores import ScoreScale, best_words, score_scale
from job.words import count

_HEIGHT = 3.6  # inches


def draw_learning_curves(summary: Summary) -> Drawing:
    """Return the metric of each trial after each epoch."""
    drawing = Drawing(name="learning_curves", title="Learning curves of all trials")
    trials = [trial for trial in summary["trials"] if any(value is not None for value in trial["curve"])]
    if not trials:
        return drawing.without_figure("No trial has trained an epoch here.")
    figure = new_figure(drawing.title, height=_HEIGHT)
    _draw_curves(figure.add_subplot(), summary, trials, score_scale(summary))
    show_ranks(figure, rank_colors(summary))
    show_legend(figure)
    best = f" In front: {best_words(summary)}." if summary["best"] else ""
    metric = summary["objective"]["metric"]
    return replace(drawing, figure=figure, alt=f"{metric} of {count(len(trials), 'trial')} after each epoch.{best}")


def _draw_curves(axes: Axes, summary: Summary, trials: Sequence[TrialSummary], scale: ScoreScale) -> None:
    colors = rank_colors(summary)
    ends: list[tuple[int, float, str]] = []
    # The trials come with the best first, and the better ones are drawn later, and so in front.
    for trial in reversed(trials):
        look, curve = look_of(trial, summary, colors), trial["curve"]
        values = [math.nan if value is None else scale.place(value) for value in curve]
        epochs = range(1, len(curve) + 1)
        axes.plot(epochs, values, color=look.color, linewidth=look.width, label=look.label, zorder=look.height)
        last = max(index for index, value in enumerate(curve) if value is not None)
        ends.append((last + 1, values[last], look.color))
    xs, ys, end_colors = zip(*ends, strict=True)
    # The end is what counts, and the only thing to be seen of a single epoch.
    axes.scatter(xs, ys, s=9, color=end_colors, zorder=3, clip_on=False)
    set_linear(axes, "x", 1, max(len(trial["curve"]) for trial in trials), whole=True)
    scale.set(axes, [value for trial in trials for value in trial["curve"] if value is not None])
    axes.set_xlabel("epoch")
