"""The report as one self-contained page: report.html, which needs neither a network nor a server, nor scripts."""

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined

from job.core.space import value_in
from job.report import sentences
from job.report.content import Summary
from job.report.curves import curve_places
from job.report.evaluation import format_interval
from job.report.page import progress
from job.report.page.columns import PageData, page_data
from job.report.page.svg import Drawing, inline, sparkline
from job.report.plot import Plot
from job.report.status import State, StatusSummary
from job.words import count, format_duration, format_score, format_share, format_value

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
    "What the model sees": ("predictions", "mistakes", "confusion"),
}
_OTHERS = "More plots"
_STATIC_PARALLEL = "parallel"


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
    style, script = _source("style.css"), "\n".join(_source(f"script/{name}") for name in _SCRIPTS)
    running = status is not None and status["state"] is State.RUNNING
    data = page_data(summary)
    template = _environment().get_template("page.html.j2")
    return template.render(
        summary=summary,
        status=status,
        running=running,
        reload_seconds=_RELOAD_SECONDS,
        policy=_policy(style=style, script=script),
        style=style,
        script=script,
        columns=data["columns"],
        score=data["score"],
        curves=curve_places(summary),
        data=_as_script_data(data),
        sections=list(_sections(plots)),
        static_parallel=next((inline(plot) for plot in plots if plot.name == _STATIC_PARALLEL and plot.svg), None),
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("job.report.page", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "score": lambda value, metric: format_score(metric, value),
        "value": format_value,
        "value_in": value_in,
        "share": format_share,
        "interval": format_interval,
        "duration": format_duration,
        "count": count,
        "minute": sentences.minute,
        "attempt_rows": sentences.attempt_rows,
        "status_label": sentences.status_label,
    }
    environment.globals |= {"sentences": sentences, "progress": progress, "sparkline": sparkline}
    return environment


def _sections(plots: Sequence[Plot]) -> Iterator[Section]:
    named = {name: title for title, names in _SECTIONS.items() for name in names}
    for title in (*_SECTIONS, _OTHERS):
        within = [plot for plot in plots if named.get(plot.name, _OTHERS) == title and plot.name != _STATIC_PARALLEL]
        if within:
            drawings = tuple(inline(plot) for plot in within if plot.svg)
            yield Section(title, drawings, absent=tuple(plot for plot in within if not plot.svg))


def _policy(*, style: str, script: str) -> str:
    """Return the content security policy under which the page runs its own style and script, and nothing else."""
    return (
        f"default-src 'none'; script-src '{_digest(script)}'; style-src '{_digest(style)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(source: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}"


def _as_script_data(data: PageData) -> str:
    """Return `data` as JSON that cannot end the element it stands in."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _source(name: str) -> str:
    return resources.files("job.report.page").joinpath(name).read_text(encoding="utf-8")
