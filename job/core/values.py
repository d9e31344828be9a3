"""What a parameter may be, and names and texts that a state, a table and a terminal can hold."""

import math
from collections.abc import Mapping
from typing import Any, Literal, TypeGuard

Value = int | float | str | bool
Params = Mapping[str, Value]  # a point: the values of its dimensions by their names
Prior = Literal["uniform", "log-uniform"]

_LONGEST_TEXT = 200  # characters: more would fit no table
_LONGEST_SHOWN = 100  # characters of what an error tells that it found
_NUMPY_KINDS = "biufU"  # truth values, integers, floats, texts
_LARGEST_INTEGER = 2**53  # JSON's readers, a browser among them, know no larger ones exactly

TEXT = f"a text of 1 to {_LONGEST_TEXT} characters that can be printed, without space at its ends"


def plain(value: Any) -> object:
    """Return a NumPy scalar, and a member of an enum of texts or numbers, as Python's own; anything else as it is."""
    # NumPy's are told by their names, since what reads a state imports no NumPy; times would become numbers unasked.
    is_numpy = type(value).__module__ == "numpy" and getattr(value, "shape", None) == ()
    if is_numpy and value.dtype.kind in _NUMPY_KINDS:
        value = value.item()
    match value:
        case bool():
            return value
        case str():
            return str.__str__(value)
        case int():
            return int(value)
        case float():
            return float(value)
    return value


def is_text(value: object) -> TypeGuard[str]:
    """Tell whether `value` is what `TEXT` says."""
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_TEXT and value.isprintable() and value == value.strip()


def is_category(value: object) -> TypeGuard[Value]:
    """Tell whether `value` is a text, a truth value, or a number that JSON holds exactly."""
    match value:
        case bool():
            return True
        case int():
            return abs(value) <= _LARGEST_INTEGER
        case float():
            return math.isfinite(value)
    return is_text(value)


def is_number(value: object) -> TypeGuard[float]:
    """Tell whether `value` is a finite number."""
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool)


def shown(value: object) -> str:
    """Return what an error says that it found: in one short line, whatever it is."""
    try:
        text = ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)
    except ValueError:  # Python writes no number of so many digits
        return "a number of thousands of digits"
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"
