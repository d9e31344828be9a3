"""Settings that are given as values of Python, each under the name of its option."""

import types
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, get_args, get_type_hints

import typer
from typer.models import OptionInfo

from job.core.values import plain, shown
from job.errors import SettingsError
from job.settings import Settings, option_names

_EXPECTED: Mapping[object, str] = {
    bool: "True or False",
    int: "a whole number",
    float: "a number",
    str: "a text",
    list[str]: "a list of texts",
}


def settings_from(given: Mapping[str, object]) -> Settings:
    """Return the settings of a search with these given; None stands for one that is not.

    What the command reads from a text, such as `surrogate="forest"` or `run_for="50m"`, is read here in the same way.
    Raise SettingsError for a name that there is not, and for a value that the option does not take.
    """
    names = option_names()
    for name in given:
        if name not in names:
            close = get_close_matches(name, names, n=1)
            raise SettingsError(
                f"expected the names of options of hpo-job search, found {name!r}",
                hint=f"did you mean {close[0]!r}?" if close else f"the options are {', '.join(names)}",
            )
    values: dict[str, Any] = {name: _value(name, plain(each)) for name, each in given.items() if each is not None}
    settings = Settings(**values, given=frozenset(values))
    settings.check()
    return settings


def _value(name: str, value: object) -> object:
    hint = get_type_hints(Settings, include_extras=True)[name]
    option = next(each for each in get_args(hint) if isinstance(each, OptionInfo))
    if option.parser is not None:
        try:
            return option.parser(str(value))
        except typer.BadParameter as error:
            raise SettingsError(f"{name}: {error.message}") from error
    hint = get_type_hints(Settings)[name]
    (kind,) = {*(get_args(hint) if isinstance(hint, types.UnionType) else (hint,))} - {types.NoneType}
    found = _of_kind(kind, value)
    if found is None:
        raise SettingsError(f"{name}: expected {_EXPECTED[kind]}, found {shown(value)}")
    if isinstance(found, int | float):
        _check_bounds(name, option, found)
    return found


def _of_kind(kind: object, value: object) -> object:
    """Return a value as one of `kind`; None for one that is of another."""
    match value:
        case bool():
            return value if kind is bool else None
        case int():
            return value if kind is int else float(value) if kind is float else None
        case float():
            return value if kind is float else None
        case str():
            return value if kind is str else None
        case list() | tuple() if kind == list[str] and all(isinstance(each, str) for each in value):
            return list(value)
    return None


def _check_bounds(name: str, option: OptionInfo, value: float) -> None:
    if option.min is not None and value < option.min:
        raise SettingsError(f"{name}: expected {option.min:g} or more, found {value}")
    if option.max is not None and value > option.max:
        raise SettingsError(f"{name}: expected {option.max:g} or less, found {value}")
