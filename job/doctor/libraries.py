"""The CUDA libraries that TensorFlow loads to use an NVIDIA GPU, and the packages that bring them."""

import ctypes
import re
import sysconfig
from importlib.metadata import distributions
from pathlib import Path

# Of the CUDA that this TensorFlow is built for; it loads them by these names, or trains on the CPU.
CUDA_MAJOR = 12
LIBRARIES = (
    "libcudart.so.12",
    "libcublas.so.12",
    "libcublasLt.so.12",
    "libcufft.so.11",
    "libcusolver.so.11",
    "libcusparse.so.12",
    "libcudnn.so.9",
)


def installed_packages() -> dict[str, str]:
    """Return the versions of NVIDIA's Python packages, by their names."""
    named = ((each.metadata["Name"], each.version) for each in distributions())
    return {name: version for name, version in sorted(named) if re.match("nvidia-", name or "")}


def missing_libraries(names: tuple[str, ...] = LIBRARIES) -> dict[str, str]:
    """Return why each of `names` that cannot be loaded cannot, where TensorFlow looks: in packages, then in the system.

    What loads stays loaded, so this is for a process of its own.
    """
    reasons = {name: _reason(name) for name in names}
    return {name: reason for name, reason in reasons.items() if reason}


def _reason(name: str) -> str:
    packaged = sorted(Path(sysconfig.get_path("purelib"), "nvidia").glob(f"*/lib/{name}"))
    try:
        ctypes.CDLL(str(packaged[0]) if packaged else name)
    except OSError as error:
        return str(error)
    return ""
