"""How scores lie along an axis: in their own unit, or as what is missing from perfection on a logarithmic scale."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from job.core.objective import Direction
from job.core.trial import Status
from job.report.content import Summary, TrialSummary
from job.report.plots.axes import LARGEST, clipped, set_linear, set_log
from job.words import format_score, is_share


@dataclass(frozen=True, kw_only=True)
class ScoreScale:
    """The axis of the objective's metric. `floor` is that of a logarithmic scale, on which zero has no place."""

    label: str
    direction: Direction  # in which it is better on this axis
    unit: float  # 100 where it is drawn in percent
    is_error: bool = False
    floor: float | None = None

    @property
    def is_log(self) -> bool:
        return self.floor is not None

    def place(self, score: float) -> float:
        """Return where a score, in the metric's natural unit, lies along the axis."""
        value = clipped((1 - score if self.is_error else score) * self.unit)
        return value if self.floor is None else max(value, self.floor)

    def places(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return where `scores`, of any shape, lie along the axis."""
        return np.array([self.place(float(score)) for score in scores.flat]).reshape(scores.shape)

    def set(self, axes: Axes, scores: Iterable[float], *, room_below: float = 0.0) -> None:
        """Make the vertical axis one on which all `scores` can be seen, at least one; with a share of it free below."""
        places = [self.place(score) for score in scores]
        (set_log if self.is_log else set_linear)(axes, "y", min(places), max(places))
        low, high = axes.get_ylim()
        axes.set_ylim(low * (low / high) ** room_below if self.is_log else low - room_below * (high - low), high)
        axes.set_ylabel(self.label)


def natural_scale(summary: Summary) -> ScoreScale:
    """Return the scale of the metric itself, in percent where it is a share."""
    metric, direction = summary["objective"]["metric"], summary["objective"]["direction"]
    share = is_share(metric)
    better = "more" if direction == "max" else "less"
    return ScoreScale(
        label=f"{metric}{', %' if share else ''} ({better} is better)", direction=direction, unit=100 if share else 1
    )


def error_scale(summary: Summary) -> ScoreScale | str:
    """Return the logarithmic scale of the error, or of a loss; why there is none, as a sentence, where that is so."""
    metric, direction = summary["objective"]["metric"], summary["objective"]["direction"]
    share, more_is_better = is_share(metric), direction == "max"
    if more_is_better and not share:
        return f"It is not known what a perfect {metric} is, and so nor how far from it a trial is."
    errors = [1 - value if more_is_better else value for value in all_scores(summary)]
    positive = [error for error in errors if error > 0]
    if not positive or min(errors) < 0:
        return "A logarithmic scale has no place for errors of zero and below."
    unit = 100 if share else 1
    return ScoreScale(
        label=f"{'error in ' if more_is_better else ''}{metric}{', %' if share else ''} (less is better)",
        direction="min",
        unit=unit,
        is_error=more_is_better,
        # Half of the least that was seen: below everything, and in sight.
        floor=max(clipped(min(positive) * unit) / 2, 1 / LARGEST),
    )


def by_number(summary: Summary) -> list[TrialSummary]:
    """Return the trials in the order of their proposals."""
    return sorted(summary["trials"], key=lambda trial: trial["number"])


def score_so_far(trial: TrialSummary) -> float | None:
    """Return a trial's score, or the last value of the curve of one that is still running; None without either."""
    if trial["status"] != Status.RUNNING:
        return trial["score"]
    known = [value for value in trial["curve"] if value is not None]
    return known[-1] if known else None


def all_scores(summary: Summary) -> list[float]:
    """Return every value of the metric that there is: scores, and those after each epoch."""
    values = [value for trial in summary["trials"] for value in (trial["score"], *trial["curve"])]
    return [value for value in values if value is not None]


def nothing_scored(summary: Summary) -> str:
    """Return why no trial has a score, as a sentence; empty if one has."""
    if any(trial["score"] is not None for trial in summary["trials"]):
        return ""
    failed = summary["totals"]["failed"]
    return f"No trial has a score: {failed} failed." if failed else "No trial has a score yet."


def best_words(summary: Summary) -> str:
    """Return which trial is the best, such as `trial 12 with val_accuracy 99.08 %`; there must be one."""
    best, metric = summary["best"], summary["objective"]["metric"]
    assert best is not None, "asked of a search with a completed trial"
    return f"trial {best['number']} with {metric} {format_score(metric, best['score'])}"
