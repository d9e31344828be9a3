"""A problem: what is searched, on which data, with which model. A plain module with the names of `Problem` is one."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from job.core.events import Event
from job.core.space import Params, Space
from job.data import Data, DataSource
from job.errors import SettingsError
from job.problems.checked import checked

if TYPE_CHECKING:
    from collections.abc import Callable

    import keras

BUILT_IN = {
    "mnist": "job.problems.mnist",
    "digits": "job.problems.digits",
    "fashion-mnist": "job.problems.fashion_mnist",
}


class Problem(Protocol):
    """The names that a problem's module has.

    It imports Keras inside its functions, since commands that train nothing read it too.
    """

    SPACE: Space
    DEFAULT: Params  # the point that is tried first
    EPOCHS: int
    BATCH_SIZE: int  # images

    def load_data(self, source: DataSource, tell: "Callable[[Event], None]") -> Data:
        """Return the data, from `source.folder` where that is given; raise DataMissingError where there is none."""

    def build_model(self, params: Params, data: Data) -> "keras.Model":
        """Return a compiled model for images as float32 in [0, 1] and integer labels."""

    def callbacks(self, params: Params) -> "list[keras.callbacks.Callback]":
        """Return callbacks that steer the training, such as a learning-rate schedule or early stopping."""


def module_name(problem: str) -> str:
    """Return the importable name of a problem's module; raise SettingsError for an unknown problem."""
    if problem not in BUILT_IN:
        raise SettingsError(f"--problem: expected one of {', '.join(BUILT_IN)}, found {problem!r}")
    return BUILT_IN[problem]


def load(module: str) -> Problem:
    """Import the problem whose module is named `module`; raise SettingsError where it is none."""
    try:
        with exits_refused(module):
            found = importlib.import_module(module)
    except (ImportError, SyntaxError) as error:
        raise SettingsError(f"{module}: expected a problem, found that it cannot be imported: {error}") from error
    except SettingsError as error:  # of a dimension, say
        raise SettingsError(f"{module}: {error}", hint=error.hint) from error
    return checked(found, module)


@contextmanager
def exits_refused(module: str) -> Iterator[None]:
    """Raise SettingsError where the code of the problem ends the program, as `sys.exit` does."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit) as leaving:
        said = f"{type(leaving).__name__}: {leaving}"
        raise SettingsError(
            f"expected the problem {module} to load itself and its data, found that it ends the program: {said}",
            hint="let its code raise an error that says what is wrong",
        ) from leaving
