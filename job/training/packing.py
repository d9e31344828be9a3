"""Values as JSON data beside arrays, and back: plain values, arrays, collections, and what has a name to import.

A collection or an array that stands in several places is one again when it is read, whatever holds it. In JSON all but
plain values are objects, whose first key tells what they are.
"""

import importlib
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from enum import Enum
from functools import partial
from operator import attrgetter
from pathlib import Path
from types import BuiltinFunctionType, FunctionType
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

_PLAIN = (type(None), bool, int, float, str)
_NAMED = (type, FunctionType, BuiltinFunctionType, np.ufunc)
# By what they are called: the type, and how its values become data and come back.
_ATOMS: Mapping[str, tuple[type, Callable[[Any], Any], Callable[[Any], Any]]] = {
    "bytes": (bytes, lambda value: value.decode("latin-1"), lambda text: text.encode("latin-1")),
    "complex": (complex, lambda value: [value.real, value.imag], lambda parts: complex(*parts)),
    "date": (date, date.isoformat, date.fromisoformat),
    "datetime": (datetime, datetime.isoformat, datetime.fromisoformat),
    "path": (type(Path()), str, Path),
    "timedelta": (timedelta, lambda value: [value.days, value.seconds, value.microseconds], lambda of: timedelta(*of)),
}
_ATOM_NAMES = {kind: name for name, (kind, _, _) in _ATOMS.items()}
_FROZEN: Mapping[str, type] = {"frozenset": frozenset, "tuple": tuple}
# With the method that fills an empty one.
_GROWING: Mapping[str, tuple[type, str]] = {
    "dict": (dict, "update"),
    "list": (list, "extend"),
    "ordered": (OrderedDict, "update"),
    "set": (set, "update"),
}
_COLLECTION_NAMES = {kind: name for name, kind in _FROZEN.items()} | {
    kind: name for name, (kind, _) in _GROWING.items()
}


class CannotPackError(Exception):
    """A value, which the message names by its type, has no form as data."""


def can_pack(value: object) -> bool:
    """Tell whether `value` comes back from a checkpoint as it is."""
    try:
        Packer().pack(value)
    except CannotPackError:
        return False
    return True


class Packer:
    """Packs values; `arrays` are those that they hold."""

    def __init__(self) -> None:
        self.arrays: list[Array] = []
        self._known: dict[int, tuple[int, object]] = {}  # by identity; the value is held, lest another take its place

    def pack(self, value: Any) -> object:
        """Return `value` as JSON data, its arrays as indices; raise CannotPackError for what has no such form."""
        if type(value) in _PLAIN:
            return value
        if id(value) in self._known:
            return {"again": self._known[id(value)][0]}
        try:
            return self._pack(value)
        except RecursionError:
            raise CannotPackError(type(value).__qualname__) from None

    def _pack(self, value: Any) -> object:
        kind = type(value)
        if isinstance(value, np.generic | np.ndarray):
            return self._pack_array(value)
        if atom := _ATOM_NAMES.get(kind):
            return {atom: _ATOMS[atom][1](value)}
        if collection := _COLLECTION_NAMES.get(kind):
            return self._pack_collection(value, collection)
        return self._pack_special(value)

    def _pack_array(self, value: Any) -> object:
        if value.dtype.hasobject or value.dtype.names or isinstance(value, np.ma.MaskedArray | np.matrix):
            raise CannotPackError(f"{type(value).__qualname__} of {value.dtype}")
        if isinstance(value, np.ndarray):
            self._note(value)
        array = np.asarray(value)
        # NumPy's archive keeps no types of others, such as bfloat16: their bits go as plain integers.
        self.arrays.append(array.view(f"u{array.itemsize}") if array.dtype.kind == "V" else array)
        return {"array": len(self.arrays) - 1, "scalar": isinstance(value, np.generic), "type": array.dtype.name}

    def _pack_collection(self, value: Any, name: str) -> object:
        if name in _GROWING:
            self._note(value)
        return {name: self._all(value.items() if isinstance(value, dict) else value)}

    def _pack_special(self, value: Any) -> object:
        kind = type(value)
        if kind is deque:
            self._note(value)
            return {"deque": self._all(value), "longest": value.maxlen}
        if kind is defaultdict:
            default = self.pack(value.default_factory)
            self._note(value)
            return {"defaultdict": self._all(value.items()), "default": default}
        if kind is partial:
            return {"partial": self._all((value.func, value.args, value.keywords))}
        if issubclass(kind, tuple) and hasattr(value, "_make"):
            return {"named": self._pack_name(kind), "items": self._all(value)}
        return self._pack_name(value)

    def _pack_name(self, value: Any) -> object:
        """Return by which name `value` can be imported."""
        owner = type(value) if isinstance(value, Enum) else value
        if not isinstance(owner, _NAMED):
            raise CannotPackError(type(value).__qualname__)
        name = getattr(owner, "__qualname__", owner.__name__)
        name = f"{name}.{value.name}" if isinstance(value, Enum) else name
        module = getattr(owner, "__module__", None) or "numpy"
        try:
            found = _import(module, name)
        except (ImportError, AttributeError):
            found = None
        if found is not value:
            raise CannotPackError(f"{type(value).__qualname__} without a name to import")
        return {"name": name, "module": module}

    def _all(self, items: Iterable[Any]) -> list[object]:
        return [self.pack(each) for each in items]

    def _note(self, value: object) -> None:
        self._known[id(value)] = len(self._known), value


class Unpacker:
    """Reads what a Packer has packed, in the same order."""

    def __init__(self, arrays: Mapping[int, Array]) -> None:
        self._arrays = arrays
        self._known: list[Any] = []

    def unpack(self, value: Any) -> Any:
        """Return the value that was packed as `value`."""
        if not isinstance(value, dict):
            return value
        kind, content = next(iter(value.items()))
        if kind in _ATOMS:
            return _ATOMS[kind][2](content)
        if kind in _FROZEN:
            return _FROZEN[kind](self._all(content))
        if kind in _GROWING:
            empty, fill = _GROWING[kind]
            return self._fill(empty(), fill, content)
        if kind == "array":
            return self._unpack_array(content, scalar=value["scalar"], name=value["type"])
        return self._unpack_special(value)

    def _unpack_special(self, value: Any) -> Any:
        match value:
            case {"again": index}:
                return self._known[index]
            case {"deque": items, "longest": longest}:
                return self._fill(deque(maxlen=longest), "extend", items)
            case {"defaultdict": items, "default": default}:
                return self._fill(defaultdict(self.unpack(default)), "update", items)
            case {"partial": parts}:
                function, args, keywords = self._all(parts)
                return partial(function, *args, **keywords)
            case {"named": kind, "items": items}:
                return self.unpack(kind)._make(self._all(items))
        return _import(value["module"], value["name"])

    def _all(self, items: Iterable[Any]) -> list[Any]:
        return [self.unpack(each) for each in items]

    def _fill(self, collection: Any, fill: str, items: Iterable[Any]) -> Any:
        """Return `collection` with the items; it is known before them, as it was when it was packed."""
        getattr(self._note(collection), fill)(self._all(items))
        return collection

    def _unpack_array(self, index: int, *, scalar: bool, name: str) -> Any:
        array = self._arrays[index]
        array = array if array.dtype.name == name else array.view(name)
        return array[()] if scalar else self._note(array)

    def _note(self, value: Any) -> Any:
        self._known.append(value)
        return value


def _import(module: str, name: str) -> Any:
    return attrgetter(name)(importlib.import_module(module))
