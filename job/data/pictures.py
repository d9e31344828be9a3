"""Pictures in files of the user's, as arrays: PNG, JPEG and the like by Pillow, arrays of images by NumPy.

What a file is, its content tells, not its name. Nothing in it is believed: a file can be damaged, or made to harm.
"""

import stat
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from job.paths import dangling_link, describe_link

# What Pillow, NumPy and zipfile raise for files that are damaged, or that hold something else than they say.
_DAMAGE = (
    *(EOFError, LookupError, MemoryError, NotImplementedError, OSError, OverflowError, RuntimeError, SyntaxError),
    *(TokenError, TypeError, ValueError, struct.error, zipfile.BadZipFile, zlib.error),
)
# What Pillow is to read, of all that it can: what people have, by decoders that many look at.
_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF")
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif")  # of the names of such files
_PICTURES = "a PNG, JPEG, WebP, BMP or GIF picture"
_BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)
# Names that an archive's array of images goes by; without any of them its first array is taken.
_ARRAY_NAMES = ("images", "x_test")
_LARGEST_ARRAY_BYTES = 2**31  # in an archive, which has to be unpacked as a whole
_N_CHANNELS = (1, 3, 4)  # grey, colours, colours with opacity
NPY_MAGIC, ZIP_MAGIC = b"\x93NUMPY", b"PK\x03\x04"
# The values of white: of a byte, of 16 bits, and of scikit-learn's digits.
_WHITE, _WHITE_16, _WHITE_4 = 255, 65_535, 16
_WHITES = f"1, {_WHITE_4}, {_WHITE} or {_WHITE_16}"


class PictureError(Exception):
    """No picture can be had from the file; the message says what was found, and not in which file."""


@dataclass(frozen=True)
class Picture:
    """Pixels of shape (height, width, 1 or 3), grey or RGB; `index` is the place in an array of several.

    `white` is the value in the file that has become 255, where that had to be guessed.
    """

    index: int | None
    pixels: NDArray[np.uint8]
    white: float | None = None


def read_pictures(path: Path, shape: tuple[int, int, int]) -> Iterator[Picture]:
    """Yield the pictures of a file, one at a time.

    `shape` is the (height, width, channels) of the images that are expected, and tells what the axes of an array are.
    Raise PictureError where there is no picture in the file.
    """
    magic = first_bytes(path)
    if magic == NPY_MAGIC:
        yield from _images(_load_array(path), shape)
    elif magic.startswith(ZIP_MAGIC):
        yield from _images(_load_from_archive(path), shape)
    else:
        yield Picture(None, read_picture(path))


def read_picture(path: Path) -> NDArray[np.uint8]:
    """Return a picture upright, as a person sees it: of shape (height, width, 1 or 3), grey or RGB.

    Of an animated one that is its first frame. Raise PictureError where there is none in the file.
    """
    first_bytes(path)
    with _opened(path) as image:
        return _pixels(ImageOps.exif_transpose(image))


def shorter_side(path: Path) -> int:
    """Return how many pixels the shorter side of a picture has; raise PictureError where there is none in the file."""
    first_bytes(path)
    with _opened(path) as image:
        return min(image.size)


