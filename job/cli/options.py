"""Options from the fields of a settings record, and their values from a settings file."""

import inspect
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import fields
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from job.errors import SettingsError
from job.settings import PREFIX, Settings


def read_config(context: typer.Context, path: Path | None) -> Path | None:
    """Make the values in a TOML file the defaults of the command's options."""
    if path is not None:
        context.default_map = {**(context.default_map or {}), **load_config(path)}
    return path


ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        envvar=f"{PREFIX}CONFIG",
        show_envvar=False,
        help="TOML file with values for these options, each under its name without the dashes.",
        callback=read_config,
        is_eager=True,
        rich_help_panel="What to search",
    ),
]


def load_config(path: Path) -> dict[str, Any]:
    """Return the options that a TOML file gives; raise SettingsError naming the file, and the line or the key."""
    try:
        values = tomllib.loads(path.read_text())
    except OSError as error:
        raise SettingsError(f"--config: cannot read {path}: {error.strerror}") from error
    except ValueError as error:  # of the encoding or of the syntax; the latter names line and column
        raise SettingsError(f"--config: {path} is not valid TOML: {error}") from error
    return dict(_option(path, name, value) for name, value in values.items())


def _option(path: Path, name: str, value: object) -> tuple[str, object]:
    known = [field.name for field in fields(Settings)]
    key = name.replace("-", "_")
    if key not in known:
        close = get_close_matches(key, known, n=1)
        raise SettingsError(
            f"--config: {path} has an unknown option {name!r}",
            hint=f"did you mean {close[0]!r}?" if close else f"the options are {', '.join(known)}",
        )
    if isinstance(value, Mapping):
        raise SettingsError(f"--config: {path}: expected a value for {name}, found a table")
    return key, value


def takes_settings(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command of (context, settings) the options that the fields of `Settings` describe."""
    hints = get_type_hints(Settings, include_extras=True)
    parameters = [
        inspect.Parameter("context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context),
        inspect.Parameter("config", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=ConfigOption),
        *(
            inspect.Parameter(
                field.name, inspect.Parameter.KEYWORD_ONLY, default=field.default, annotation=hints[field.name]
            )
            for field in fields(Settings)
        ),
    ]

    def with_options(context: typer.Context, *, config: Path | None, **options: Any) -> None:
        del config  # it has become the defaults of the others
        command(context, Settings(**options))

    with_options.__name__ = command.__name__
    with_options.__doc__ = command.__doc__
    with_options.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    with_options.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return with_options
