"""The learning curves of all trials, with the best one in front."""

import math
from collections.abc import Sequence
from dataclasses import replace

from matplotlib.axes import Axes

from job.report.content import Summary, TrialSummary
from job.report.plots.axes import format_ticks, set_linear, set_log
from job.report.plots.figure import Drawing, new_figure, show_legend
from job.report.plots.looks import look_of, rank_colors, show_ranks
from job.report.plots.scores import ScoreScale, best_words, score_scale
from job.words import count

_HEIGHT = 3.6  # inches


def draw_learning_curves(summary: Summary) -> Drawing:
    """Return the metric of each trial after each epoch, and at the rungs within one."""
    drawing = Drawing(name="learning_curves", title="Learning curves of all trials")
    trials = [trial for trial in summary["trials"] if _known(trial)]
    if not trials:
        return drawing.without_figure("No trial has trained an epoch here.")
    figure = new_figure(drawing.title, height=_HEIGHT)
    _draw_curves(figure.add_subplot(), summary, trials, score_scale(summary))
    show_ranks(figure, rank_colors(summary))
    show_legend(figure)
    best = f" In front: {best_words(summary)}." if summary["best"] else ""
    where = "at each rung and after each epoch" if summary["pruning"] else "after each epoch"
    metric = summary["objective"]["metric"]
    return replace(drawing, figure=figure, alt=f"{metric} of {count(len(trials), 'trial')} {where}.{best}")


def _draw_curves(axes: Axes, summary: Summary, trials: Sequence[TrialSummary], scale: ScoreScale) -> None:
    colors = rank_colors(summary)
    ends: list[tuple[float, float, str]] = []
    # The trials come with the best first, and the better ones are drawn later, and so in front.
    for trial in reversed(trials):
        look, curve = look_of(trial, summary, colors), _curve(trial)
        values = [math.nan if value is None else scale.place(value) for value in curve.values()]
        axes.plot(list(curve), values, color=look.color, linewidth=look.width, label=look.label, zorder=look.height)
        last = max(epochs for epochs, value in curve.items() if value is not None)
        ends.append((last, values[list(curve).index(last)], look.color))
    xs, ys, end_colors = zip(*ends, strict=True)
    # The end is what counts, and the only thing to be seen of a single epoch.
    axes.scatter(xs, ys, s=9, color=end_colors, zorder=3, clip_on=False)
    _set_epochs(axes, [each for trial in trials for each in _curve(trial)], summary["settings"]["rungs"])
    scale.set(axes, [value for trial in trials for value in _known(trial)])
    axes.set_xlabel("epoch")


def _curve(trial: TrialSummary) -> dict[float, float | None]:
    """Return the metric of a trial by the epochs that it had behind it, ascending; None where that was no number."""
    points = {rung["epochs"]: rung["score"] for rung in trial["rungs"]}
    points |= {float(epoch): value for epoch, value in enumerate(trial["curve"], start=1)}
    return dict(sorted(points.items()))


def _known(trial: TrialSummary) -> list[float]:
    return [value for value in _curve(trial).values() if value is not None]


def _set_epochs(axes: Axes, epochs: Sequence[float], rungs: Sequence[float]) -> None:
    """Make the horizontal axis that of epochs: logarithmic, with ticks at the rungs, where one is within the first."""
    if min(epochs) < 1:
        set_log(axes, "x", min(epochs), max(epochs))
        ticks = sorted({*(rung for rung in rungs if rung <= max(epochs)), max(epochs)})
        axes.set_xticks(ticks, format_ticks(ticks))
    else:
        set_linear(axes, "x", 1, max(epochs), whole=True)
