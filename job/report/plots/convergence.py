"""How the best score grew: with the trials, with the epochs that they trained, and as an error."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from matplotlib.axes import Axes

from job.core.trial import Status
from job.report.content import Summary, TrialSummary
from job.report.plots.axes import set_linear
from job.report.plots.figure import BLUE, INK, PURPLE, VERMILLION, Drawing, new_figure, show_legend
from job.report.plots.scores import (
    ScoreScale,
    best_words,
    by_number,
    error_scale,
    natural_scale,
    nothing_scored,
    score_so_far,
)
from job.words import count, format_score

# How a trial of each status is drawn: marker, colour, whether it is filled, and what the legend calls it.
_DOTS = {
    Status.COMPLETED: ("o", BLUE, True, "completed"),
    Status.IMPORTED: ("D", PURPLE, True, "imported"),
    Status.RUNNING: ("o", INK, False, "unfinished, latest epoch"),
}
_FAILED_HEIGHT = 0.03  # of the axes


def draw_convergence(summary: Summary) -> Drawing:
    """Return the best score after each trial, among the scores of all."""
    drawing = Drawing(name="convergence", title="Best score after each trial", alt=_alt(summary, "the trials"))
    return _draw(summary, drawing, natural_scale(summary))


def draw_convergence_by_epochs(summary: Summary) -> Drawing:
    """Return the best score over the epochs that all trials have trained."""
    title = "Best score after so many epochs of training"
    drawing = Drawing(name="convergence_by_epochs", title=title, alt=_alt(summary, "the epochs of all trials"))
    return _draw(summary, drawing, natural_scale(summary), by_epochs=True)


def draw_error(summary: Summary) -> Drawing:
    """Return the error after each trial on a logarithmic scale, on which the best trials lie apart."""
    title = "Error after each trial, on a logarithmic scale"
    return _draw(summary, Drawing(name="error", title=title, alt=_alt(summary, "the trials")), error_scale(summary))


def _draw(summary: Summary, drawing: Drawing, scale: ScoreScale | str, *, by_epochs: bool = False) -> Drawing:
    if reason := nothing_scored(summary):
        return drawing.without_figure(reason)
    if isinstance(scale, str):
        return drawing.without_figure(scale)
    trials = by_number(summary)
    places = list(accumulate(trial["epochs"] for trial in trials)) if by_epochs else [t["number"] for t in trials]
    figure = new_figure(drawing.title, height=3.6)
    axes = figure.add_subplot()
    _draw_best_so_far(axes, trials, places, scale)
    for status in _DOTS:
        _draw_dots(axes, status, trials, places, scale)
    _draw_failed(axes, trials, places)
    _draw_best(axes, summary, trials, places, scale)
    known = [score for trial in trials if (score := score_so_far(trial)) is not None]
    scale.set(axes, known, room_below=2 * _FAILED_HEIGHT if summary["totals"]["failed"] else 0)
    set_linear(axes, "x", min(places), max(places), whole=True)
    axes.set_xlabel("epochs trained, of all trials" if by_epochs else "trial")
    show_legend(figure)
    return replace(drawing, figure=figure)


def _draw_best_so_far(axes: Axes, trials: Sequence[TrialSummary], places: Sequence[int], scale: ScoreScale) -> None:
    scored = [(place, trial["score"]) for place, trial in zip(places, trials, strict=True)]
    known = [(place, scale.place(score)) for place, score in scored if score is not None]
    better = max if scale.direction == "max" else min
    heights = list(accumulate((height for _, height in known), better))
    # The last one holds up to the last trial, be that a failed one.
    xs, ys = [*(place for place, _ in known), places[-1]], [*heights, heights[-1]]
    axes.step(xs, ys, where="post", color=INK, linewidth=1.2, label="best so far", zorder=2)


def _draw_dots(
    axes: Axes, status: Status, trials: Sequence[TrialSummary], places: Sequence[int], scale: ScoreScale
) -> None:
    marker, color, filled, label = _DOTS[status]
    of_status = [(place, trial) for place, trial in zip(places, trials, strict=True) if trial["status"] == status]
    known = [(place, scale.place(score)) for place, t in of_status if (score := score_so_far(t)) is not None]
    if not known:
        return
    xs, ys = zip(*known, strict=True)
    face = color if filled else "none"
    axes.scatter(xs, ys, s=22, marker=marker, facecolors=face, edgecolors=color, linewidths=1, label=label, zorder=3)


def _draw_failed(axes: Axes, trials: Sequence[TrialSummary], places: Sequence[int]) -> None:
    failed = [place for place, trial in zip(places, trials, strict=True) if trial["status"] == Status.FAILED]
    if not failed:
        return
    at_the_bottom = axes.get_xaxis_transform()
    heights = [_FAILED_HEIGHT] * len(failed)
    axes.scatter(failed, heights, s=24, marker="x", color=INK, label="failed", transform=at_the_bottom, zorder=3)


def _draw_best(
    axes: Axes, summary: Summary, trials: Sequence[TrialSummary], places: Sequence[int], scale: ScoreScale
) -> None:
    best = summary["best"]
    if best is None or best["score"] is None:
        return
    place = next(place for place, trial in zip(places, trials, strict=True) if trial["number"] == best["number"])
    height, text = scale.place(best["score"]), format_score(summary["objective"]["metric"], best["score"])
    label = f"best: trial {best['number']}, {text}"
    axes.scatter([place], [height], s=110, marker="*", color=VERMILLION, label=label, zorder=4)


def _alt(summary: Summary, over: str) -> str:
    totals, metric = summary["totals"], summary["objective"]["metric"]
    best = f"; the best is {best_words(summary)}" if summary["best"] else ""
    failed = f", of which {totals['failed']} failed" if totals["failed"] else ""
    return f"Best {metric} so far over {over}: {count(totals['trials'], 'trial')}{failed}{best}."
