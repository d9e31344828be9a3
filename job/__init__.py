"""Search for the hyper-parameters of a Keras model, in a batch job that can be killed at any instant.

What users' problems, scripts and notebooks import is here. For problems: the dimensions of a space, and the data. For
whoever uses a search:

    from job import open_study, search

    study = search("churn.py", state="state", trials=40)    # begins, or goes on: the same call again after a kill
    study = open_study("state")                             # at any time, while a run is at work there too
    study.best.params, study.best.score
    study.confirmation                                      # what the best trials gave on fresh seeds, if they had any
    study.trials[0].epochs                                  # Keras's logs after each epoch
    study.curves("val_loss")                                # of all trials, by their numbers
    study.to_frame()                                        # with pandas
    model = study.load_best_model()

`help` of each of these tells the rest; what they raise is in `job.errors`. Each is imported when it is first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from job.core.space import Categorical, Integer, Ordinal, Real
    from job.data import Data, Images
    from job.notebook.search import search
    from job.notebook.study import open_study

__version__ = "0.1.0"
__all__ = ["Categorical", "Data", "Images", "Integer", "Ordinal", "Real", "__version__", "open_study", "search"]

_HOMES = {
    "Categorical": "job.core.space",
    "Data": "job.data",
    "Images": "job.data",
    "Integer": "job.core.space",
    "Ordinal": "job.core.space",
    "Real": "job.core.space",
    "open_study": "job.notebook.study",
    "search": "job.notebook.search",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
