"""Calls of a problem's functions with what each of them asks for, by the names of its parameters."""

import inspect
from collections.abc import Callable, Collection, Mapping
from inspect import Parameter
from pathlib import Path
from typing import Any

from job.errors import SettingsError

_VARIOUS = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)


def check_parameters(function: Callable[..., Any], known: Collection[str], where: str) -> None:
    """Raise SettingsError where a parameter that must be given has none of the names in `known`."""
    unknown = [each.name for each in _parameters(function) if each.default is Parameter.empty]
    unknown = [name for name in unknown if name not in known]
    if unknown:
        at = f" ({place})" if (place := place_of_function(function)) else ""
        raise SettingsError(
            f"{where}{at}: expected parameters among {', '.join(known)}, found {', '.join(unknown)}",
            hint=f"give {', '.join(unknown)} one of these names, or a default; a function may ask for less",
        )


def call(function: Callable[..., Any], offered: Mapping[str, object], absent: Collection[str] = ()) -> Any:
    """Return what the function gives for what it asks for of `offered`; `**others` of it get all the rest.

    What it asks for of `absent`, such as a dimension that is not there at a point, is its parameter's default, or None.
    """
    missing = [each.name for each in _parameters(function) if each.name in absent and each.default is Parameter.empty]
    offered = {**dict.fromkeys(missing), **offered}
    asked = {each.name: each.kind for each in _parameters(function) if each.name in offered}
    positional = [offered[name] for name, kind in asked.items() if kind is Parameter.POSITIONAL_ONLY]
    named = {name: offered[name] for name, kind in asked.items() if kind is not Parameter.POSITIONAL_ONLY}
    if any(each.kind is Parameter.VAR_KEYWORD for each in inspect.signature(function).parameters.values()):
        named = {**offered, **named}
    return function(*positional, **named)


def place_of_function(function: Callable[..., Any]) -> str:
    """Return the file and the line of a function as `churn.py, line 7`; empty where it has none."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    return "" if code is None else f"{Path(code.co_filename).name}, line {code.co_firstlineno}"


def _parameters(function: Callable[..., Any]) -> list[Parameter]:
    return [each for each in inspect.signature(function).parameters.values() if each.kind not in _VARIOUS]
