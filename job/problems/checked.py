"""What a problem's module gives, with its functions' results checked or refused with the name that they stand under."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from job.core.events import Event
from job.core.problem import BATCH_SIZE, Declared
from job.core.randomness import Purpose, seed_for
from job.core.space import Params
from job.core.values import plain, shown
from job.data import Data, DataSource
from job.data.batched import is_batched
from job.data.checks import checked_data
from job.data.validation_share import split_off_validation
from job.errors import SettingsError
from job.problems import arguments
from job.problems.declared import declared_in, naming
from job.problems.functions import with_held_out
from job.problems.generators import seed_generators

if TYPE_CHECKING:
    import keras

_BUILDERS = ("build_model", "create_model")  # by either name
# What each function may ask for, beside the dimensions' names.
_OF_DATA = ("folder", "source", "tell")
_OF_MODEL = ("params", "data")
_OF_TRAINING = ("params",)
_FIT_OPTIONS = ("class_weight", "sample_weight", "validation_freq")


@dataclass(frozen=True, kw_only=True)
class CheckedProblem:
    """A problem whose constants are what they should be, and whose functions return what they should, or raise.

    What they raise then is a SettingsError.
    """

    declared: Declared
    module: Any  # whose functions these are
    name: str  # of the module

    def load_data(self, source: DataSource, tell: Callable[[Event], None], *, seed: int) -> Data:
        """Return the data: the same each time for the search's `seed`, though they be drawn at random."""
        seed_generators(seed_for(seed, 0, 0, Purpose.DATA))
        offered = {"folder": source.path, "source": source, "tell": tell}
        found = arguments.call(self.module.load_data, offered)
        with naming(f"{self.name}: load_data"):
            data = checked_data(found)
            if is_batched(data.train):
                self._refuse_batch_size()
            data = split_off_validation(data, seed=seed_for(seed, 0, 0, Purpose.VALIDATION_SHARE))
            return with_held_out(data, seed=seed)

    def _refuse_batch_size(self) -> None:
        """Raise SettingsError where a batch size is searched for data that are in batches already."""
        if BATCH_SIZE in self.declared.space.names:
            raise SettingsError(
                f"expected no dimension {BATCH_SIZE} where the training set is in batches already, found one",
                hint=f"give arrays, or a function of the epoch that returns arrays, or leave {BATCH_SIZE} out of SPACE",
            )

    @property
    def builder(self) -> Callable[..., Any]:
        """The function that builds models."""
        function: Callable[..., Any] = getattr(self.module, _builder(self.module))
        return function

    def build_model(self, params: Params, data: Data) -> "keras.Model":
        import keras

        where = f"{self.name}: {_builder(self.module)}"
        model = arguments.call(self.builder, {**params, "params": params, "data": data}, self.declared.names)
        if not isinstance(model, keras.Model):
            raise SettingsError(f"{where}: expected a keras.Model, found {_kind(model)}")
        if not model.compiled:
            raise SettingsError(
                f"{where}: expected a compiled model, found one that is not",
                hint="call its method compile, with an optimizer, a loss and metrics, before it is returned",
            )
        _check_savable(model, where)
        return model

    def callbacks(self, params: Params) -> "list[keras.callbacks.Callback]":
        found = self._optional("callbacks", params, [])
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

    def fit_options(self, params: Params) -> Mapping[str, Any]:
        """Return what Keras's `fit` is to be told beside the data: those of `_FIT_OPTIONS`, or nothing."""
        found = self._optional("fit_options", params, {})
        where = f"{self.name}: fit_options: expected a dictionary of {', '.join(_FIT_OPTIONS)}"
        if not isinstance(found, Mapping):
            raise SettingsError(f"{where}, found {_kind(found)}")
        if unknown := [each for each in found if each not in _FIT_OPTIONS]:
            raise SettingsError(
                f"{where}, found {shown(unknown[0])}",
                hint="epochs, batch size and callbacks have names of their own",
            )
        return {name: value for name, value in found.items() if value is not None}

    def _optional(self, name: str, params: Params, default: object) -> Any:
        function = getattr(self.module, name, None)
        if function is None:
            return default
        return arguments.call(function, {**params, "params": params}, self.declared.names)


def checked(module: Any, name: str) -> CheckedProblem:
    """Return the problem that `module` is; raise SettingsError for what is missing or is not what it should be."""
    declared = declared_in(module, name)
    dimensions = declared.names
    expected = {
        "load_data": _OF_DATA,
        _builder(module): (*_OF_MODEL, *dimensions),
        "callbacks": (*_OF_TRAINING, *dimensions),
        "fit_options": (*_OF_TRAINING, *dimensions),
    }
    for each, known in expected.items():
        if not hasattr(module, each):
            if each in ("callbacks", "fit_options"):
                continue
            raise SettingsError(
                f"{name}: expected a function {each}, found no such name",
                hint="job/problems/mnist.py shows what a problem is made of",
            )
        function = getattr(module, each)
        if not callable(function):
            raise SettingsError(f"{name}: {each}: expected a function, found {shown(plain(function))}")
        arguments.check_parameters(function, known, f"{name}: {each}")
    return CheckedProblem(declared=declared, module=module, name=name)


def _check_savable(model: "keras.Model", where: str) -> None:
    import keras

    try:
        keras.saving.serialize_keras_object(model)
    except (NotImplementedError, TypeError, ValueError) as error:
        found = next((text for text in str(error).split("\n\n") if text.strip()), type(error).__name__)
        raise SettingsError(
            f"{where}: expected a model that Keras can save, found: {' '.join(found.split()).rstrip('.')}",
            hint="give a layer or model of your own that takes arguments a method get_config, which returns "
            "{**super().get_config(), 'argument': self.argument}",
        ) from error


def _builder(module: Any) -> str:
    return next((each for each in _BUILDERS if hasattr(module, each)), _BUILDERS[0])


def _kind(value: object) -> str:
    return "None" if value is None else f"an object of type {type(value).__name__}"
