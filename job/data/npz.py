"""NumPy archives (.npz) of unsigned bytes, such as the `mnist.npz` of Keras."""

import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from tokenize import TokenError

import numpy as np
from numpy.typing import NDArray

from job.errors import DataMissingError

# What NumPy and zipfile raise for archives that are damaged, or that hold Python objects.
_DAMAGE = (OSError, EOFError, RuntimeError, SyntaxError, TokenError, ValueError, zipfile.BadZipFile, zlib.error)


def read(path: Path, *, shapes: Mapping[str, tuple[int, ...]], hint: str) -> dict[str, NDArray[np.uint8]]:
    """Return the arrays of `path` by name.

    `shapes` gives the names, and the shape that each array must have; all hold unsigned bytes. Raise DataMissingError,
    with `hint`, for an archive that cannot be read, is damaged, or holds something else.
    """
    try:
        arrays = _load(path, names=set(shapes))
    except _DAMAGE as error:
        found = f"an unreadable or damaged file ({error})"
        raise DataMissingError(f"{path}: expected a NumPy archive, found {found}", hint=hint) from error
    for name, shape in shapes.items():
        expected, found = f"uint8{list(shape)}", _describe(arrays.get(name))
        if found != expected:
            raise DataMissingError(f"{path}: expected {name} as {expected}, found {found}", hint=hint)
    return arrays


def _load(path: Path, *, names: set[str]) -> dict[str, NDArray[np.uint8]]:
    if not zipfile.is_zipfile(path):
        raise zipfile.BadZipFile("not a zip archive, or a truncated one")
    # Arrays of Python objects are refused: to unpickle them would run code of whoever made the file.
    with np.load(path, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files if name in names}


def _describe(array: object) -> str:
    # NumPy hands over a member that is no array as its bytes.
    return f"{array.dtype}{list(array.shape)}" if isinstance(array, np.ndarray) else "no such array"
