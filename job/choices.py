"""One of a few names as people write it: in any case, and in full where the program itself has a short name for it."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, TypeVar

import typer

Choice = TypeVar("Choice", bound=StrEnum)


def choice(kind: type[Choice], *, also: Mapping[str, Choice] | None = None) -> dict[str, Any]:
    """Return what an option of `kind` is made with, such that it takes the values and the names of its members.

    `also` has names besides these. Case does not matter, and nor does which of `-`, `_` and a space parts words.
    """
    return {"parser": _reader(kind, also or {}), "metavar": f"[{'|'.join(kind)}]"}


def _reader(kind: type[Choice], also: Mapping[str, Choice]) -> Callable[[str], Choice]:
    names = {_plain(name): each for each in kind for name in (each.name, each.value)} | dict(also)

    def read(text: str) -> Choice:
        if (found := names.get(_plain(text))) is None:
            raise typer.BadParameter(f"expected one of {', '.join(kind)}, found {str(text)!r}")
        return found

    read.__name__ = kind.__name__.lower()
    return read


def _plain(name: str) -> str:
    return name.strip().lower().replace("_", "-").replace(" ", "-")