def first_bytes(path: Path) -> bytes:
    """Return what tells the kind of a file; raise PictureError where nothing is in it, or it cannot be read."""
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):  # to open a pipe would be to wait for who writes to it
            raise PictureError(f"expected a file, found {'a directory' if stat.S_ISDIR(mode) else 'something else'}")
        with path.open("rb") as file:
            magic = file.read(len(NPY_MAGIC))
    except (OSError, ValueError) as error:  # the latter for a name that cannot be one
        if isinstance(error, FileNotFoundError) and (link := dangling_link(path.absolute())):
            raise PictureError(f"expected a file, found that {describe_link(link)}") from error
        raise PictureError(f"cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if not magic:
        raise PictureError("the file is empty")
    return magic


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    """Yield a picture whose pixels have not been read yet; raise PictureError for what is wrong with it or them."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of oddities that are no damage
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=_FORMATS) as image:
                yield image
    except _BOMBS as error:
        raise PictureError(f"expected at most {Image.MAX_IMAGE_PIXELS:,} pixels, found more") from error
    except UnidentifiedImageError as error:
        raise PictureError(f"expected {_PICTURES} or a NumPy array, found something else") from error
    except _DAMAGE as error:
        raise PictureError(f"the picture is damaged: {_first_line(error)}") from error


def _pixels(image: Image.Image) -> NDArray[np.uint8]:
    if image.mode.startswith("I"):  # 16 bits of grey, which Pillow would cut off at 255
        return _scaled(np.asarray(image).astype(np.float32), _WHITE_16)[..., np.newaxis]
    if image.has_transparency_data:
        return _on_paper(image.convert("RGBA"))
    return np.atleast_3d(np.asarray(image.convert("L" if image.mode in ("1", "L") else "RGB")))


def _on_paper(image: Image.Image) -> NDArray[np.uint8]:
    """Return what is seen of a transparent picture on white, or on black where what is drawn is light itself."""
    weights = np.asarray(image.getchannel("A"), np.float32)
    drawn = np.asarray(image.convert("L"), np.float32)
    is_light = (weights * drawn).sum() > weights.sum() * _WHITE / 2 and weights.min() < _WHITE
    paper = Image.new("RGBA", image.size, "black" if is_light else "white")
    return np.asarray(Image.alpha_composite(paper, image).convert("RGB"))


def _load_array(path: Path) -> NDArray[Any]:
    """Map the array, so that one which is larger than the memory does no harm."""
    try:
        array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except _DAMAGE as error:
        raise PictureError(f"the array is damaged: {_first_line(error)}") from error
    return array


def _load_from_archive(path: Path) -> NDArray[Any]:
    try:
        # NumPy leaves the file of a damaged archive open, if it is the one to open it.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            members = [each for each in archive.zip.infolist() if each.filename.endswith(".npy")]
            if not members:
                raise PictureError("expected an archive with an array of images, found one without arrays")
            wanted = {f"{name}.npy": place for place, name in enumerate(_ARRAY_NAMES)}
            chosen = min(members, key=lambda each: wanted.get(each.filename, len(wanted)))
            if chosen.file_size > _LARGEST_ARRAY_BYTES:
                found = f"{chosen.filename} with {chosen.file_size:,} bytes"
                raise PictureError(f"expected at most {_LARGEST_ARRAY_BYTES:,} bytes, found {found}")
            return np.asarray(archive[chosen.filename.removesuffix(".npy")])
    except _DAMAGE as error:
        raise PictureError(f"the archive is damaged: {_first_line(error)}") from error


def _images(array: NDArray[Any], shape: tuple[int, int, int]) -> Iterator[Picture]:
    """Yield the images of an array, each in bytes; `shape` is that of the images that are expected."""
    if array.size == 0:
        raise PictureError(f"expected images, found an empty array of shape {array.shape}")
    is_one = _is_one_image(array.shape, shape)
    if not is_one and (array.ndim not in (3, 4) or (array.ndim == 4 and array.shape[-1] not in _N_CHANNELS)):
        raise PictureError(
            "expected an image of shape (height, width) or (height, width, channels), or several of them, "
            f"found an array of shape {array.shape}"
        )
    white = _white_of(array)
    guessed = None if white in (1, _WHITE) else white
    if is_one:
        yield Picture(None, _image(array, white), guessed)
        return
    for index, image in enumerate(array):
        yield Picture(index, _image(image, white), guessed)


def _is_one_image(found: tuple[int, ...], expected: tuple[int, int, int]) -> bool:
    """Tell one image from several: only (height, width, channels) looks like (n_images, height, width)."""
    if len(found) == 2 or found == expected:
        return True
    return len(found) == 3 and found[-1] in _N_CHANNELS and found[1:] != expected[:2]


def _white_of(array: NDArray[Any]) -> float:
    """Return the value that stands for white in all of an array: the one that its greatest value is nearest below."""
    if array.dtype.kind not in "buif":
        raise PictureError(f"expected an array of numbers, found one of {array.dtype}")
    low, high = float(array.min()), float(array.max())
    if not 0 <= low <= high:  # NaN is neither
        raise PictureError(f"expected values from 0 to {_WHITES}, found {low:g} to {high:g}")
    if high <= 1:
        return 1.0
    if array.dtype == np.uint8 and high > _WHITE_4:
        return _WHITE
    white = next((white for white in (_WHITE_4, _WHITE, _WHITE_16) if white / 2 < high <= white), None)
    if white is None:
        raise PictureError(
            f"expected values from 0 to {_WHITES}, found {low:g} to {high:g}, which does not tell what white is"
        )
    return white


def _image(array: NDArray[Any], white: float) -> NDArray[np.uint8]:
    values = array if array.dtype == np.uint8 and white == _WHITE else _scaled(array.astype(np.float32), white)
    if values.ndim == 3 and values.shape[-1] == 4:
        return _on_paper(Image.fromarray(np.ascontiguousarray(values)))
    return np.atleast_3d(np.asarray(values))


def _scaled(values: NDArray[np.float32], white: float) -> NDArray[np.uint8]:
    return np.asarray(np.rint(np.clip(values / white, 0, 1) * _WHITE), np.uint8)


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), "") or type(error).__name__
