"""Search for the hyper-parameters of a Keras model, in a batch job that can be killed at any instant.

What users' problems and notebooks import is here: the dimensions of a space, the data of a problem, and `open_study`,
which reads the state of a search. Each is imported when it is first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from job.core.space import Categorical, Integer, Ordinal, Real
    from job.data import Data, Images
    from job.state.directory import open_study

__version__ = "0.1.0"
__all__ = ["Categorical", "Data", "Images", "Integer", "Ordinal", "Real", "__version__", "open_study"]

_HOMES = {
    "Categorical": "job.core.space",
    "Data": "job.data",
    "Images": "job.data",
    "Integer": "job.core.space",
    "Ordinal": "job.core.space",
    "Real": "job.core.space",
    "open_study": "job.state.directory",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
