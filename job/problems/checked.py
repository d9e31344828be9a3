"""What a problem's module gives, converted to Python's own values or refused with the name that it stands under."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from job.core.events import Event
from job.core.space import Params, Space
from job.core.values import plain, shown
from job.data import Data, DataSource
from job.data.checks import checked_data
from job.errors import SettingsError

if TYPE_CHECKING:
    import keras

_CONSTANTS = ("SPACE", "DEFAULT", "EPOCHS", "BATCH_SIZE")
_FUNCTIONS = ("load_data", "build_model", "callbacks")


@dataclass(kw_only=True)  # not frozen: a module, which `job.problems.Problem` describes too, is not
class CheckedProblem:
    """A problem whose constants are what they should be, and whose functions return what they should, or raise.

    What they raise then is a SettingsError.
    """

    SPACE: Space
    DEFAULT: Params
    EPOCHS: int
    BATCH_SIZE: int
    module: Any  # whose functions these are
    name: str  # of the module

    def load_data(self, source: DataSource, tell: Callable[[Event], None]) -> Data:
        with _naming(f"{self.name}: load_data"):
            return checked_data(self.module.load_data(source, tell))

    def build_model(self, params: Params, data: Data) -> "keras.Model":
        import keras

        model = self.module.build_model(params, data)
        if not isinstance(model, keras.Model):
            raise SettingsError(f"{self.name}: build_model: expected a keras.Model, found {_kind(model)}")
        if not model.compiled:
            raise SettingsError(
                f"{self.name}: build_model: expected a compiled model, found one that is not",
                hint="call its method compile, with an optimizer, a loss and metrics, before it is returned",
            )
        return model

    def callbacks(self, params: Params) -> "list[keras.callbacks.Callback]":
        found = self.module.callbacks(params)
        where = f"{self.name}: callbacks: expected a list of Keras callbacks"
        if not isinstance(found, list | tuple):
            raise SettingsError(f"{where}, found {_kind(found)}")
        if not found:
            return []
        import keras

        for each in found:
            if not isinstance(each, keras.callbacks.Callback):
                raise SettingsError(f"{where}, found {_kind(each)} in it")
        return list(found)


def checked(module: Any, name: str) -> CheckedProblem:
    """Return the problem that `module` is; raise SettingsError for what is missing or is not what it should be."""
    for each in (*_CONSTANTS, *_FUNCTIONS):
        if not hasattr(module, each):
            raise SettingsError(
                f"{name}: expected the names {', '.join((*_CONSTANTS, *_FUNCTIONS))}, found no {each}",
                hint="job/problems/mnist.py shows what a problem is made of",
            )
    for each in _FUNCTIONS:
        if not callable(getattr(module, each)):
            raise SettingsError(f"{name}: {each}: expected a function, found {shown(getattr(module, each))}")
    space = module.SPACE
    if not isinstance(space, Space):
        raise SettingsError(f"{name}: SPACE: expected a Space, found {shown(space)}")
    return CheckedProblem(
        SPACE=space,
        DEFAULT=_point(space, module.DEFAULT, name),
        EPOCHS=_whole(module.EPOCHS, f"{name}: EPOCHS"),
        BATCH_SIZE=_whole(module.BATCH_SIZE, f"{name}: BATCH_SIZE"),
        module=module,
        name=name,
    )


def _point(space: Space, default: Any, name: str) -> Params:
    with _naming(f"{name}: DEFAULT"):
        if not isinstance(default, Mapping):
            raise SettingsError(f"expected a dictionary, found {shown(default)}")
        params: dict[Any, Any] = {plain(each): plain(value) for each, value in default.items()}
        space.check(params)
        return params


def _whole(value: Any, where: str) -> int:
    found = plain(value)
    if isinstance(found, bool) or not isinstance(found, int) or found < 1:
        raise SettingsError(f"{where}: expected a whole number of 1 or more, found {shown(found)}")
    return found


@contextmanager
def _naming(where: str) -> Iterator[None]:
    """Say of a SettingsError where in the module its cause is."""
    try:
        yield
    except SettingsError as error:
        raise SettingsError(f"{where}: {error}", hint=error.hint) from error


def _kind(value: object) -> str:
    return "None" if value is None else f"an object of type {type(value).__name__}"
