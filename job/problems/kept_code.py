"""Runs a user's problem from its sources as they were read, whatever has become of the files since."""

import importlib.util
import linecache
import sys
from collections.abc import Sequence
from importlib.abc import InspectLoader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path, PurePosixPath
from types import ModuleType

from job.core.problem import Sources

# What the module of a file alone is called: checkpoints name what is in it, and the file may get another name.
_NAME = "problem_file"
_PACKAGE = "__init__.py"


def run(sources: Sources) -> ModuleType:
    """Return the module of the problem's file, which is run once in a process; raise whatever its code raises."""
    finder = next((each for each in sys.meta_path if isinstance(each, _Finder)), None)
    if finder is not None and finder.is_of(sources) and _name_of(sources) in sys.modules:
        return sys.modules[_name_of(sources)]
    if finder is not None:
        sys.meta_path.remove(finder)
        finder.forget()
    sys.meta_path.insert(0, _Finder(sources))
    if sources.folder not in sys.path:
        sys.path.append(sources.folder)  # for what lies there beside these sources, such as compiled modules
    return importlib.import_module(_name_of(sources))


def is_kept(module: ModuleType) -> bool:
    """Tell whether a module was run from sources here."""
    return isinstance(getattr(getattr(module, "__spec__", None), "loader", None), _Loader)


def _name_of(sources: Sources) -> str:
    return sources.main.removesuffix(".py").replace("/", ".") if "/" in sources.main else _NAME


class _Loader(InspectLoader):
    def __init__(self, sources: Sources, path: str) -> None:
        self._text, self._file, self._is_package = sources.texts[path], sources.place_of(path), _is_package(path)
        self._alias = PurePosixPath(path).stem if path == sources.main and "/" not in path else ""

    def get_source(self, fullname: str) -> str:
        del fullname  # it is the loader of one module
        return self._text

    def is_package(self, fullname: str) -> bool:
        del fullname
        return self._is_package

    def exec_module(self, module: ModuleType) -> None:
        lines = self._text.splitlines(keepends=True)
        linecache.cache[self._file] = (len(self._text), None, lines, self._file)  # tracebacks show what is run
        if self._alias and self._alias not in sys.modules and self._alias not in sys.stdlib_module_names:
            sys.modules[self._alias] = module  # what it imports may import it by the name of its file
        exec(compile(self._text, self._file, "exec", dont_inherit=True), vars(module))


class _Finder(MetaPathFinder):
    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    def is_of(self, sources: Sources) -> bool:
        return (self._sources.file, self._sources.texts) == (sources.file, sources.texts)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        del path, target  # the names of modules are paths below the folder
        if fullname == _name_of(self._sources):
            return self._spec(fullname, self._sources.main)
        stem = fullname.replace(".", "/")
        found = (each for each in (f"{stem}/{_PACKAGE}", f"{stem}.py") if each in self._sources.texts)
        if (candidate := next(found, None)) is not None:
            return self._spec(fullname, candidate)
        is_above = any(each.startswith(f"{stem}/") for each in self._sources.texts)
        return self._folder(fullname, stem) if is_above else None

    def forget(self) -> None:
        """Have what was run from these sources be run anew where it is imported."""
        for name, module in [*sys.modules.items()]:
            if is_kept(module):
                del sys.modules[name]

    def _folder(self, fullname: str, path: str) -> ModuleSpec:
        """Return the spec of a package without a file of its own."""
        spec = ModuleSpec(fullname, None, is_package=True)
        spec.submodule_search_locations = [self._sources.place_of(path)]
        return spec

    def _spec(self, fullname: str, path: str) -> ModuleSpec:
        file = self._sources.place_of(path)
        folders = [str(Path(file).parent)] if _is_package(path) else None
        spec = importlib.util.spec_from_file_location(
            fullname, file, loader=_Loader(self._sources, path), submodule_search_locations=folders
        )
        assert spec is not None, "a loader is given"
        return spec


def _is_package(path: str) -> bool:
    return path.rpartition("/")[2] == _PACKAGE
