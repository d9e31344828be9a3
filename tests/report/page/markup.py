"""A page as its elements, and pages to look at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

from job.core.fingerprint import DataDescription
from job.core.run import RunEnd
from job.core.study import Study
from job.core.tested import TestResult
from job.report.page import render_page
from job.report.plot import Plot
from job.report.status import describe_status
from job.report.summary import summarize
from job.state.owner import Holder
from tests.fakes import START, study_of

_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}

DRAWING = b"""<?xml version="1.0" encoding="utf-8" standalone="no"?>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
 width="540pt" height="270pt" viewBox="0 0 720 360" version="1.1">
 <metadata>made by hand</metadata>
 <defs>
  <style type="text/css">*{stroke-linejoin: round}</style>
  <clipPath id="p1"><rect width="720" height="360"/></clipPath>
 </defs>
 <g id="figure_1" style="clip-path: url(#p1); stroke: currentColor">
  <path id="m1" d="M0 0h3" style="stroke-width: 2"/><use xlink:href="#m1" x="20" y="20"/>
  <text style="font-size: 12px; font-family: 'DejaVu Sans'; fill: currentColor" x="40" y="40">trials</text>
 </g>
</svg>
"""


@dataclass(frozen=True)
class Element:
    tag: str
    attributes: Mapping[str, str]
    texts: list[str] = field(default_factory=list)  # in it and in what it holds

    @property
    def text(self) -> str:
        return "".join(self.texts)


class Markup(HTMLParser):
    """The elements of a page in their order; raises AssertionError where one is not closed, or closed twice."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(page)
        self.close()
        assert not self._open, f"not closed: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        assert len(element.attributes) == len(attrs), f"an attribute of {tag} is there twice: {attrs}"
        self.elements.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        opened = self._open.pop()
        assert opened.tag == tag, f"{opened} at {self.getpos()} ends with {tag}"

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.texts.append(data)

    def all(self, tag: str) -> list[Element]:
        return [element for element in self.elements if element.tag == tag]

    def only(self, tag: str, **attributes: str) -> Element:
        found = [each for each in self.all(tag) if attributes.items() <= each.attributes.items()]
        assert len(found) == 1, f"{len(found)} of {tag} with {attributes}"
        return found[0]


def plot(name: str, *, absent: str = "") -> Plot:
    return Plot(
        name=name, title=f"Plot of {name}", alt=f"what {name} shows", svg=b"" if absent else DRAWING, absent=absent
    )


def page_of(
    study: Study, *, plots: Sequence[Plot] = (), holder: str | None = None, silent_since: float | None = None
) -> str:
    """Return the page of a study, running if somebody holds it who is not silent."""
    holder_of_state = Holder(holder, silent_since) if holder else None
    status = describe_status(study, holder=holder_of_state, now=START + 10_000)
    return render_page(summarize(study), plots=plots, status=status)


def mixed_study() -> Study:
    """Return a study with trials of each status, tested, and with the confusion of three classes."""
    study = study_of(0.91, None, 0.988, 0.954, 0.35, imported=[0.87], running_epochs=2)
    data = DataDescription(
        train=900, validation=250, test=30, image_shape=(8, 8, 1), class_names=("zero", "one", "two")
    )
    confusion = ((9, 1, 0), (0, 10, 0), (2, 0, 8))
    test = TestResult(number=4, metrics={"accuracy": 0.9, "loss": 0.31}, confusion=confusion)
    return study.describe_data(data).record_test(test)


def finished(study: Study) -> Study:
    return study.close_run(RunEnd.FINISHED)
