"""What a model says of pictures: as JSON, as comma-separated values, and as a table with small pictures."""

import csv
import io
import json
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from rich.color import Color
from rich.style import Style
from rich.table import Table
from rich.text import Text

from job.paths import printable_name, unicode_name
from job.plain_text import WIDTH, natural_width, render_plain
from job.report.text.tables import plain_table
from job.training import Recognized, Refused, Seen
from job.words import count, format_share

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Of a small picture; each character shows two pixels, one above the other.
_PICTURE_COLUMNS = 16
_UPPER_HALF = "▀"
# With more pictures than these nobody looks at each.
_MOST_PICTURES = 100
# Of pictures in an array that something is said of; the rest is in --json and --csv.
_MOST_PLACES = 10
_COLUMNS = ("file", "index", "class", "probability", "runner_up", "runner_up_probability", "unlike")

# One picture as JSON; `index` is its place in a file that holds an array of several, and `unlike` says that it does not
# look like the images that the model was trained on.
PredictionData = TypedDict(
    "PredictionData",
    {
        "file": str,
        "index": int | None,
        "class": str,
        "probability": float,
        "runner_up": str,
        "runner_up_probability": float,
        "unlike": bool,
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
            {"file": unicode_name(each.file), "index": each.index, "reason": each.reason}
            for each in seen
            if isinstance(each, Refused)
        ],
    }


def render_predictions_csv(seen: Sequence[Seen]) -> str:
    """Return a header and the pictures that were recognized, one a row; lines end as RFC 4180 says."""
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS)
    writer.writeheader()
    for each in seen:
        if isinstance(each, Recognized):
            writer.writerow({**_describe(each), "unlike": json.dumps(not each.is_like)})
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
        f"{printable_name(each.file)}{'' if each.index is None else f', index {each.index}'}: {each.reason}"
        for each in seen
        if isinstance(each, Refused)
    ]


def doubts(seen: Sequence[Seen]) -> list[str]:
    """Return a line for each file with pictures that do not look like the images that the model was trained on."""
    unlike = [each for each in seen if isinstance(each, Recognized) and not each.is_like]
    return [_doubt(file, list(found)) for file, found in groupby(unlike, key=lambda each: each.file)]


def _doubt(file: Path, unlike: list[Recognized]) -> str:
    places = [str(each.index) for each in unlike if each.index is not None]
    more = ", …" if len(places) > _MOST_PLACES else ""
    which = f", index {', '.join(places[:_MOST_PLACES])}{more}" if places else ""
    number = f"{count(len(unlike), 'picture')} " if len(unlike) > 1 else ""
    verb = "do" if number else "does"
    return f"{printable_name(file)}{which}: {number}{verb} not look like the images that the model was trained on"


def _cells(each: Recognized, *, indexed: bool) -> list[str]:
    index = "" if each.index is None else str(each.index)
    (likely, other), shares = each.classes, [format_share(share) for share in each.probabilities]
    return [printable_name(each.file), *([index] * indexed), likely, shares[0], other, shares[1]]


def _describe(each: Recognized) -> PredictionData:
    return {
        "file": unicode_name(each.file),
        "index": each.index,
        "class": each.classes[0],
        "probability": each.probabilities[0],
        "runner_up": each.classes[1],
        "runner_up_probability": each.probabilities[1],
        "unlike": not each.is_like,
    }


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
