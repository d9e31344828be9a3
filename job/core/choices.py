"""Values that a user gives for a dimension: `--choices NAME=VALUE,VALUE`, and one alone with `--fix NAME=VALUE`."""

import re
from dataclasses import replace
from typing import NamedTuple

from job.core.space import Categorical, Dimension, Integer, Ordinal, Real, Value
from job.core.space.texts import allowed_values, value_of
from job.core.values import is_number, shown
from job.errors import SettingsError


class Choices(NamedTuple):
    """The name of a dimension, and the texts that are given as its values."""

    name: str
    texts: tuple[str, ...]


def parse_choices(text: str) -> Choices:
    """Read `NAME=VALUE,VALUE`."""
    name, given = _parse(text, "--choices: expected NAME=VALUE,VALUE such as optimizer=adam,sgd")
    texts = tuple(each.strip() for each in given.split(","))
    if not all(texts):
        raise SettingsError(f"--choices: expected NAME=VALUE,VALUE such as optimizer=adam,sgd, found {text!r}")
    return Choices(name, texts)


def parse_fix(text: str) -> Choices:
    """Read `NAME=VALUE`."""
    name, given = _parse(text, "--fix: expected NAME=VALUE such as activation=relu")
    return Choices(name, (given,))


def chosen(dimension: Dimension, choices: Choices) -> Dimension:
    """Return a dimension of these values alone, in their order: those of categories in theirs, numbers by size."""
    values = [_value(dimension, text) for text in choices.texts]
    if repeated := [value for value in values if values.count(value) > 1]:
        raise SettingsError(f"{dimension.name}: expected each value once, found {shown(repeated[0])} again")
    if isinstance(dimension, Categorical):
        return replace(dimension, categories=tuple(each for each in dimension.categories if each in values))
    return Ordinal(dimension.name, tuple(sorted(values)), when=dimension.when)


def fixed(dimension: Dimension, choices: Choices) -> Dimension:
    """Return a dimension that has this one value."""
    (text,) = choices.texts
    return Categorical(dimension.name, (_value(dimension, text),), when=dimension.when)


def _parse(text: str, expected: str) -> tuple[str, str]:
    match = re.fullmatch(r"\s*([^=:]*[^=:\s])\s*=\s*(\S|\S.*\S)\s*", text)
    if not match:
        raise SettingsError(f"{expected}, found {text!r}")
    return match[1], match[2]


def _value(dimension: Dimension, text: str) -> Value:
    """Return the value that a text is; a number may be outside the bounds, and off the steps."""
    value = value_of(dimension, text)
    if value is None or not (isinstance(dimension, Categorical) or _is_on_scale(dimension, value)):
        raise SettingsError(f"{dimension.name}: expected {allowed_values(dimension)}, found {shown(text)}")
    return value


def _is_on_scale(dimension: Real | Integer, value: Value) -> bool:
    return is_number(value) and (value > 0 or dimension.prior != "log-uniform")
