"""How the best score grew with the trials."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from matplotlib.axes import Axes

from job.core.trial import Status
from job.report.content import Summary, TrialSummary
from job.report.plots.axes import set_linear
from job.report.plots.figure import BLUE, INK, PURPLE, SKY, VERMILLION, Drawing, new_figure, show_legend
from job.report.plots.scores import (
    ScoreScale,
    best_words,
    by_number,
    evidence_in,
    nothing_scored,
    score_scale,
    score_so_far,
)
from job.words import count, format_score

# How a trial of each status is drawn: marker, colour, whether it is filled, and what the legend calls it.
_DOTS = {
    Status.COMPLETED: ("o", BLUE, True, "completed"),
    Status.IMPORTED: ("D", PURPLE, True, "evidence"),
    Status.STOPPED: ("v", SKY, False, "stopped early, at its rung"),
    Status.RUNNING: ("o", INK, False, "unfinished, latest epoch"),
}
_FAILED_HEIGHT = 0.03  # of the axes


def draw_convergence(summary: Summary) -> Drawing:
    """Return the best score after each trial, among the scores of all."""
    drawing = Drawing(name="convergence", title="Best score after each trial", alt=_alt(summary))
    if reason := nothing_scored(summary):
        return drawing.without_figure(reason)
    trials, evidence, scale = by_number(summary), evidence_in(summary), score_scale(summary)
    figure = new_figure(drawing.title, height=3.6)
    axes = figure.add_subplot()
    _draw_best_so_far(axes, trials, scale)
    for status in _DOTS:
        _draw_dots(axes, status, (*trials, *evidence), scale)
    _draw_failed(axes, trials)
    _draw_best(axes, summary, scale)
    known = [score for trial in (*trials, *evidence) if (score := score_so_far(trial)) is not None]
    scale.set(axes, known, room_below=2 * _FAILED_HEIGHT if summary["totals"]["failed"] else 0)
    set_linear(axes, "x", 1 if evidence else trials[0]["number"], trials[-1]["number"], whole=True)
    axes.set_xlabel("trial")
    show_legend(figure)
    return replace(drawing, figure=figure)


def _draw_best_so_far(axes: Axes, trials: Sequence[TrialSummary], scale: ScoreScale) -> None:
    known = [(trial["number"], scale.place(trial["score"])) for trial in trials if trial["score"] is not None]
    better = max if scale.direction == "max" else min
    heights = list(accumulate((height for _, height in known), better))
    # The last one holds up to the last trial, be that a failed one.
    xs, ys = [*(number for number, _ in known), trials[-1]["number"]], [*heights, heights[-1]]
    axes.step(xs, ys, where="post", color=INK, linewidth=1.2, label="best so far", zorder=2)


def _draw_dots(axes: Axes, status: Status, trials: Sequence[TrialSummary], scale: ScoreScale) -> None:
    marker, color, filled, label = _DOTS[status]
    of_status = [(trial["number"], score_so_far(trial)) for trial in trials if trial["status"] == status]
    known = [(number, scale.place(score)) for number, score in of_status if score is not None]
    if not known:
        return
    xs, ys = zip(*known, strict=True)
    face = color if filled else "none"
    axes.scatter(xs, ys, s=22, marker=marker, facecolors=face, edgecolors=color, linewidths=1, label=label, zorder=3)


def _draw_failed(axes: Axes, trials: Sequence[TrialSummary]) -> None:
    failed = [trial["number"] for trial in trials if trial["status"] == Status.FAILED]
    if not failed:
        return
    at_the_bottom = axes.get_xaxis_transform()
    heights = [_FAILED_HEIGHT] * len(failed)
    axes.scatter(failed, heights, s=24, marker="x", color=INK, label="failed", transform=at_the_bottom, zorder=3)


def _draw_best(axes: Axes, summary: Summary, scale: ScoreScale) -> None:
    best = summary["best"]
    if best is None or best["score"] is None:
        return
    height, text = scale.place(best["score"]), format_score(summary["objective"]["metric"], best["score"])
    label = f"best: trial {best['number']}, {text}"
    axes.scatter([best["number"]], [height], s=110, marker="*", color=VERMILLION, label=label, zorder=4)


def _alt(summary: Summary) -> str:
    totals, metric = summary["totals"], summary["objective"]["metric"]
    best = f"; the best is {best_words(summary)}" if summary["best"] else ""
    ends = [f"{totals['stopped']} stopped early"] if totals["stopped"] else []
    ends += [f"{totals['failed']} failed"] if totals["failed"] else []
    others = f", of which {' and '.join(ends)}" if ends else ""
    return f"Best {metric} so far over the trials: {count(totals['trials'], 'trial')}{others}{best}."
