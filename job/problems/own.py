"""A problem of the user's own: a file, or a module by its name, with what it imports from beside it. Nothing is run."""

import ast
import os
import sys
import sysconfig
import tokenize
import traceback
from collections.abc import Iterator
from importlib.machinery import PathFinder
from pathlib import Path, PurePosixPath

from job.core.problem import Sources
from job.errors import SettingsError
from job.paths import dangling_link, describe_link

_SUFFIX = ".py"
_PACKAGE = "__init__.py"
_OURS = "job"  # which may lie beside a problem too, and is no part of it
_LARGEST_TOTAL = 1_000_000  # characters, since study.json holds them and is written anew at each checkpoint


def looks_like_a_file(problem: str) -> bool:
    """Tell whether `problem` is the path of a file rather than a name."""
    return problem.endswith(_SUFFIX) or os.sep in problem


def looks_like_a_module(problem: str) -> bool:
    """Tell whether `problem` may be the name of a module."""
    return all(part.isidentifier() for part in problem.split("."))


def find_module(name: str) -> Path | None:
    """Return the file of a module in the present directory, or where Python looks for it; None where there is none.

    Nothing is imported, its packages neither.
    """
    paths: list[str] | None = [str(Path.cwd()), *sys.path]
    parts = name.split(".")
    for end in range(1, len(parts) + 1):
        spec = PathFinder.find_spec(".".join(parts[:end]), paths)
        if spec is None:
            return None
        if end == len(parts):
            return Path(spec.origin) if spec.origin and spec.origin.endswith(_SUFFIX) else None
        if spec.submodule_search_locations is None:
            return None
        paths = list(spec.submodule_search_locations)
    return None


def read_sources(file: Path) -> Sources:
    """Return what `file`, and what it imports from beside it, say; raise SettingsError where that cannot be read."""
    file = file.parent.resolve() / file.name  # not the link that it may be: what lies beside that is meant
    folder = file.parent
    while (folder / _PACKAGE).exists() and folder.parent != folder and folder.name.isidentifier():
        folder = folder.parent
    main = file.relative_to(folder).as_posix()
    texts: dict[str, str] = {}
    waiting = [*_packages_above(folder, main), main]
    while waiting:
        path = waiting.pop()
        if path not in texts:
            texts[path] = _read(folder / path)
            if sum(map(len, texts.values())) > _LARGEST_TOTAL:
                raise SettingsError(
                    f"{file}: expected at most {_LARGEST_TOTAL:,} characters of Python in it and what it imports from "
                    f"beside it, found more with {path}",
                    hint="put data into a file of another kind, and have load_data read it",
                )
            waiting += [each for each in _imported(folder, path, texts[path]) if _is_of_it(folder, main, each)]
    return Sources(folder=str(folder), main=main, texts=dict(sorted(texts.items())))


def _read(file: Path) -> str:
    try:
        with tokenize.open(file) as opened:
            return opened.read()
    except OSError as error:
        link = dangling_link(file)
        found = describe_link(link) if link else error.strerror
        raise SettingsError(f"--problem: expected a file of Python in {file}, found: {found}") from error
    except (SyntaxError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{file}: expected Python in UTF-8, or in the encoding that it names, found: {error}"
        ) from error


def _imported(folder: Path, path: str, text: str) -> Iterator[str]:
    """Yield the files below `folder` that the import statements in `text` name, wherever they stand in it."""
    try:
        tree = ast.parse(text, str(folder / path))
    except (SyntaxError, ValueError) as error:
        raise SettingsError(f"{folder / path}: expected Python, found an error:\n{_shown(error)}") from error
    package = PurePosixPath(path).parent.parts
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                for each in names:
                    yield from _files_of(folder, tuple(each.name.split(".")))
            case ast.ImportFrom(module=module, names=names, level=level):
                base = package[: len(package) - level + 1] if level else ()
                whole = (*base, *(module.split(".") if module else ()))
                for each in names:
                    yield from _files_of(folder, (*whole, each.name))


def _shown(error: Exception) -> str:
    """Return a syntax error with its line, as Python prints it."""
    return "".join(traceback.format_exception_only(error)).rstrip()


def _files_of(folder: Path, parts: tuple[str, ...]) -> Iterator[str]:
    """Yield the files that are run where the dotted name of `parts` is imported: those of its packages first."""
    for end in range(1, len(parts) + 1):
        stem = PurePosixPath(*parts[:end])
        for candidate in (stem / _PACKAGE, stem.with_name(stem.name + _SUFFIX)):
            if (folder / candidate).is_file():
                yield candidate.as_posix()
                break


def _packages_above(folder: Path, main: str) -> Iterator[str]:
    return _files_of(folder, PurePosixPath(main).parent.parts) if "/" in main else iter(())


def _is_of_it(folder: Path, main: str, path: str) -> bool:
    """Tell whether a file belongs to the problem: what is installed beside it does not, but for its own package."""
    top, own = (
        path.split("/", maxsplit=1)[0].removesuffix(_SUFFIX),
        main.split("/", maxsplit=1)[0].removesuffix(_SUFFIX),
    )
    if top == own:
        return True
    return top != _OURS and not _is_installed(folder)


def _is_installed(folder: Path) -> bool:
    installed = {Path(sysconfig.get_path(each)).resolve() for each in ("purelib", "platlib", "stdlib", "platstdlib")}
    return folder.resolve() in installed
