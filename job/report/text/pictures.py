"""Pictures in the characters of a terminal."""

from typing import TYPE_CHECKING

from rich.color import Color
from rich.style import Style
from rich.text import Text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Of a small picture; each character shows two pixels, one above the other.
_PICTURE_COLUMNS = 16
_UPPER_HALF = "▀"


def draw_picture(image: "NDArray[np.uint8]") -> Text:
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
