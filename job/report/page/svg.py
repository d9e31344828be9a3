"""Drawings inside the page: the plots, so that their ids and styles stay their own, and small curves."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from job.report.curves import thinned
from job.report.plot import Plot

_SPARKLINE_WIDTH, _SPARKLINE_HEIGHT = 72, 20
_SPARKLINE_MARGIN = 2  # half of the width of its line, and of a dot for an epoch by itself
_SPARKLINE_EPOCHS = 60  # more of them than it has pixels for

# With more of them than the usual 4/3, the small print of a plot is as legible as the table beside it.
_PIXELS_PER_POINT = 1.5
_WIDEST_COLUMN = 720  # pixels: a quarter more than the narrowest column of the style sheet

# What runs, what looks elsewhere, and what the page has a rule of its own for.
_LEFT_OUT = ("script", "style", "metadata", "foreignObject")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")


@dataclass(frozen=True)
class Drawing:
    """A plot as a part of a page."""

    title: str
    markup: str
    width: float  # in pixels, where it is drawn as large as it was meant to be

    @property
    def is_wide(self) -> bool:
        """Whether it is too wide to be legible beside another."""
        return self.width > _WIDEST_COLUMN


def inline(plot: Plot) -> Drawing:
    """Return the drawing of `plot`, scaled by whatever holds it.

    The ids that are referred to begin with the plot's name, so that two plots can stand in one page, and the others are
    gone. Styles become attributes, because the page's policy does not let elements have styles of their own.
    """
    root = ET.fromstring(plot.svg)
    used = set(_references(root))
    for element in root.iter():
        _adopt(element, used, prefix=f"{plot.name}-")
        for child in [each for each in element if _local(str(each.tag)) in _LEFT_OUT]:
            element.remove(child)
    width, height = _pixels(root.get("width", "")), _pixels(root.get("height", ""))
    # With both, a browser knows the place to keep before it has drawn anything.
    size = {"viewBox": root.get("viewBox", f"0 0 {width:g} {height:g}"), "width": f"{width:g}", "height": f"{height:g}"}
    root.attrib = {**size, "role": "img", "aria-label": plot.alt or plot.title}
    return Drawing(plot.title, ET.tostring(root, encoding="unicode"), width)


def sparkline(places: Sequence[float | None]) -> str:
    """Return the path of a curve through places from 0 to 1; None leaves a gap, and no place at all no path."""
    segments: list[list[str]] = [[]]
    for point in _points(thinned(places, _SPARKLINE_EPOCHS)):
        if point is not None:
            segments[-1].append(point)
        elif segments[-1]:
            segments.append([])
    # A line of no length is drawn as a dot, by its round ends.
    return "".join(f"M{' '.join(segment)}{' h0' if len(segment) == 1 else ''}" for segment in segments if segment)


def _points(places: Sequence[float | None]) -> Iterator[str | None]:
    width, height = (size - 2 * _SPARKLINE_MARGIN for size in (_SPARKLINE_WIDTH, _SPARKLINE_HEIGHT))
    step = width / max(len(places) - 1, 1)
    for index, place in enumerate(places):
        if place is None:
            yield None
            continue
        yield f"{_SPARKLINE_MARGIN + index * step:.4g} {_SPARKLINE_MARGIN + (1 - place) * height:.3g}"


def _adopt(element: ET.Element, used: set[str], *, prefix: str) -> None:
    """Give an element plain names, attributes instead of styles, and ids that begin with `prefix`."""
    element.tag = _local(str(element.tag))
    # An attribute gives way to a style, as the drawing has it.
    attributes = {_local(name): value for name, value in element.attrib.items()} | _styles(element)
    attributes.pop("style", None)
    if attributes.get("id") not in used:
        attributes.pop("id", None)
    element.attrib = {name: _prefixed(name, value, prefix) for name, value in attributes.items()}
    if not (element.text or "").strip():
        element.text = None
    if element.tag != "tspan" and not (element.tail or "").strip():
        element.tail = None


def _styles(element: ET.Element) -> dict[str, str]:
    declarations = (each.partition(":") for each in element.get("style", "").split(";"))
    return {name.strip(): value.strip() for name, _, value in declarations if value}


def _prefixed(name: str, value: str, prefix: str) -> str:
    if name == "id":
        return prefix + value
    if name == "href":
        return f"#{prefix}{value[1:]}" if value.startswith("#") else value
    return _REFERENCE.sub(rf"url(#{prefix}\1)", value)


def _references(root: ET.Element) -> Iterator[str]:
    for element in root.iter():
        for name, value in element.attrib.items():
            if _local(name) == "href" and value.startswith("#"):
                yield value[1:]
            yield from _REFERENCE.findall(value)


def _pixels(length: str) -> float:
    """Return a length such as `540pt`, `720px` or `720` in pixels."""
    if length.endswith("pt"):
        return float(length.removesuffix("pt")) * _PIXELS_PER_POINT
    return float(length.removesuffix("px"))


def _local(name: str) -> str:
    return name.rpartition("}")[2]
