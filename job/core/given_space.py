"""The space that a user asks for: the problem's, with other bounds, fewer choices and fixed values."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from job.core.bounds import bounded, parse_bounds
from job.core.choices import chosen, fixed, parse_choices, parse_fix
from job.core.space import Categorical, Dimension, Space, Value
from job.core.space.conditions import needed
from job.core.space.when import is_among
from job.errors import SettingsError

# The options that give a space, each with how a text of it is read, and what it makes of a dimension.
_OPTIONS: Mapping[str, tuple[Callable[[str], Any], Callable[[Dimension, Any], Dimension]]] = {
    "bounds": (parse_bounds, bounded),
    "choices": (parse_choices, chosen),
    "fix": (parse_fix, fixed),
}
SPACE_OPTIONS = tuple(_OPTIONS)


def name_in(option: str, text: str) -> str:
    """Return the name of the dimension that a text of an option is for; raise SettingsError for another form."""
    parse, _ = _OPTIONS[option]
    name: str = parse(text).name
    return name


def with_given(
    space: Space,
    *,
    bounds: Sequence[str] | None = None,
    choices: Sequence[str] | None = None,
    fix: Sequence[str] | None = None,
) -> Space:
    """Return `space` with what is given of its dimensions, each of which may be given once.

    A dimension that depends on values that are no longer searched is left out.
    """
    given = {"bounds": bounds or (), "choices": choices or (), "fix": fix or ()}
    named = {each.name: each for each in space.dimensions}
    options: dict[str, str] = {}
    for option, texts in given.items():
        parse, _ = _OPTIONS[option]
        parsed = [parse(text) for text in texts]
        if unknown := sorted({each.name for each in parsed} - set(named)):
            raise SettingsError(
                f"--{option}: the problem has no dimension {', '.join(unknown)}",
                hint=f"its dimensions are {', '.join(named)}",
            )
        for text, each in zip(texts, parsed, strict=True):
            if each.name in options:
                before = f"--{options[each.name]} for {each.name}"
                raise SettingsError(f"--{option}: expected each dimension once, found {text!r} after {before}")
            options[each.name] = option
            named[each.name] = _changed(named[each.name], each, option)
    return Space(_left(list(named.values())))


def _changed(dimension: Dimension, parsed: Any, option: str) -> Dimension:
    """Return a dimension with what an option gives; an error begins with the option."""
    _, change = _OPTIONS[option]
    try:
        return change(dimension, parsed)
    except SettingsError as error:
        raise SettingsError(f"--{option}: {error}", hint=error.hint) from error


def _left(dimensions: Sequence[Dimension]) -> list[Dimension]:
    """Return the dimensions that can still be active, with those of their conditions' values that are still there."""
    named = {each.name: each for each in dimensions}
    narrowed = {}
    for each in dimensions:
        when = {name: _still_there(values, named.get(name)) for name, values in each.when.items()}
        if all(when.values()):
            narrowed[each.name] = replace(each, when=when)
    if len(narrowed) < len(dimensions):
        return _left(list(narrowed.values()))
    left = [each for each in dimensions if all(needed([each.name], narrowed).values())]
    return list(narrowed.values()) if len(left) == len(dimensions) else _left(left)


def _still_there(values: Sequence[Value], parent: Dimension | None) -> list[Value]:
    there = parent.categories if isinstance(parent, Categorical) else ()
    return [each for each in values if is_among(each, there)]
