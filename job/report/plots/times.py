"""Where the time went: the training of each trial, and the course of the runs with their interruptions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import accumulate, pairwise

from matplotlib.axes import Axes

from job.core.ending import EndKind
from job.core.run import RunEnd
from job.core.trial import Status
from job.report.content import Summary, TrialSummary
from job.report.plots.axes import set_linear
from job.report.plots.figure import BLUE, GREY, INK, PURPLE, SKY, VERMILLION, Drawing, new_figure, show_legend
from job.report.plots.scores import by_number
from job.words import count, format_duration

_COLORS = {
    Status.COMPLETED: (BLUE, "completed"),
    Status.STOPPED: (SKY, "stopped early"),
    Status.FAILED: (GREY, "failed"),
    Status.RUNNING: (INK, "unfinished"),
}
# How a run that others followed has ended: colour, line and what the legend calls it.
_ENDS: Mapping[str, tuple[str, str, str]] = {
    RunEnd.INTERRUPTED: (PURPLE, "--", "stopped"),
    RunEnd.UNKNOWN: (VERMILLION, "-", "killed"),
    RunEnd.FAILED: (VERMILLION, ":", "ended in an error"),
    RunEnd.FINISHED: (GREY, ":", "finished, and gone on with"),
}
_GAP = 0.002  # of the running time: between two trials of one worker
_UNITS = (
    (2 * 86_400, 86_400, "days"),
    (2 * 3_600, 3_600, "h"),
    (120, 60, "min"),
)  # from how many seconds, and of how many


@dataclass(frozen=True)
class RunningTime:
    """The time that passed while a run was at work: the pauses between `runs`, beginnings and ends, do not count."""

    runs: Sequence[tuple[float, float]]

    def at(self, moment: float) -> float:
        """Return the running time at a moment, both in seconds, the latter since 1970."""
        return sum(min(max(moment - start, 0.0), end - start) for start, end in self.runs)

    @property
    def ends(self) -> list[float]:
        """The running time at the end of each run."""
        return list(accumulate(end - start for start, end in self.runs))

    @property
    def pauses(self) -> float:
        """The seconds between the runs."""
        return sum(max(start - end, 0.0) for (_, end), (start, _) in pairwise(self.runs))


@dataclass(frozen=True, order=True)
class _Bar:
    """A stretch of running time, in seconds, in which a trial was trained."""

    start: float
    end: float
    row: int  # where it is drawn: the trial's number, or a worker's
    status: str


def draw_times(summary: Summary) -> Drawing:
    """Return how long each trial was trained."""
    drawing = Drawing(name="times", title="Training time of each trial")
    trials = [trial for trial in by_number(summary) if trial["seconds"] > 0]
    if not trials:
        return drawing.without_figure("No trial has been trained here.")
    figure = new_figure(drawing.title, height=2.8)
    axes, longest = figure.add_subplot(), max(trial["seconds"] for trial in trials)
    seconds, unit = time_unit(longest)
    for status, (color, label) in _COLORS.items():
        bars = [(trial["number"], trial["seconds"] / seconds) for trial in trials if trial["status"] == status]
        if bars:
            numbers, heights = zip(*bars, strict=True)
            axes.bar(numbers, heights, width=0.8, color=color, label=label)
    set_linear(axes, "x", 1, trials[-1]["number"], whole=True)
    axes.set_xlim(0.4, trials[-1]["number"] + 0.6)
    set_linear(axes, "y", 0, longest / seconds)
    axes.set(xlabel="trial", ylabel=f"training, {unit}", ylim=(0, 1.04 * longest / seconds))
    show_legend(figure)
    total = format_duration(sum(trial["seconds"] for trial in trials))
    alt = f"{count(len(trials), 'trial')} trained for {total} in all, the longest for {format_duration(longest)}."
    return replace(drawing, figure=figure, alt=alt)


def draw_timeline(summary: Summary) -> Drawing:
    """Return when each trial was trained, and where runs ended; the time between runs is left out.

    Trials that were trained at the same time have a row for each worker, others one for each trial.
    """
    drawing = Drawing(name="timeline", title="Time line of the search")
    begun = [trial for trial in by_number(summary) if trial["started"]]
    time, ended = _running_time(summary), [run["ended"] for run in summary["runs"]]
    if not begun or time.ends[-1:] in ([], [0.0]):
        return drawing.without_figure("No run has lasted long enough to be drawn yet.")
    seconds, unit = time_unit(time.ends[-1])
    bars, row, widest = list(_bars(summary, begun, time)), "trial", 7
    if summary["totals"]["at_once"] > 1:
        bars, row, widest = _side_by_side(bars), "worker", 12
    n_rows = len({bar.row for bar in bars})
    figure = new_figure(drawing.title, height=min(max(1.8 + 0.05 * n_rows, 2.6), 5.0))
    axes = figure.add_subplot()
    _draw_bars(axes, bars, seconds, widest=widest)
    _draw_ends(axes, [end / seconds for end in time.ends], ended)
    _set_rows(axes, [bar.row for bar in bars], margin=0.5 if row == "worker" else None)
    set_linear(axes, "x", 0, time.ends[-1] / seconds)
    pauses = f"; pauses of {format_duration(time.pauses)} in all are left out" if time.pauses else ""
    axes.set(xlabel=f"running time, {unit}{pauses}", ylabel=row)
    show_legend(figure)
    runs, interruptions = len(ended), summary["interruptions"]
    took = f"{count(len(begun), 'trial')} over {format_duration(time.ends[-1])} of running time"
    took += f", up to {n_rows} at the same time," if row == "worker" else ""
    return replace(drawing, figure=figure, alt=f"{took} in {count(runs, 'run')}, {interruptions} of them interrupted.")


def _running_time(summary: Summary) -> RunningTime:
    runs = ((_moment(run["started"]), _moment(run["last_saved"])) for run in summary["runs"])
    # A clock that was set back makes no run end before it began.
    return RunningTime([(start, max(start, end)) for start, end in runs if start is not None and end is not None])


def _bars(summary: Summary, begun: Sequence[TrialSummary], time: RunningTime) -> Iterator[_Bar]:
    """Yield when each trial was trained: from start to end or, where it may have rested between, each attempt."""
    by_attempts = summary["pruning"] is not None or summary["totals"]["at_once"] > 1
    for trial in begun:
        number, status = trial["number"], trial["status"]
        if not (by_attempts and trial["starts"]):
            end = time.ends[-1] if trial["ended"] is None else _at(time, trial["ended"])
            yield _Bar(_at(time, trial["started"]), end, number, status)
            continue
        for attempt in trial["starts"]:
            last = summary["runs"][attempt["run"] - 1]["last_saved"]
            has_stopped = attempt["how"] == EndKind.PAUSED
            start, end = _at(time, attempt["started"]), _at(time, attempt["ended"] or last)
            yield _Bar(start, end, number, Status.STOPPED if has_stopped else status)


def _at(time: RunningTime, moment: str | None) -> float:
    return time.at(_moment(moment) or 0.0)


def _side_by_side(bars: Sequence[_Bar]) -> list[_Bar]:
    """Return bars in rows of one worker each: each in the first row that is free when it begins, with a gap behind."""
    placed: list[_Bar] = []
    free: list[float] = []  # from when on each row is
    gap = _GAP * max(bar.end for bar in bars)
    for bar in sorted(bars):
        row = next((index for index, end in enumerate(free) if end <= bar.start), len(free))
        free[row : row + 1] = [bar.end]
        placed.append(replace(bar, row=row + 1, end=max(bar.end - gap, (bar.start + bar.end) / 2)))
    return placed


def _draw_bars(axes: Axes, bars: Sequence[_Bar], seconds: float, *, widest: float) -> None:
    thickness = min(max(160 / len({bar.row for bar in bars}), 1.5), widest)
    for status, (color, label) in _COLORS.items():
        drawn = [bar for bar in bars if bar.status == status]
        if drawn:
            rows, starts, ends = zip(*((bar.row, bar.start / seconds, bar.end / seconds) for bar in drawn), strict=True)
            axes.hlines(rows, starts, ends, colors=color, linewidth=thickness, label=label, zorder=2)


def _set_rows(axes: Axes, rows: Sequence[int], *, margin: float | None) -> None:
    """Make the vertical axis that of `rows`, the first at the top; with a margin of so many, or a small one."""
    set_linear(axes, "y", min(rows), max(rows), whole=True)
    if margin is not None:
        axes.set_ylim(min(rows) - margin, max(rows) + margin)
    axes.invert_yaxis()


def _draw_ends(axes: Axes, ends: Sequence[float], ended: Sequence[str]) -> None:
    """Mark the end of each run but the last, and of that one if it was to go on."""
    marked = [
        *zip(ends[:-1], ended[:-1], strict=True),
        *((ends[-1], end) for end in ended[-1:] if end not in (RunEnd.UNKNOWN, RunEnd.FINISHED)),
    ]
    for place, end in marked:
        color, line, label = _ENDS[end]
        axes.axvline(place, color=color, linestyle=line, linewidth=1, zorder=1).set_label(label)


def _moment(iso_time: str | None) -> float | None:
    return None if iso_time is None else datetime.fromisoformat(iso_time).timestamp()


def time_unit(longest: float) -> tuple[float, str]:
    """Return the seconds and the name of the unit for times up to `longest` seconds."""
    return next(((seconds, name) for least, seconds, name in _UNITS if longest >= least), (1, "s"))
