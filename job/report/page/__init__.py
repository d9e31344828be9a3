"""The report as one self-contained page: report.html, which needs neither a network nor a server, nor scripts."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from job.report.content import Summary
from job.report.curves import curve_places
from job.report.page.columns import PageData, page_data
from job.report.page.document import render_document
from job.report.page.svg import Drawing, inline
from job.report.plot import Plot
from job.report.status import State, StatusSummary

# A reader of a page that reloads itself wants to see the trials come in, and to read between two reloads.
_RELOAD_SECONDS = 30
# In an order in which each uses those before it.
_SCRIPTS = ("scale.js", "selection.js", "table.js", "filters.js", "parallel.js", "brush.js", "page.js")

# Which plots answer which question; `parallel` is shown where the page draws its own, to whoever runs no scripts.
_SECTIONS: Mapping[str, tuple[str, ...]] = {
    "How the search went": (
        "convergence",
        "learning_curves",
        "times",
        "timeline",
    ),
    "What the search learnt": ("dependence", "landscape", "samples", "histograms"),
    "What the model answers": ("predictions", "mistakes", "confusion", "true_and_predicted", "residuals"),
}
_OTHERS = "More plots"
_STATIC_PARALLEL, _CONFIRMATION = "parallel", "confirmation"
_ELSEWHERE = (_STATIC_PARALLEL, _CONFIRMATION)  # in sections that have more than plots


@dataclass(frozen=True)
class Section:
    """Plots under a heading, and the reasons why others of them are not there."""

    title: str
    drawings: tuple[Drawing, ...]
    absent: tuple[Plot, ...]

    @property
    def anchor(self) -> str:
        return self.title.lower().replace(" ", "-")


def render_page(summary: Summary, *, plots: Sequence[Plot], status: StatusSummary | None = None) -> str:
    """Return report.html; with `status` it also tells how far a search is, and reloads itself while that runs."""
    running = status is not None and status["state"] is State.RUNNING
    data = page_data(summary)
    return render_document(
        "page.html.j2",
        scripts=_SCRIPTS,
        summary=summary,
        status=status,
        running=running,
        reload_seconds=_RELOAD_SECONDS,
        columns=data["columns"],
        score=data["score"],
        curves=curve_places(summary),
        data=_as_script_data(data),
        sections=list(_sections(plots)),
        static_parallel=_drawing(plots, _STATIC_PARALLEL),
        confirmation_drawing=_drawing(plots, _CONFIRMATION),
    )


def _drawing(plots: Sequence[Plot], name: str) -> Drawing | None:
    return next((inline(plot) for plot in plots if plot.name == name and plot.svg), None)


def _sections(plots: Sequence[Plot]) -> Iterator[Section]:
    named = {name: title for title, names in _SECTIONS.items() for name in names}
    for title in (*_SECTIONS, _OTHERS):
        within = [plot for plot in plots if named.get(plot.name, _OTHERS) == title and plot.name not in _ELSEWHERE]
        if within:
            drawings = tuple(inline(plot) for plot in within if plot.svg)
            yield Section(title, drawings, absent=tuple(plot for plot in within if not plot.svg))


def _as_script_data(data: PageData) -> str:
    """Return `data` as JSON that cannot end the element it stands in."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
