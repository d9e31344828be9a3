"""The versions of what decides how a search comes out."""

import platform
from importlib.metadata import PackageNotFoundError, version

from job import __version__

# By the name that people use, the names under which a distribution may be installed.
_LIBRARIES = {
    "TensorFlow": ("tensorflow", "tensorflow-cpu"),
    "Keras": ("keras",),
    "scikit-optimize": ("scikit-optimize",),
    "scikit-learn": ("scikit-learn",),
    "NumPy": ("numpy",),
    "joblib": ("joblib",),
}


def library_versions() -> dict[str, str | None]:
    """Return the version of each library by its name, None for one that is not installed; nothing is imported."""
    return {library: _installed(names) for library, names in _LIBRARIES.items()}


def program_versions() -> dict[str, str]:
    """Return the versions of the program, of Python, and of the libraries that are installed."""
    known = {library: number for library, number in library_versions().items() if number is not None}
    return {"hpo-job": __version__, "Python": platform.python_version(), **known}


def _installed(names: tuple[str, ...]) -> str | None:
    for name in names:
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return None
