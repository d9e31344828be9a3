"""What is wrong with a command line, the environment or a settings file, as errors in the shape of all others."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer

from job.errors import SettingsError
from job.settings.option import former_names

# Under this name a command's context holds the path of its settings file.
CONFIG = "hpo-job.config"

# What Pydantic expects, by how it calls what it finds instead.
_EXPECTED = {
    "bool_parsing": "true or false",
    "float_parsing": "a number",
    "greater_than_equal": "{ge:g} or more",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "int_parsing_size": "a number with fewer digits",
    "less_than_equal": "{le:g} or less",
}


def usage_error(error: typer.TyperException) -> SettingsError:
    """Return what Typer has found wrong, with where the value came from and how to see what is right."""
    context: typer.Context | None = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "hpo-job"
    parameter = getattr(error, "param", None)
    hint = f"see {command} --help"
    if parameter is None:
        return SettingsError(_sentence(error.format_message()), hint=hint)
    name = max(parameter.opts, key=len) if parameter.param_type_name == "option" else parameter.display_name_raw
    message = _difference(error) or _sentence(error.message) or "expected a value, found none"
    source = source_of(context, parameter.name) if context is not None else ""
    return SettingsError(f"{name}: {message}{source}", hint=hint)


@contextmanager
def sources_named(context: typer.Context) -> Iterator[None]:
    """Do to the message of a SettingsError what `with_source` does."""
    try:
        yield
    except SettingsError as error:
        raise SettingsError(with_source(str(error), context), hint=error.hint) from error


def with_source(message: str, context: typer.Context) -> str:
    """Add to each line that begins with the name of an option where the value of that option came from."""

    def named(line: re.Match[str]) -> str:
        return line[0] + source_of(context, line[1].replace("-", "_"))

    return re.sub(r"^ *--([a-z-]+): .*$", named, message, flags=re.MULTILINE)


def is_given(context: typer.Context, name: str) -> bool:
    """Tell whether the command line, the environment or the settings file has a value for a parameter."""
    source = context.get_parameter_source(name)
    return source is not None and source.name != "DEFAULT"


def source_of(context: typer.Context, name: str) -> str:
    """Return ` (from …)` for a parameter whose value is not of the command line; empty for one that is."""
    source = context.get_parameter_source(name)
    if source is None:
        return ""
    match source.name:
        case "ENVIRONMENT":
            variables = next(each.envvar for each in context.command.params if each.name == name) or ()
            variable = next(each for each in variables if os.environ.get(each))  # the first that is not empty counts
            return f" (from {variable} in the environment)"
        case "DEFAULT_MAP":
            return f" (from {_place_in_file(context.meta[CONFIG], name)})"
        case _:
            return ""


def _place_in_file(path: Path, name: str) -> str:
    """Return the settings file and the line in which it gives an option, as far as that shows."""
    names = "|".join(each.replace("_", "[-_]") for each in (name, *former_names(name)))
    key = re.compile(rf"""\s*["']?({names})["']?\s*=""")
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    number = next((number for number, line in enumerate(lines, start=1) if key.match(line)), None)
    return str(path) if number is None else f"{path}, line {number}"


def _difference(error: typer.TyperException) -> str:
    """Return what was expected of a value and what was found, as Pydantic tells it to Typer; empty where it does not.

    Its own words for it leave out what was found.
    """
    errors: Callable[[], list[dict[str, Any]]] | None = getattr(error.__cause__, "errors", None)
    if errors is None:
        return ""
    found = errors()[0]
    expected = _EXPECTED.get(found["type"], str(found["msg"])).format(**found.get("ctx", {}))
    return f"expected {expected}, found {found['input']!r}"


def _sentence(text: str) -> str:
    """Return Typer's message as the program writes its own: without a capital letter and a full stop."""
    text = text.strip().removesuffix(".")
    return text[:1].lower() + text[1:] if text[1:2].islower() else text
