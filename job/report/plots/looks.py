"""How a trial looks as a line: the best in front, the others by their rank, those without one by why."""

from dataclasses import dataclass

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize, to_hex
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from job.core.trial import Status
from job.report.content import Summary, TrialSummary
from job.report.plots.figure import GREY, ORDER, SKY, VERMILLION, finish_bar


@dataclass(frozen=True, kw_only=True)
class Look:
    """Of a line; `label` is what a legend calls it, `height` which of two lines is in front."""

    color: str
    width: float = 1.0
    label: str = ""
    height: float = 2.0


def look_of(trial: TrialSummary, summary: Summary, colors: ScalarMappable) -> Look:
    """Return how a trial is drawn among all others, with the colours of their ranks."""
    best = summary["best"]
    if best is not None and trial["number"] == best["number"]:
        return Look(color=VERMILLION, width=2.5, label=f"best: trial {best['number']}", height=3.0)
    if trial["status"] == Status.STOPPED:
        return Look(color=SKY, label="stopped early", height=1.9)
    if trial["rank"] is None:
        return Look(color=GREY, label="failed or unfinished", height=1.9)
    red, green, blue, _ = map(float, colors.to_rgba(np.array([trial["rank"]]))[0])
    return Look(color=to_hex((red, green, blue)))


def rank_colors(summary: Summary) -> ScalarMappable:
    """Return the colours of the trials by their rank."""
    ranks = [trial["rank"] for trial in summary["trials"] if trial["rank"] is not None]
    return ScalarMappable(Normalize(1, max([*ranks, 2])), ORDER.reversed())


def show_ranks(figure: Figure, colors: ScalarMappable) -> None:
    """Put a bar at the right that tells which colour is of which rank."""
    _, last = colors.get_clim()
    # One or two trials need no scale.
    if last is None or last < 3:
        return
    bar = figure.colorbar(colors, ax=figure.axes, label="rank", aspect=40, ticks=MaxNLocator(8, integer=True))
    bar.ax.invert_yaxis()
    finish_bar(bar)
