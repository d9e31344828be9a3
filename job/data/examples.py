"""Examples in files of the user's, for a model that sees no pictures: arrays by NumPy, and comma-separated values.

What a file is, its content tells, not its name. Nothing in it is believed: a file can be damaged, or made to harm.
"""

import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from tokenize import TokenError

import numpy as np

from job.data.arrays import Array, Nested, is_nested, leaves, mapped
from job.data.inputs import Examples, ExamplesError, as_input, examples_of, listed, names_of
from job.data.pictures import NPY_MAGIC, ZIP_MAGIC, PictureError, first_bytes
from job.data.table_examples import read_table

# What NumPy and zipfile raise for files that are damaged, or that hold something else than they say.
_DAMAGE = (EOFError, OSError, RuntimeError, SyntaxError, TokenError, ValueError, zipfile.BadZipFile, zlib.error)
_LARGEST_ARRAY_BYTES = 2**31  # in an archive, which has to be unpacked as a whole
# Names that an archive's only input goes by, where it holds other arrays too.
_ONLY_NAMES = ("x", "x_test", "inputs")


def read_examples(path: Path, like: Nested) -> Examples:
    """Return the examples of a file as `like` has them, the inputs of a batch: one array, or several nested ones.

    An `.npy` file holds one array, of an example or of several; an archive the arrays of all inputs by their names;
    comma-separated values are a row an example. Raise ExamplesError for anything else.
    """
    try:
        magic = first_bytes(path)
    except PictureError as error:
        raise ExamplesError(str(error)) from error
    if magic == NPY_MAGIC:
        return _from_arrays({"": _load_array(path)}, like)
    if magic.startswith(ZIP_MAGIC):
        return _from_arrays(_load_archive(path), like)
    return read_table(path, like)


def _load_array(path: Path) -> Array:
    try:
        array: Array = np.load(path, allow_pickle=False)
    except _DAMAGE as error:
        raise ExamplesError(f"the array is damaged, or holds Python objects: {_first_line(error)}") from error
    return array


def _load_archive(path: Path) -> Mapping[str, Array]:
    try:
        # NumPy leaves the file of a damaged archive open, if it is the one to open it.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            for member in archive.zip.infolist():
                if member.file_size > _LARGEST_ARRAY_BYTES:
                    found = f"{member.filename} with {member.file_size:,} bytes"
                    raise ExamplesError(f"expected at most {_LARGEST_ARRAY_BYTES:,} bytes, found {found}")
            return {name: np.asarray(archive[name]) for name in archive.files}
    except _DAMAGE as error:
        raise ExamplesError(f"the archive is damaged, or holds Python objects: {_first_line(error)}") from error


def _from_arrays(found: Mapping[str, Array], like: Nested) -> Examples:
    if not is_nested(like):
        array = _only(found)
        is_one = array.shape == like.shape[1:]
        return examples_of(as_input(array[np.newaxis] if is_one else array, like, "an array"), is_one=is_one)
    names = names_of(like)
    if not set(names.values()) <= found.keys():
        raise ExamplesError(f"expected an .npz archive of arrays named {listed(names.values())}, found {_named(found)}")
    is_one = all(found[names[place]].shape == each.shape[1:] for place, each in leaves(like, ""))

    def pick(each: Array, place: str) -> Array:
        array = found[names[place]]
        return as_input(array[np.newaxis] if is_one else array, each, names[place])

    return examples_of(mapped(pick, like), is_one=is_one)


def _only(found: Mapping[str, Array]) -> Array:
    """Return the array of a model's only input."""
    name = next(iter(found)) if len(found) == 1 else next((name for name in _ONLY_NAMES if name in found), None)
    if name is None:
        raise ExamplesError(f"expected an archive of one array, or with one named x, found {_named(found)}")
    return found[name]


def _named(found: Mapping[str, Array]) -> str:
    return "an array without a name" if list(found) == [""] else listed(found) or "none"


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), "") or type(error).__name__
