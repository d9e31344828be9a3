"""What a model says of pictures: as JSON, as comma-separated values, and as a table with small pictures."""

import csv
import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from rich.color import Color
from rich.style import Style
from rich.table import Table
from rich.text import Text

from job.plain_text import WIDTH, natural_width, render_plain
from job.report.text.tables import plain_table
from job.training import Recognized, Refused, Seen
from job.words import format_share

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Of a small picture; each character shows two pixels, one above the other.
_PICTURE_COLUMNS = 16
_UPPER_HALF = "▀"
# With more pictures than these nobody looks at each.
_MOST_PICTURES = 100
_COLUMNS = ("file", "index", "class", "probability", "runner_up", "runner_up_probability")

# One picture as JSON; `index` is its place in a file that holds an array of several.
PredictionData = TypedDict(
    "PredictionData",
    {
        "file": str,
        "index": int | None,
        "class": str,
        "probability": float,
        "runner_up": str,
        "runner_up_probability": float,
    },
)


class RefusedData(TypedDict):
    """A file, or one picture of it, that nothing can be said of."""

    file: str
    index: int | None
    reason: str


class PredictionsSummary(TypedDict):
    """What the model of a trial says of pictures, as JSON."""

    problem: str
    trial: int
    predictions: list[PredictionData]
    errors: list[RefusedData]


def summarize_predictions(seen: Sequence[Seen], *, problem: str, trial: int) -> PredictionsSummary:
    """Return what was seen as data that JSON can hold."""
    return {
        "problem": problem,
        "trial": trial,
        "predictions": [_describe(each) for each in seen if isinstance(each, Recognized)],
        "errors": [
            {"file": _name(each.file), "index": each.index, "reason": each.reason}
            for each in seen
            if isinstance(each, Refused)
        ],
    }


def render_predictions_csv(seen: Sequence[Seen]) -> str:
    """Return a header and the pictures that were recognized, one a row; lines end as RFC 4180 says."""
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS)
    writer.writeheader()
    writer.writerows(_describe(each) for each in seen if isinstance(each, Recognized))
    return text.getvalue()


def render_predictions(seen: Sequence[Seen]) -> str:
    """Return the table as plain text that ends with a newline, as wide as it needs to be; empty without a picture."""
    recognized = [each for each in seen if isinstance(each, Recognized)]
    if not recognized:
        return ""
    table = draw_predictions(recognized)
    return render_plain(table, width=max(WIDTH, natural_width(table)))


def draw_predictions(recognized: Sequence[Recognized], *, pictures: bool = False) -> Table:
    """Return a table with a row for each picture, if asked to with what the model sees of it."""
    table, pictures = plain_table(), pictures and len(recognized) <= _MOST_PICTURES
    indexed = any(each.index is not None for each in recognized)
    headers = ("file", *(["index"] * indexed), "class", "probability", "runner-up", "probability")
    if pictures:
        table.add_column("seen as", no_wrap=True)
    for header in headers:
        is_number = header in ("index", "probability")
        table.add_column(header, justify="right" if is_number else "left", overflow="fold", no_wrap=is_number)
    for each in recognized:
        cells = [_draw_picture(each.image)] if pictures and each.image is not None else []
        table.add_row(*cells, *(Text(cell) for cell in _cells(each, indexed=indexed)))
    return table


def refusals(seen: Sequence[Seen]) -> list[str]:
    """Return a line for each file or picture that nothing can be said of."""
    return [
        f"{_printable(each.file)}{'' if each.index is None else f', index {each.index}'}: {each.reason}"
        for each in seen
        if isinstance(each, Refused)
    ]


def _cells(each: Recognized, *, indexed: bool) -> list[str]:
    index = "" if each.index is None else str(each.index)
    (likely, other), shares = each.classes, [format_share(share) for share in each.probabilities]
    return [_printable(each.file), *([index] * indexed), likely, shares[0], other, shares[1]]


def _describe(each: Recognized) -> PredictionData:
    return {
        "file": _name(each.file),
        "index": each.index,
        "class": each.classes[0],
        "probability": each.probabilities[0],
        "runner_up": each.classes[1],
        "runner_up_probability": each.probabilities[1],
    }


def _name(file: Path) -> str:
    """Return a name in Unicode, though what the file system has may be other bytes."""
    return os.fsencode(file).decode(errors="backslashreplace")


def _printable(file: Path) -> str:
    """Return a name that does nothing to a terminal."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in _name(file))


def _draw_picture(image: "NDArray[np.uint8]") -> Text:
    """Return a picture of shape (height, width, channels) in coloured half blocks, and an empty line."""
    rows = _small(image)
    text = Text(no_wrap=True)
    for upper, lower in zip(rows[::2], [*rows[1::2], None], strict=False):
        for column, colour in enumerate(upper):
            below = None if lower is None else Color.from_rgb(*lower[column])
            text.append(_UPPER_HALF, Style(color=Color.from_rgb(*colour), bgcolor=below))
        text.append("\n")
    return text


def _small(image: "NDArray[np.uint8]") -> list[list[tuple[int, int, int]]]:
    """Return the rows of a picture, each pixel in red, green and blue."""
    from PIL import Image

    height, width, channels = image.shape
    picture = Image.fromarray(image[..., 0] if channels == 1 else image).convert("RGB")
    picture = picture.reduce(max(-(-max(height, width) // _PICTURE_COLUMNS), 1))
    pixels = iter(picture.tobytes())
    colours = list(zip(pixels, pixels, pixels, strict=True))
    return [colours[start : start + picture.width] for start in range(0, len(colours), picture.width)]
