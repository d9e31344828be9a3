"""Pictures of any size in files as images of one size, decoded once: the next time they are in Keras's cache.

The cache is known by the paths, sizes and times of the files, and is made anew where one of them differs. Where it
cannot be written the pictures are decoded each time, and where it is damaged once more.
"""

import hashlib
import json
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import PIL
from numpy.typing import NDArray

from job.core.events import Event, Level, Notice, ReadingProgress
from job.core.problem import SMALLEST_IMAGE_SIZE
from job.data.form import fitted
from job.data.keras_home import keras_home
from job.data.pictures import PictureError, read_picture, shorter_side
from job.errors import JobError
from job.state import durable

_LARGEST_SIDE = 64  # that is taken of the pictures unasked: a network on a CPU takes long over more
_FORMAT = 1  # of the cache; another one where pictures become other images
_TOLD_AFTER = 250  # pictures, which take a second or so
_DAMAGE = (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile, zlib.error)


@dataclass(frozen=True, kw_only=True, eq=False)
class Decoded:
    """The pictures that can be read, in one size, and why the others cannot."""

    images: NDArray[np.uint8]  # of shape (n_images, side, side, channels): grey where all pictures are, or else RGB
    places: NDArray[np.int64]  # of these among all files, ascending
    broken: tuple[str, ...]  # why, of each of the others in their order


def decode(root: Path, paths: Sequence[str], side: int | None, tell: Callable[[Event], None]) -> Decoded:
    """Return the pictures at these paths below `root`, of each the largest square in its middle.

    It gets `side` pixels; None is the median of the pictures' shorter sides, from 8 to 64.
    """
    cache, key = _cache_for(root, paths, side)
    if cache is not None and (found := _read_cache(cache, key)):
        return found
    decoded = _decode([root / path for path in paths], side, tell)
    if cache is not None:
        _write_cache(cache, key, decoded, tell)
    return decoded


def _decode(files: Sequence[Path], side: int | None, tell: Callable[[Event], None]) -> Decoded:
    side = side or _side_of(files)
    images: dict[int, NDArray[np.uint8]] = {}
    broken = []
    for place, file in enumerate(files):
        try:
            images[place] = _without_grey_colours(fitted(read_picture(file), (side, side)))
        except PictureError as error:
            broken.append(str(error))
        if (place + 1) % _TOLD_AFTER == 0 or place + 1 == len(files):
            tell(ReadingProgress("pictures", place + 1, len(files)))
    channels = max((image.shape[2] for image in images.values()), default=1)
    stacked = np.empty((len(images), side, side, channels), np.uint8)
    for row, image in zip(stacked, images.values(), strict=True):
        row[...] = image  # of grey ones all channels are the same
    return Decoded(images=stacked, places=np.array([*images], np.int64), broken=tuple(broken))


def _side_of(files: Sequence[Path]) -> int:
    sides = []
    for file in files:
        try:
            sides.append(shorter_side(file))
        except PictureError:  # which is told when its pixels are read
            continue
    median = sorted(sides)[len(sides) // 2] if sides else SMALLEST_IMAGE_SIZE
    return min(max(median, SMALLEST_IMAGE_SIZE), _LARGEST_SIDE)


def _without_grey_colours(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return an image with one channel where all its channels are the same."""
    return image[..., :1] if (image == image[..., :1]).all() else image


def _cache_for(root: Path, paths: Sequence[str], side: int | None) -> tuple[Path | None, str]:
    """Return the file of the cache, one for each folder and size, and what must stand in it; None without a home."""
    place = json.dumps([str(root.resolve()), side])
    files = [(path, *_size_and_time(root / path)) for path in paths]
    key = hashlib.sha256(json.dumps([_FORMAT, PIL.__version__, place, files]).encode()).hexdigest()
    name = f"pictures-{hashlib.sha256(place.encode()).hexdigest()[:16]}.npz"
    try:
        return keras_home() / "hpo-job" / name, key
    except RuntimeError:  # there is no such user
        return None, key


def _size_and_time(file: Path) -> tuple[int, int]:
    try:
        found = file.stat()
    except OSError:
        return -1, -1
    return found.st_size, found.st_mtime_ns


def _read_cache(cache: Path, key: str) -> Decoded | None:
    try:
        with cache.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            if str(archive["key"]) != key:
                return None
            broken = tuple(map(str, archive["broken"]))
            return Decoded(images=archive["images"], places=archive["places"], broken=broken)
    except _DAMAGE:
        return None


def _write_cache(cache: Path, key: str, decoded: Decoded, tell: Callable[[Event], None]) -> None:
    broken = np.array(decoded.broken, np.str_)
    try:
        durable.make_directory(cache.parent)
        with durable.replacing(cache) as temporary, temporary.open("wb") as file:
            np.savez(file, key=np.array(key), images=decoded.images, places=decoded.places, broken=broken)
    except JobError as error:
        message = f"the pictures are decoded for each trial, since they cannot be kept: {error}"
        tell(Notice(f"{message}; set KERAS_HOME to a folder that can be written to", level=Level.WARNING))
