"""The versions and settings of what computes a search: they decide its last bits."""

import os
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version

from job import __version__
from job.threads import pools_of_tensorflow

# By the name that people use, the names under which a distribution may be installed.
_LIBRARIES = {
    "TensorFlow": ("tensorflow", "tensorflow-cpu"),
    "Keras": ("keras",),
    "scikit-optimize": ("scikit-optimize",),
    "scikit-learn": ("scikit-learn",),
    "NumPy": ("numpy",),
    "SciPy": ("scipy",),
    "joblib": ("joblib",),
}
# Those that have no say in the bits: a search goes on under any release of the program.
_DECIDE_NOTHING = {"hpo-job", "joblib"}
_ONEDNN = "TF_ENABLE_ONEDNN_OPTS"
# What else chooses between code with other last bits, told where it is set.
_VARIABLES = (
    *("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA", "ONEDNN_DEFAULT_FPMATH_MODE", "OPENBLAS_CORETYPE"),
    *("NPY_DISABLE_CPU_FEATURES", "NVIDIA_TF32_OVERRIDE", "XLA_FLAGS", "TF_XLA_FLAGS"),
)
_NOT_SET = "not set"


def library_versions() -> dict[str, str | None]:
    """Return the version of each library by its name, None for one that is not installed; nothing is imported."""
    return {library: _installed(names) for library, names in _LIBRARIES.items()}


def program_versions() -> dict[str, str]:
    """Return the versions of the program, of Python, and of the libraries that are installed."""
    known = {library: number for library, number in library_versions().items() if number is not None}
    return {"hpo-job": __version__, "Python": platform.python_version(), **known}


def arithmetic_settings(threads: int | None, environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the settings of TensorFlow and its libraries that decide bits, by what a person calls them.

    `threads` are those of the search; None for a search that leaves them to TensorFlow.
    """
    pools = {name: str(number) for name, number in pools_of_tensorflow(threads, environment).items()}
    onednn = {"0": "off", "1": "on"}.get(environment.get(_ONEDNN, ""), "by default")
    others = {name: environment[name] for name in _VARIABLES if environment.get(name)}
    return {**pools, "oneDNN": onednn, **others}


def changed_versions(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    """Return in which versions two runs differ, such as `NumPy 2.4.6 before, 2.5.0 now`; of those that both know."""
    names = [name for name in now if name in before and name not in _DECIDE_NOTHING]
    return _changed({name: before[name] for name in names}, {name: now[name] for name in names})


def changed_arithmetic(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    """Return in which settings two runs differ; empty also where those of the one before are not known."""
    return _changed(before, now) if before else ""


def _changed(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    pairs = ((name, before.get(name, _NOT_SET), now.get(name, _NOT_SET)) for name in {**before, **now})
    return "; ".join(f"{name} {one} before, {other} now" for name, one, other in pairs if one != other)


def _installed(names: tuple[str, ...]) -> str | None:
    for name in names:
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return None
