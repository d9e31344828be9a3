"""An option of the command line: where else it is read from, and what it decides."""

from collections.abc import Iterator, Mapping
from enum import Enum, auto
from typing import Any

import typer

PREFIX = "HPO_JOB_"


# What options are called today that had another name once, by that name: it is still understood.
FORMER_NAMES: Mapping[str, str] = {"data_dir": "data"}


class Decides(Enum):
    """What a setting decides of a search, and so whether a later run may have another value; stands at each option."""

    TRIALS = auto()  # which trials there are: it lasts as long as the search
    OUTCOME = auto()  # how many of them, which fail, or where what they take is: a later run may have another
    NOTHING = auto()  # of what comes out


def option(name: str, panel: str, text: str, **extra: Any) -> object:
    """Return an option that is also read from the environment, as each setting is; `text` is its help."""
    extra = {"show_envvar": False, "readable": False, **extra}  # what cannot be read is told by whoever reads it
    return typer.Option(name, envvar=_variables(name), rich_help_panel=panel, help=text, **extra)


def name_today(name: str) -> str:
    """Return what an option is called today, of its name with dashes or underscores, which may be a former one."""
    return FORMER_NAMES.get(name.replace("-", "_"), name)


def former_names(name: str) -> list[str]:
    """Return what else an option was called."""
    return [former for former, today in FORMER_NAMES.items() if today == name]


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


def _variables(option_name: str) -> list[str]:
    """Return the environment variables of an option, as `--name` or `--name/--no-name`: those of former names last."""
    name = option_name.removeprefix("--").split("/")[0].replace("-", "_")
    return [PREFIX + each.upper() for each in (name, *former_names(name))]
