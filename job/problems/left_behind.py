"""What the code of a problem leaves behind beside what it returns: without that, it need not run in each process.

`load_data` may fit a normalizer that `build_model` takes from a global name, or set Keras up. What is looked at is what
the problem's own modules hold, with all that it is made of; the environment, the working directory and the temporary
files of this process; and Keras's and TensorFlow's settings. Random numbers are not: they are seeded before each use.
"""

import functools
import hashlib
import os
import pickle
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from operator import attrgetter
from pathlib import Path
from types import BuiltinFunctionType, FunctionType, MappingProxyType, MethodType, ModuleType
from typing import Any

from job.problems.kept_code import is_kept

_OURS = "job"
# Packages whose objects say all that they hold when they are pickled.
_TOLD = (
    *(
        "abc",
        "builtins",
        "collections",
        "copyreg",
        "dataclasses",
        "datetime",
        "decimal",
        "enum",
        "fractions",
        "functools",
    ),
    *(
        _OURS,
        "_collections",
        "_random",
        "logging",
        "numpy",
        "operator",
        "pathlib",
        "random",
        "re",
        "scipy",
        "skopt",
        "types",
        "typing",
    ),
)
_PYTHONS = tuple(sysconfig.get_path(each) + os.sep for each in ("stdlib", "platstdlib"))
_PACKAGES = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")


@dataclass(frozen=True)
class Surroundings:
    """What code may have changed: two that are equal, with nothing untold, are of the same state."""

    modules: str | None  # a digest of what the problem's modules hold; None where something in them cannot be looked at
    process: tuple[Any, ...]
    keras: tuple[Any, ...]
    seen: list[object] = field(compare=False, repr=False)  # so that nothing else gets the identity of what is gone

    def are_as(self, before: "Surroundings") -> bool:
        """Tell whether all is as it was before, as far as that can be told for certain."""
        return self.modules is not None and self == before


def surroundings() -> Surroundings:
    """Return what code that is called now may change."""
    pickler = _Pickler()
    try:
        return Surroundings(pickler.digest(), _of_process(), _of_keras(), pickler.seen)
    except (ImportError, OSError):  # another Keras counts its names elsewhere, or a directory is gone
        return Surroundings(None, (), (), [])


def _of_process() -> tuple[Any, ...]:
    folder = Path(tempfile.gettempdir())
    imported = sorted(name for name, module in [*sys.modules.items()] if not _is_installed(module))
    return dict(os.environ), tuple(sys.path), Path.cwd(), sorted(path.name for path in folder.iterdir()), imported


def _is_installed(module: ModuleType) -> bool:
    """Tell whether a module is Python's, this program's, or of a package that is installed; none of the problem's."""
    file, name = getattr(module, "__file__", None), str(getattr(module, "__name__", ""))
    if is_kept(module):
        return False
    if not isinstance(file, str) or name.partition(".")[0] == _OURS:
        return True
    return file.startswith(_PYTHONS) or any(folder in file for folder in _PACKAGES)


def _of_keras() -> tuple[Any, ...]:
    """Return what is set in Keras and TensorFlow, where they are imported, and how many names Keras has given."""
    if "keras" not in sys.modules:
        return ()
    import keras
    import tensorflow as tf
    from keras.src.backend.common import global_state

    given: Mapping[str, int] = global_state.get_global_attribute("object_name_uids") or {}
    policy = keras.config.dtype_policy()
    return (
        *(keras.config.floatx(), keras.config.epsilon(), keras.config.image_data_format(), policy.name),
        dict(keras.saving.get_custom_objects()),
        dict(given),
        tf.config.functions_run_eagerly(),
        tf.config.experimental.tensor_float_32_execution_enabled(),
        tf.config.get_soft_device_placement(),
        tf.config.optimizer.get_jit(),
        tf.config.optimizer.get_experimental_options(),
    )


class _Pickler(pickle.Pickler):
    """Makes a digest of all that the problem's modules hold, and those that they import: others are as they are."""

    def __init__(self) -> None:
        super().__init__(self, protocol=5)
        self._sha256 = hashlib.sha256()
        self.seen = list[object]()

    def write(self, content: bytes) -> None:
        self._sha256.update(content)

    def digest(self) -> str | None:
        """Return the digest; None where something cannot be looked at."""
        try:
            self.dump([module for module in [*sys.modules.values()] if is_kept(module)])
        except Exception:  # noqa: BLE001  (whatever a method of an object raises that says how it is pickled)
            return None
        return self._sha256.hexdigest()

    def reducer_override(self, given: Any) -> Any:
        self.seen.append(given)
        if given is _thing:
            return NotImplemented
        if _is_of_package(given):
            return _thing, (id(given),)
        if (holds := _HOLDS.get(_kind(given))) is not None:
            return _thing, (id(given),), holds(given)
        if all(map(_says_all, type(given).__mro__)):
            return NotImplemented
        raise pickle.PicklingError(f"{type(given).__name__} may hold anything")


def _is_of_package(given: Any) -> bool:
    """Tell whether this is an installed module, or a function or class that such a one has by its name."""
    if isinstance(given, ModuleType):
        return _is_installed(given)
    module, name = sys.modules.get(str(getattr(given, "__module__", None))), getattr(given, "__qualname__", None)
    if module is None or name is None or not _is_installed(module):
        return False
    try:
        return attrgetter(name)(module) is given
    except AttributeError:
        return False


def _says_all(kind: type) -> bool:
    """Tell whether a pickle of an object has all that it holds for being of this class."""
    if _is_of_package(kind):
        return kind.__module__.partition(".")[0] in _TOLD
    return not any(name in vars(kind) for name in ("__getstate__", "__reduce__", "__reduce_ex__"))


def _thing(identity: int) -> int:
    """Stand for an object in what is pickled, and never unpickled."""
    return identity


def _kind(given: object) -> type:
    return next((each for each in (ModuleType, type, Enum) if isinstance(given, each)), type(given))


def _of_namespace(given: Any) -> dict[str, Any]:
    """Return what a module or class holds, less what Python itself keeps in it."""
    return {
        name: value
        for name, value in vars(given).items()
        if not (name.startswith("__") and name.endswith("__")) and name != "_abc_impl"
    }


def _of_function(given: FunctionType) -> tuple[Any, ...]:
    cells = [each.cell_contents for each in given.__closure__ or ()]
    return given.__defaults__, given.__kwdefaults__, vars(given), cells, sys.modules.get(given.__module__)


# What objects hold that are pickled by their names alone, or not at all.
_HOLDS: Mapping[type, Callable[[Any], Any]] = {
    Enum: vars,
    ModuleType: _of_namespace,
    type: lambda kind: (_of_namespace(kind), kind.__bases__, sys.modules.get(kind.__module__)),
    FunctionType: _of_function,
    MethodType: lambda method: (method.__func__, method.__self__),
    BuiltinFunctionType: lambda function: function.__self__,
    MappingProxyType: dict,
    classmethod: lambda method: method.__func__,
    functools._lru_cache_wrapper: lambda cached: (tuple(cached.cache_info()), vars(cached)),
    property: lambda found: (found.fget, found.fset, found.fdel),
    staticmethod: lambda method: method.__func__,
}
