"""How the candidates of a confirmation came off on each seed."""

from collections.abc import Sequence
from dataclasses import replace

from matplotlib.axes import Axes

from job.report.confirmation.content import CandidateSummary, ConfirmationSummary
from job.report.content import Summary
from job.report.plots.axes import clipped, set_linear, set_log
from job.report.plots.figure import BLUE, GREY, INK, VERMILLION, Drawing, new_figure, show_legend
from job.report.plots.scores import ScoreScale, scale_for
from job.words import count, format_score

_ROW_HEIGHT, _AROUND = 0.32, 1.15  # inches: of a candidate, and of the title, the axis and the legend
_INTERVAL_AT = 0.3  # of a row, below its dots
# What the legend calls the scores of each kind, and how they are drawn: marker, colour, whether it is filled.
_DOTS = {
    "in the search": ("D", GREY, False),
    "chooses": ("o", BLUE, False),
    "measures": ("o", VERMILLION, True),
}
_MOST_ROWS = 20  # candidates, the best first


def draw_confirmation(summary: Summary, confirmation: ConfirmationSummary) -> Drawing:
    """Return a row for each candidate, with a dot for each seed and the interval of the winner's mean."""
    drawing = Drawing(name="confirmation", title="The candidates on fresh seeds", alt=_alt(summary, confirmation))
    candidates = confirmation["candidates"][:_MOST_ROWS]
    if not any(_scores(candidate) for candidate in candidates):
        return drawing.without_figure("No candidate has a score on a fresh seed yet.")
    scale = _scale(summary, candidates)
    figure = new_figure(drawing.title, height=_AROUND + _ROW_HEIGHT * len(candidates))
    axes = figure.add_subplot()
    places = _draw_rows(axes, candidates, scale)
    places += _draw_interval(axes, confirmation, scale)
    _set_scores(axes, scale, places)
    axes.set_yticks(range(len(candidates)), [f"trial {each['number']}" for each in candidates])
    axes.set_ylim(len(candidates) - 0.5, -0.5)
    show_legend(figure)
    return replace(drawing, figure=figure)


def _scale(summary: Summary, candidates: Sequence[CandidateSummary]) -> ScoreScale:
    searched = [each["score_in_search"] for each in candidates if each["score_in_search"] is not None]
    return scale_for(summary["objective"], [*searched, *(score for each in candidates for score in _scores(each))])


def _set_scores(axes: Axes, scale: ScoreScale, places: Sequence[float]) -> None:
    """Make the horizontal axis one of scores, on which more of an accuracy lies to the right."""
    (set_log if scale.is_log else set_linear)(axes, "x", min(places), max(places))
    if scale.is_error:
        axes.set_xticks(axes.get_xticks(), scale.labels(list(axes.get_xticks())))
        axes.invert_xaxis()
    axes.set_xlabel(scale.label)


def _draw_rows(axes: Axes, candidates: Sequence[CandidateSummary], scale: ScoreScale) -> list[float]:
    """Draw the scores of each candidate, and return where they lie."""
    searched = [(each["score_in_search"], row) for row, each in enumerate(candidates)]
    chosen = [(score, row) for row, each in enumerate(candidates) for score in _scores(each, chooses=True)]
    measured = [(score, row) for row, each in enumerate(candidates) for score in _scores(each, chooses=False)]
    return [
        place
        for label, scores in (("in the search", searched), ("chooses", chosen), ("measures", measured))
        for place in _draw_dots(axes, label, [(scale.place(score), row) for score, row in scores if score is not None])
    ]


def _draw_dots(axes: Axes, label: str, dots: Sequence[tuple[float, int]]) -> list[float]:
    """Draw dots of a kind at places in rows, and return the places."""
    if not dots:
        return []
    marker, color, filled = _DOTS[label]
    xs, ys = zip(*dots, strict=True)
    face = color if filled else "none"
    axes.scatter(xs, ys, s=30, marker=marker, facecolors=face, edgecolors=color, linewidths=1.2, label=label, zorder=3)
    return list(xs)


def _draw_interval(axes: Axes, confirmation: ConfirmationSummary, scale: ScoreScale) -> list[float]:
    """Draw the winner's mean and its interval, and return where they lie."""
    measured = confirmation["measured"]
    if measured is None:
        return []
    low, mean, high = measured["low"], scale.place(measured["mean"]), measured["high"]
    rows = [each["number"] for each in confirmation["candidates"]]
    y = rows.index(confirmation["winner"] or 0) + _INTERVAL_AT
    axes.scatter([mean], [y], s=30, marker="D", color=INK, zorder=3, label="mean of these")
    if low is None or high is None:
        return [mean]
    ends = [clipped(scale.place(low)), clipped(scale.place(high))]
    axes.plot(ends, (y, y), color=INK, linewidth=1.6, label="its 95 % interval")
    return [*ends, mean]


def _scores(candidate: CandidateSummary, *, chooses: bool | None = None) -> list[float]:
    found = (each for each in candidate["replicates"] if chooses in (None, each["chooses"]))
    return [each["score"] for each in found if each["score"] is not None]


def _alt(summary: Summary, confirmation: ConfirmationSummary) -> str:
    metric, measured = summary["objective"]["metric"], confirmation["measured"]
    candidates = count(len(confirmation["candidates"]), "candidate")
    mean = f"; trial {confirmation['winner']} has {metric} {format_score(metric, measured['mean'])}" if measured else ""
    return f"{metric} of {candidates} on each seed{mean}."
