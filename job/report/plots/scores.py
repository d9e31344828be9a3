"""How scores lie along an axis: evenly, or on a logarithmic scale of what is missing from perfection."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from job.core.objective import Direction
from job.core.trial import Status
from job.report.content import ObjectiveSummary, Summary, TrialSummary
from job.report.plots.axes import LARGEST, clipped, format_ticks, set_linear, set_log
from job.report.rungs import score_there
from job.words import format_score

# Scores lie on a logarithmic scale where the largest error is at least so many times the smallest.
_WIDE = 10


@dataclass(frozen=True, kw_only=True)
class ScoreScale:
    """The axis of the objective's metric. `floor` is that of a logarithmic scale, on which zero has no place."""

    label: str
    direction: Direction  # in which places along this axis are better
    unit: float  # 100 where it is drawn in percent
    is_error: bool = False  # whether a place is what is missing from perfection; the ticks tell scores all the same
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

    def labels(self, ticks: Sequence[float]) -> list[str]:
        """Return the scores at some places along the axis, as they are written there."""
        if self.is_error:
            return [f"{self.unit - tick:.10g}" for tick in ticks]
        return format_ticks(ticks)

    def set(self, axes: Axes, scores: Iterable[float], *, room_below: float = 0.0) -> None:
        """Make the vertical axis one on which all `scores` can be seen, at least one; with a share of it free below."""
        places = [self.place(score) for score in scores]
        (set_log if self.is_log else set_linear)(axes, "y", min(places), max(places))
        foot, head = axes.get_ylim()
        if self.is_error:
            # The better score lies higher, and so the smaller error.
            foot, head = head, foot
            axes.set_yticks(axes.get_yticks(), self.labels(list(axes.get_yticks())))
        axes.set_ylim(foot * (foot / head) ** room_below if self.is_log else foot - room_below * (head - foot), head)
        axes.set_ylabel(self.label)


def natural_scale(objective: ObjectiveSummary) -> ScoreScale:
    """Return the scale of the metric itself, in percent where it is a share."""
    metric, direction, share = objective["metric"], objective["direction"], objective["is_share"]
    better = "more" if direction == "max" else "less"
    return ScoreScale(
        label=f"{metric}{', %' if share else ''} ({better} is better)", direction=direction, unit=100 if share else 1
    )


def score_scale(summary: Summary) -> ScoreScale:
    """Return the scale on which the scores of a search are told apart best."""
    return scale_for(summary["objective"], all_scores(summary))


def scale_for(objective: ObjectiveSummary, values: Sequence[float]) -> ScoreScale:
    """Return the scale on which scores are told apart best.

    It is logarithmic in the error, or in a loss, where that spans an order of magnitude: then 99 % and 99.9 % lie as
    far apart as 90 % and 99 %.
    """
    scale = natural_scale(objective)
    is_error = scale.direction == "max"
    if is_error and not objective["is_share"]:
        return scale  # what a perfect score is, is not known
    errors = [1 - value if is_error else value for value in values]
    positive = [error for error in errors if error > 0]
    if not positive or min(errors) < 0 or max(positive) < _WIDE * min(positive):
        return scale
    # Half of the least that was seen: below everything, and in sight.
    floor = max(clipped(min(positive) * scale.unit) / 2, 1 / LARGEST)
    return replace(scale, direction="min", is_error=is_error, floor=floor)


def by_number(summary: Summary) -> list[TrialSummary]:
    """Return the trials in the order of their proposals."""
    return sorted(summary["trials"], key=lambda trial: trial["number"])


def evidence_in(summary: Summary) -> list[TrialSummary]:
    """Return the trials that were scored elsewhere and have not been dropped."""
    trials = summary["evidence"]["trials"] if summary["evidence"] else []
    return [trial for trial in trials if trial["score"] is not None]


def score_so_far(trial: TrialSummary) -> float | None:
    """Return a trial's score, what one had at the rung where it has stopped, or the last value of the curve of one that
    is still running; None without any.
    """
    if trial["status"] != Status.RUNNING:
        return score_there(trial)
    known = [value for value in trial["curve"] if value is not None]
    return known[-1] if known else None


def all_scores(summary: Summary) -> list[float]:
    """Return every value of the metric that there is: scores, those of the evidence too, and those after each epoch and
    at each rung.
    """
    trials = (*summary["trials"], *evidence_in(summary))
    values = [value for trial in trials for value in (trial["score"], *trial["curve"])]
    values += [rung["score"] for trial in trials for rung in trial["rungs"]]
    return [value for value in values if value is not None]


def nothing_scored(summary: Summary) -> str:
    """Return why no trial has a score, as a sentence; empty if one has."""
    if any(trial["score"] is not None for trial in summary["trials"]):
        return ""
    failed, stopped = summary["totals"]["failed"], summary["totals"]["stopped"]
    return f"No trial has a score: {failed} failed." if failed and not stopped else "No trial has a score yet."


def best_words(summary: Summary) -> str:
    """Return which trial is the best, such as `trial 12 with val_accuracy 99.08 %`; there must be one."""
    best, metric = summary["best"], summary["objective"]["metric"]
    assert best is not None, "asked of a search with a completed trial"
    return f"trial {best['number']} with {metric} {format_score(metric, best['score'])}"
