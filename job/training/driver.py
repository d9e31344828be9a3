"""What the NVIDIA driver says of itself and of its GPUs: asked through libcuda, without TensorFlow or a CUDA library.

The names and numbers are those of the CUDA Driver API.
"""

import ctypes
from dataclasses import dataclass

LIBRARY = "libcuda.so.1"  # comes with the driver, and into a container from its host

_SUCCESS = 0  # CUDA_SUCCESS


class DriverError(Exception):
    """The driver's library cannot be loaded, or a call of it fails."""


@dataclass(frozen=True)
class DriverDevice:
    """A GPU as the driver names it."""

    name: str
    memory_bytes: int


def cuda_version() -> tuple[int, int]:
    """Return the newest CUDA version that the driver serves, such as (12, 4); raise DriverError."""
    number = ctypes.c_int()
    _call(_load(), "cuDriverGetVersion", ctypes.byref(number))
    return number.value // 1000, number.value % 1000 // 10


def devices() -> tuple[DriverDevice, ...]:
    """Return the GPUs that CUDA_VISIBLE_DEVICES leaves, in CUDA's order; raise DriverError.

    This initialises the driver, so a process that has called it must not be forked to train on a GPU.
    """
    library, number = _load(), ctypes.c_int()
    _call(library, "cuInit", ctypes.c_uint(0))
    _call(library, "cuDeviceGetCount", ctypes.byref(number))
    return tuple(_device(library, ordinal) for ordinal in range(number.value))


def _device(library: ctypes.CDLL, ordinal: int) -> DriverDevice:
    handle, name, memory = ctypes.c_int(), ctypes.create_string_buffer(256), ctypes.c_size_t()
    _call(library, "cuDeviceGet", ctypes.byref(handle), ctypes.c_int(ordinal))
    _call(library, "cuDeviceGetName", name, ctypes.c_int(len(name)), handle)
    _call(library, "cuDeviceTotalMem_v2", ctypes.byref(memory), handle)
    return DriverDevice(name.value.decode(errors="replace"), memory.value)


def _load() -> ctypes.CDLL:
    try:
        return ctypes.CDLL(LIBRARY)
    except OSError as error:
        raise DriverError(str(error)) from error


def _call(library: ctypes.CDLL, function: str, *arguments: object) -> None:
    status = getattr(library, function)(*arguments)
    if status != _SUCCESS:
        raise DriverError(f"{function} failed: {_error_name(library, status)}")


def _error_name(library: ctypes.CDLL, status: int) -> str:
    """Return a name such as `CUDA_ERROR_NO_DEVICE`, or the number where the driver knows no name."""
    name = ctypes.c_char_p()
    known = library.cuGetErrorName(status, ctypes.byref(name)) == _SUCCESS
    return name.value.decode() if known and name.value else f"error {status}"
