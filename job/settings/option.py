"""An option of the command line: where else it is read from, and what it decides."""

from collections.abc import Iterator
from enum import Enum, auto
from typing import Any

import typer

PREFIX = "HPO_JOB_"


class Decides(Enum):
    """What a setting decides of a search, and so whether a later run may have another value; stands at each option."""

    TRIALS = auto()  # which trials there are: it lasts as long as the search
    OUTCOME = auto()  # how many of them, which fail, or where what they take is: a later run may have another
    NOTHING = auto()  # of what comes out


def option(name: str, panel: str, text: str, **extra: Any) -> object:
    """Return an option that is also read from the environment, as each setting is; `text` is its help."""
    variable = PREFIX + name.removeprefix("--").split("/")[0].replace("-", "_").upper()
    extra = {"show_envvar": False, "readable": False, **extra}  # what cannot be read is told by whoever reads it
    return typer.Option(name, envvar=variable, rich_help_panel=panel, help=text, **extra)


def words_of(name: str, value: object) -> Iterator[str]:
    """Yield the words of a command line that give a setting this value."""
    dashed = name.replace("_", "-")
    match value:
        case bool():
            yield f"--{dashed}" if value else f"--no-{dashed}"
        case list():
            yield from (word for each in value for word in (f"--{dashed}", str(each)))
        case _:
            yield from (f"--{dashed}", str(value))
