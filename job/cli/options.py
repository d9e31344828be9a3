"""Options from a settings record, and their values from a settings file."""

import inspect
import tomllib
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, get_args, get_type_hints

import typer

from job.address import StatePlace
from job.cli.space_table import TABLE, options_in
from job.cli.usage import CONFIG, is_given, sources_named
from job.errors import SettingsError
from job.paths import dangling_link, describe_link, parse_path
from job.settings import SEARCH_PANEL, Settings, option_names
from job.settings.option import name_today, option


def read_config(context: typer.Context, path: Path | None) -> Path | None:
    """Make the values in a TOML file the defaults of the command's options."""
    if path is not None:
        context.default_map = {**(context.default_map or {}), **load_config(path)}
        context.meta[CONFIG] = path
    return path


ConfigOption = Annotated[
    Path | None,
    option(
        "--config",
        SEARCH_PANEL,
        "TOML file with values for these options, each under its name without the dashes; the table [space] has "
        "bounds, choices and fixed values of dimensions, each under its name.",
        metavar="FILE",
        callback=read_config,
        parser=parse_path,
        is_eager=True,
    ),
]


def load_config(path: Path) -> dict[str, Any]:
    """Return the options that a TOML file gives; raise SettingsError naming the file, and the line or the key."""
    try:
        values = tomllib.loads(path.read_bytes().decode("utf-8-sig"))  # some editors begin with a mark
    except OSError as error:
        link = dangling_link(path.absolute())
        found = describe_link(link) if link else error.strerror
        raise SettingsError(f"--config: cannot read {path}: {found}") from error
    except ValueError as error:  # of the encoding or of the syntax; the latter names line and column
        raise SettingsError(f"--config: {path} is not valid TOML: {error}") from error
    of_space = options_in(values.pop(TABLE), path) if isinstance(values.get(TABLE), Mapping) else {}
    options = [_option(path, name, value) for name, value in values.items()]
    if len(dict(options)) < len(options):
        raise SettingsError(f"--config: {path} gives an option twice: {', '.join(sorted(values))}")
    return {**dict(options), **{name: [*dict(options).get(name, ()), *texts] for name, texts in of_space.items()}}


def _option(path: Path, name: str, value: object) -> tuple[str, str | list[str]]:
    """Return an option's name as the code writes it, and its value as the command line writes it."""
    known = option_names()
    key = name_today(name).replace("-", "_")
    if key not in known:
        close = get_close_matches(key, known, n=1)
        raise SettingsError(
            f"--config: {path} has an unknown option {name!r}",
            hint=f"did you mean {close[0]!r}?" if close else f"the options are {', '.join(known)}",
        )
    expected = _expected(key, value)
    if expected:
        raise SettingsError(f"--config: {path}: --{key.replace('_', '-')}: expected {expected}, found {value!r}")
    return key, [str(each) for each in value] if isinstance(value, list) else str(value)


def _expected(key: str, value: object) -> str:
    """Return what kind of TOML value the option takes instead of `value`; empty where the option itself may judge."""
    hint = get_type_hints(Settings)[key]
    kinds = set(get_args(hint) or (hint,))
    if list[str] in kinds:
        return "" if isinstance(value, list) and all(isinstance(each, str) for each in value) else "a list of texts"
    if kinds & {str, Path, StatePlace}:
        return "" if isinstance(value, str) else "a text"
    return "one value" if isinstance(value, list | Mapping) else ""


def takes_settings(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command of (context, settings) the options that `Settings` describes."""
    return takes(*option_names())(command)


def takes(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command of (context, settings, …) the options of these names that `Settings` describes.

    What follows the settings in its signature are parameters of its own.
    """

    def with_settings(command: Callable[..., None]) -> Callable[..., None]:
        def with_options(context: typer.Context, *, config: Path | None, **options: Any) -> None:
            del config  # it has become the defaults of the others
            with sources_named(context):
                given = frozenset(name for name in names if is_given(context, name))
                settings = Settings(**{name: options.pop(name) for name in names}, given=given)
                command(context, settings, **options)

        _, _, *own = inspect.signature(command).parameters.values()
        parameters = [*_parameters(names), *(each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in own)]
        with_options.__name__ = command.__name__
        with_options.__doc__ = command.__doc__
        with_options.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        with_options.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return with_options

    return with_settings


def _parameters(names: Sequence[str]) -> list[inspect.Parameter]:
    """Return the context, the settings file, and the options of these names, as Typer reads them."""
    hints = get_type_hints(Settings, include_extras=True)
    options = [("config", None, ConfigOption), *((name, getattr(Settings, name), hints[name]) for name in names)]
    return [
        inspect.Parameter("context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context),
        *(
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
            for name, default, annotation in options
        ),
    ]
