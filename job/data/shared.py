"""Data that are decoded once for all processes of a run: in a file in memory, which each of them maps.

The search makes the file, empty, and keeps it open: it has no name but that of the search's descriptor, takes no room
on any disk, and goes with the last process that has it, however that ends. Who has loaded the data first fills it;
whoever maps it has the same arrays: their types, shapes, strides and bits. They may be written to, which changes them
in that process alone.
"""

import io
import mmap
import os
import pickle
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import BuiltinFunctionType, FunctionType
from typing import Any

import numpy as np

from job.data import Data, Images
from job.data.arrays import Array
from job.memory import usable_memory

_NAME = "hpo-data"
_HEADER = struct.Struct("<QQ")  # where the index begins, and its length in bytes; zeros while there is none
_ALIGNMENT = 64  # bytes; what begins at a multiple of it can be a tensor as it is
# Of the memory that may be used: whoever fills the file holds the data twice, beside TensorFlow.
_LARGEST_SHARE = 1 / 3

# What data are made of, beside the values that Python's pickle knows by itself; and whose functions make that again.
_KINDS = (Data, Images, np.ndarray, np.str_, np.bytes_)
_MAKERS = ("copyreg", "job", "numpy")


class CannotShareError(Exception):
    """The data would come back as other ones, for the reason that the message tells."""


class NoRoomError(Exception):
    """There is not enough memory to share the data."""


@contextmanager
def memory_file() -> Iterator[Path | None]:
    """Yield the path, for all processes of this user, of a new file in memory; None where the system has none."""
    try:
        descriptor = os.memfd_create(_NAME)
    except (AttributeError, OSError):  # a sandbox may have none
        yield None
        return
    try:
        yield Path(f"/proc/{os.getpid()}/fd/{descriptor}")
    finally:
        os.close(descriptor)


def share(data: Data, file: Path) -> None:
    """Fill the file with `data`, whose parts are in arrays; raise CannotShareError or NoRoomError."""
    buffers: list[pickle.PickleBuffer] = []
    content = io.BytesIO()
    _Pickler(content, protocol=5, buffer_callback=buffers.append).dump(data)
    arrays = [each.raw() for each in buffers]
    places, end = _places([each.nbytes for each in arrays])
    _check_room(end)
    index = pickle.dumps((places, content.getvalue()))
    try:
        with file.open("r+b") as opened:
            for (begin, _), array in zip(places, arrays, strict=True):
                opened.seek(begin)
                opened.write(array)
            opened.seek(end)
            opened.write(index)
            opened.seek(0)
            opened.write(_HEADER.pack(end, len(index)))
    except OSError as error:
        raise NoRoomError(str(error)) from error


def read(file: Path) -> Data | None:
    """Return the data that the file has been filled with, mapped; None where it has not been, or is there no more."""
    try:
        with file.open("rb") as opened:
            header = opened.read(_HEADER.size)
            if not any(header):
                return None
            mapped = memoryview(_Map(opened.fileno(), 0, access=mmap.ACCESS_COPY))
    except OSError:
        return None
    begin, length = _HEADER.unpack(header)
    places, content = pickle.loads(mapped[begin : begin + length])
    data: Data = pickle.loads(content, buffers=[mapped[begin:end] for begin, end in places])
    return data


def memory_of(array: Array) -> Array | None:
    """Return another array of the memory that an array has in a file that `read` has mapped, which can be a tensor's.

    It may be written to, whether or not `array` may. None where `array` lies elsewhere, or not as a tensor has it.
    """
    base: object = array
    while isinstance(base, np.ndarray):
        base = base.base
    if not (isinstance(base, memoryview) and isinstance(base.obj, _Map)):
        return None
    if not (array.size and array.flags.c_contiguous and array.dtype.isnative):
        return None
    whole = np.frombuffer(base.obj, np.uint8)
    offset = array.ctypes.data - whole.ctypes.data
    return None if offset % _ALIGNMENT else np.ndarray(array.shape, array.dtype, whole, offset)


class _Map(mmap.mmap):
    """Told from a user's own."""


def _places(sizes: list[int]) -> tuple[list[tuple[int, int]], int]:
    """Return where buffers of these sizes begin and end in the file, and where the last one ends; all in bytes."""
    places, end = list[tuple[int, int]](), _HEADER.size
    for size in sizes:
        begin = -(-end // _ALIGNMENT) * _ALIGNMENT
        end = begin + size
        places.append((begin, end))
    return places, end


def _check_room(size: int) -> None:
    room = usable_memory()
    if room is not None and size > room * _LARGEST_SHARE:
        raise NoRoomError(f"they take {size / 1e6:,.1f} MB, and {room / 1e6:,.1f} MB of memory may be used")


class _Pickler(pickle.Pickler):
    """Pickles data such that they come back as they are, or raises CannotShareError."""

    def reducer_override(self, given: Any) -> Any:
        if isinstance(given, type | FunctionType | BuiltinFunctionType):
            is_known = str(given.__module__).partition(".")[0] in _MAKERS
        else:
            is_known = type(given) in _KINDS or isinstance(given, np.dtype)
        if not is_known:
            raise CannotShareError(f"{type(given).__name__} is not known")
        return _reduced_view(given) if isinstance(given, np.ndarray) and not _is_whole(given) else NotImplemented


def _is_whole(array: Array) -> bool:
    """Tell whether an array comes back with its strides by itself."""
    return array.dtype.hasobject or array.flags.c_contiguous or array.flags.f_contiguous


def _reduced_view(array: Array) -> tuple[Any, ...]:
    """Return how a view with gaps, such as a column of a table, is made again as one of the array that it is of."""
    base = array.base
    if not (isinstance(base, np.ndarray) and type(base) is np.ndarray and _is_whole(base)):
        raise CannotShareError(f"an array of shape {array.shape} has strides {array.strides}")
    offset = array.__array_interface__["data"][0] - base.__array_interface__["data"][0]
    return _view, (base, array.shape, array.dtype, offset, array.strides)


def _view(base: Array, shape: tuple[int, ...], dtype: np.dtype[Any], offset: int, strides: tuple[int, ...]) -> Array:
    flat = base.ravel(order="K").view(np.uint8)
    return np.ndarray(shape, dtype, buffer=flat, offset=offset, strides=strides)
