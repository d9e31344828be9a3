"""What all plots share: their style, and how a figure becomes files."""

import io
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colorbar import Colorbar
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from job.report.plot import Plot

# Text, axes and whatever is black on white: an SVG says `currentColor` in its place, and so suits dark pages too.
INK = "#010203"
# Of the palette of Okabe and Ito (2008), which the colour-blind can tell apart: those that show on white and on black.
BLUE, VERMILLION, PURPLE, SKY = "#0072b2", "#d55e00", "#cc79a7", "#56b4e9"
GREY = "#808080"
# Viridis without its ends, of which one does not show on black and the other not on white.
ORDER = LinearSegmentedColormap.from_list("order", mpl.colormaps["viridis"](np.linspace(0.25, 0.85, 64)))
# For areas, which show on either.
LEVEL = LinearSegmentedColormap.from_list("level", mpl.colormaps["viridis"](np.linspace(0.1, 1.0, 256)))

WIDTH = 6.2  # inches: of a plot of which two stand side by side in a page
WIDEST = 7.7  # inches: no more than 1000 pixels
_LEGEND_LETTER, _LEGEND_HANDLE = 0.06, 0.55  # inches: of a letter, and of what stands around a label
_PNG_DPI = 130
_RASTER_DPI = 100  # of dense meshes in an SVG
# Hundredths of a point are enough, and a third less to load.
_COORDINATES = re.compile(rb' (?:d|x|y)="[^"]*"')
_DIGITS = re.compile(rb"(\.\d\d)\d+")
_STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",  # comes with matplotlib, and so is the same everywhere
    "font.size": 9,
    "text.parse_math": False,  # names may have dollars in them
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.linewidth": 0.6,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 9,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "grid.color": GREY,
    "grid.alpha": 0.3,
    "grid.linewidth": 0.5,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "hatch.color": INK,
    "svg.fonttype": "none",  # text stays text: smaller, and read aloud
}


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """A figure that has not been saved yet, or the reason why there is none."""

    name: str
    title: str
    alt: str = ""
    figure: Figure | None = None
    absent: str = ""

    def without_figure(self, reason: str) -> "Drawing":
        """Return what stands for it where `reason`, a sentence, keeps it from being drawn."""
        return Drawing(name=self.name, title=self.title, absent=reason)


@contextmanager
def style() -> Iterator[None]:
    """Draw and save in the style of the report, whatever this machine's settings of matplotlib say.

    A figure must be made and saved inside. Letters that DejaVu lacks are boxes in a PNG and right in an SVG, which has
    them as text: nothing that the user can do something about.
    """
    with mpl.rc_context(), warnings.catch_warnings():
        mpl.rcdefaults()
        cast(dict[str, Any], mpl.rcParams).update(_STYLE)
        warnings.filterwarnings("ignore", "Glyph .* missing from", UserWarning)
        yield


def new_figure(title: str, *, width: float = WIDTH, height: float) -> Figure:
    """Return a figure of a size in inches with its title at the upper left; it lays out what is put into it."""
    figure = Figure((width, height), layout="constrained", facecolor="none")
    figure.suptitle(title, x=0.01, ha="left", weight="bold", size=10, gid="title")
    return figure


def panels(title: str, number: int, *, row_height: float) -> tuple[Figure, list[Axes]]:
    """Return a figure with so many panels, two in a row of a height in inches."""
    rows, columns = -(-number // 2), min(number, 2)
    figure = new_figure(title, height=0.6 + row_height * rows)
    return figure, [figure.add_subplot(rows, columns, index + 1) for index in range(number)]


def show_legend(figure: Figure) -> None:
    """Put one legend for all panels below them."""
    named = [zip(*axes.get_legend_handles_labels(), strict=True) for axes in figure.axes]
    # Of what is drawn in several ways, the first stands for all.
    handles = {label: handle for each in reversed(named) for handle, label in reversed(list(each))}
    handles = dict(reversed(handles.items()))
    if handles:
        columns = _legend_columns(list(handles), figure.get_figwidth())
        figure.legend(handles.values(), handles.keys(), loc="outside lower left", ncols=columns)


def _legend_columns(labels: Sequence[str], width: float) -> int:
    """Return how many labels stand beside each other in a legend of so many inches, filled column by column."""
    for columns in range(len(labels), 1, -1):
        rows = -(-len(labels) // columns)
        longest = (max(map(len, labels[start : start + rows])) for start in range(0, len(labels), rows))
        if sum(_LEGEND_HANDLE + _LEGEND_LETTER * length for length in longest) <= width:
            return columns
    return 1


def finish_bar(bar: Colorbar) -> None:
    """Make a bar of colours small in an SVG, and take its frame away."""
    if bar.solids is not None:
        bar.solids.set_rasterized(True)
    bar.outline.set_visible(False)


def save(drawing: Drawing) -> Plot:
    """Return the drawing as SVG and PNG: the same bytes for the same figure."""
    if drawing.figure is None:
        return Plot(name=drawing.name, title=drawing.title, absent=drawing.absent)
    figure = drawing.figure
    figure.draw_without_rendering()
    # Where everything is has been decided for the first file, and serves the second.
    figure.set_layout_engine("none")
    return Plot(
        name=drawing.name, title=drawing.title, alt=drawing.alt, svg=_svg(figure, drawing.name), png=_png(figure)
    )


def _svg(figure: Figure, name: str) -> bytes:
    buffer = io.BytesIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    with mpl.rc_context({"svg.hashsalt": name}):
        figure.savefig(buffer, format="svg", dpi=_RASTER_DPI, metadata=nothing)
    svg = _COORDINATES.sub(lambda match: _DIGITS.sub(rb"\1", match[0]), buffer.getvalue())
    # A page that shows the title itself can leave this one out.
    return svg.replace(b'<g id="title">', b'<g class="title">').replace(INK.encode(), b"currentColor")


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=_PNG_DPI, facecolor="white", metadata={"Software": None})
    return buffer.getvalue()
