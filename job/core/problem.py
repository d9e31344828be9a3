"""What a problem says of its search, before any data is read or model built, and what a user's own says in full."""

import ast
import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from job.core.space import Params, Space
from job.core.values import shown
from job.errors import SettingsError

BATCH_SIZE = "batch_size"  # a dimension of this name is the batch size
# The options of how data are read, by their names as settings; a problem names those that it takes.
DATA_OPTIONS = ("image_size", "label_column", "strict")
SMALLEST_IMAGE_SIZE = 8  # pixels a side: of fewer the layers of a network leave nothing
# How many lines are shown around each change.
_CONTEXT = 2
_MOST_LINES = 40  # of a difference: more would be read in an editor


@dataclass(frozen=True, kw_only=True)
class NamedSpace:
    """A space of a problem beside its first one."""

    space: Space
    points: tuple[Params, ...] = ()  # which are tried first, in this order


@dataclass(frozen=True, kw_only=True)
class Declared:
    """The constants of a problem, in which options may put others."""

    space: Space
    points: tuple[Params, ...] = ()  # which are tried first, in this order
    spaces: Mapping[str, NamedSpace] = field(default_factory=dict)  # others, by their names
    epochs: int
    batch_size: int
    objective: str = ""  # as --objective takes it; empty where the problem leaves it open
    options: tuple[str, ...] = ()  # those of DATA_OPTIONS that its data may be read with

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the dimensions of all its spaces."""
        others = (name for each in self.spaces.values() for name in each.space.names)
        return tuple(dict.fromkeys((*self.space.names, *others)))

    def choosing(self, name: str | None) -> "Declared":
        """Return this with the space of that name in place of its first one; raise SettingsError for no such name."""
        if name is None:
            return self
        if name not in self.spaces:
            known = f"one of {', '.join(self.spaces)}" if self.spaces else "none, since the problem names no spaces"
            raise SettingsError(
                f"--space: expected {known}, found {shown(name)}",
                hint="leave it out for the space that the problem calls SPACE",
            )
        chosen = self.spaces[name]
        return replace(self, space=chosen.space, points=chosen.points)


@dataclass(frozen=True, kw_only=True, eq=False)
class Sources:
    """A user's file, and what it imports from beside it.

    Two are equal where they say the same: wherever they lie, and whatever comments, docstrings and layout they have.
    """

    folder: str  # the absolute path of what lies in it, when it was last read
    main: str  # the problem's file, by its path below the folder
    texts: Mapping[str, str]  # of all files, by their paths below the folder

    @property
    def file(self) -> str:
        """The path of the problem's file."""
        return self.place_of(self.main)

    def place_of(self, path: str) -> str:
        """Return where the file lies that has this path below the folder."""
        return f"{self.folder.rstrip('/')}/{path}"

    @property
    def name(self) -> str:
        """The name of the problem's file."""
        return self.main.rpartition("/")[2]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sources) and self._meanings() == other._meanings()

    __hash__ = None  # type: ignore[assignment]

    def _meanings(self) -> dict[str, str]:
        """Return the syntax tree of each file; that of the problem does not depend on how it is called."""
        is_alone = "/" not in self.main
        return {"" if path == self.main and is_alone else path: _meaning(text) for path, text in self.texts.items()}


@dataclass(frozen=True, kw_only=True)
class OwnProblem:
    """A problem of the user's: its sources, and what they declared when the search began."""

    sources: Sources
    declared: Declared


def difference(before: Sources, now: Sources) -> Iterator[str]:
    """Yield the lines of a unified diff of the files that say something else, cut short where it is long."""
    lines = [line for each in _pairs(before, now) for line in _diff(*each)]
    yield from lines[:_MOST_LINES]
    if len(lines) > _MOST_LINES:
        yield f"… and {len(lines) - _MOST_LINES} more lines"


def _pairs(before: Sources, now: Sources) -> Iterator[tuple[str, str, str]]:
    """Yield the name of each file that says something else, and what it said and says."""
    renamed = {now.main: before.main}
    texts = {renamed.get(path, path): text for path, text in now.texts.items()}
    for path in sorted({*before.texts, *texts}):
        one, other = before.texts.get(path, ""), texts.get(path, "")
        if _meaning(one) != _meaning(other):
            yield path, one, other


def _diff(path: str, before: str, now: str) -> Iterator[str]:
    yield from difflib.unified_diff(
        before.splitlines(),
        now.splitlines(),
        f"{path} in the state",
        f"{path} now",
        lineterm="",
        n=_CONTEXT,
    )


@lru_cache(maxsize=256)
def _meaning(text: str) -> str:
    """Return the syntax tree without positions and docstrings; of what this Python cannot read, the text itself."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return text
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and _has_docstring(
            node
        ):
            node.body = node.body[1:]
    return ast.dump(tree)


def _has_docstring(node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    first = node.body[0] if node.body else None
    return isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
