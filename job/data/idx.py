"""IDX files, the format in which MNIST is published: images or labels as unsigned bytes, gzipped or not.

A file is a magic number, the size of each dimension, and the bytes of the array in C order; numbers are big-endian and
32 bits long. Two bytes of the magic number are 0, the third is the type (8: unsigned byte), the fourth the number of
dimensions (LeCun, Cortes and Burges, "The MNIST database of handwritten digits").
"""

import gzip
import math
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from job.errors import DataMissingError

_GZIP_MAGIC = b"\x1f\x8b"
_UNSIGNED_BYTE = 0x0800
_SUBJECTS = {1: "labels", 3: "images"}  # by the number of dimensions


def read(path: Path, *, shape: tuple[int, ...], hint: str) -> NDArray[np.uint8]:
    """Return the array of an IDX file, which cannot be written to.

    `shape` is what it must have: (n_images, height, width) for images, (n_images,) for labels. Raise DataMissingError,
    with `hint`, for a file that cannot be read, is damaged, or holds something else.
    """
    size = _header_size(shape) + math.prod(shape)
    try:
        with _opened(path) as file:
            content = file.read(size + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise _unlike(path, shape, f"an unreadable or damaged file ({error})", hint) from error
    found = _difference(content, shape)
    if found:
        raise _unlike(path, shape, found, hint)
    return np.frombuffer(content, np.uint8, offset=_header_size(shape)).reshape(shape)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO | gzip.GzipFile]:
    with path.open("rb") as file:
        is_gzipped = file.read(2) == _GZIP_MAGIC
        file.seek(0)
        yield gzip.GzipFile(fileobj=file) if is_gzipped else file


def _difference(content: bytes, shape: tuple[int, ...]) -> str:
    """Say what `content` is instead of an IDX file of `shape`; return an empty text where it is one."""
    magic = int.from_bytes(content[:4])
    header_size, size = _header_size(shape), math.prod(shape)
    if len(content) >= 4 and magic != _magic(shape):
        return f"{_subject(magic)} (magic number {magic})"
    if len(content) < header_size:
        return f"a file of {len(content)} bytes"
    found_shape = struct.unpack_from(f">{len(shape)}I", content, 4)
    if found_shape != shape:
        return f"{_describe(found_shape)}"
    if len(content) < header_size + size:
        return f"a truncated file with {len(content) - header_size} of {size} bytes after the header"
    if len(content) > header_size + size:
        return f"more than {size} bytes after the header"
    return ""


def _unlike(path: Path, shape: tuple[int, ...], found: str, hint: str) -> DataMissingError:
    expected = f"{_describe(shape)} in an IDX file (magic number {_magic(shape)})"
    return DataMissingError(f"{path}: expected {expected}, found {found}", hint=hint)


def _describe(shape: tuple[int, ...]) -> str:
    count, *sides = shape
    return f"{count} {_SUBJECTS[len(shape)]}" + (f" of {' x '.join(map(str, sides))}" if sides else "")


def _subject(magic: int) -> str:
    kind, n_dimensions = magic & ~0xFF, magic & 0xFF
    return _SUBJECTS.get(n_dimensions, "another array") if kind == _UNSIGNED_BYTE else "no IDX file of bytes"


def _magic(shape: tuple[int, ...]) -> int:
    return _UNSIGNED_BYTE | len(shape)


def _header_size(shape: tuple[int, ...]) -> int:
    return 4 + 4 * len(shape)
