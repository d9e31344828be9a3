"""What travels between a search and the machines of a cluster: calls, and the files of the trials that they are about.

A call's arguments may name the folder that it works in, and the file in memory for the data: each machine has its own,
and so they travel as names. What a call leaves in its folder comes back with what it says next.
"""

import io
import os
import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from job.core.events import Event
from job.executors import Ending
from job.state import durable
from job.state.directory import TrialFiles

_FOLDER, _SHARED = "folder", "shared"
LOG = TrialFiles(Path()).log.name


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """A call on its way to a machine, with the files that it finds there."""

    call: bytes  # a function and its arguments, as `pack` gives them
    files: Mapping[str, bytes] = field(default_factory=dict)  # by their names in the folder
    has_log: bool
    timeout: float | None = None  # seconds
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Word:
    """What a call says, with the files that it has left by then."""

    call: int
    said: Event | Ending | None  # None: nothing but what is in the log
    files: Mapping[str, bytes] = field(default_factory=dict)  # new ones, or with another content
    removed: tuple[str, ...] = ()
    log: bytes = b""  # what has been appended


def pack(
    function: Callable[..., Any], args: tuple[Any, ...], *, folder: Path | None = None, shared: Path | None = None
) -> bytes:
    """Return a function with its arguments, in which paths in `folder`, and `shared`, are none of this machine."""
    content = io.BytesIO()
    _Packer(content, folder, shared).dump((function, args))
    return content.getvalue()


def unpack(content: bytes, *, folder: Path, shared: Path | None) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """Return what `pack` was given, with the paths of this machine."""
    unpacked: tuple[Callable[..., Any], tuple[Any, ...]] = _Unpacker(io.BytesIO(content), folder, shared).load()
    return unpacked


def files_in(folder: Path) -> dict[str, bytes]:
    """Return the content of each file that a call may need; none where there is no such folder."""
    try:
        names = sorted(each.name for each in folder.iterdir() if each.is_file())
    except FileNotFoundError:
        return {}
    return {name: (folder / name).read_bytes() for name in names if _travels(name)}


@dataclass
class Outgoing:
    """A folder on a machine of a cluster, and what of it has been sent."""

    folder: Path
    _sent: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    _log_sent: int = 0

    def mark(self) -> None:
        """Take what is there as sent."""
        self._sent = self._there()

    def changes(self) -> tuple[dict[str, bytes], tuple[str, ...]]:
        """Return the files that have changed since, and the names of those that are gone."""
        there, files = self._there(), dict[str, bytes]()
        for name in [name for name, stamp in there.items() if self._sent.get(name) != stamp]:
            try:
                files[name] = (self.folder / name).read_bytes()
            except FileNotFoundError:  # it has been set aside a moment ago
                del there[name]
        removed = tuple(name for name in self._sent if name not in there)
        self._sent = there
        return files, removed

    def log(self) -> bytes:
        """Return what has been printed since."""
        try:
            with (self.folder / LOG).open("rb") as file:
                file.seek(self._log_sent)
                text = file.read()
        except FileNotFoundError:
            return b""
        self._log_sent += len(text)
        return text

    def _there(self) -> dict[str, tuple[int, int, int]]:
        found = dict[str, tuple[int, int, int]]()
        for entry in os.scandir(self.folder):
            if entry.is_file() and _travels(entry.name):
                status = entry.stat()
                found[entry.name] = status.st_ino, status.st_size, status.st_mtime_ns
        return found


def take_in(word: Word, folder: Path, log: Path | None) -> None:
    """Bring a folder of the search up to a word; raise StateUnwritableError or StatePermissionError."""
    if word.files:
        durable.make_directory(folder)
    for name, content in word.files.items():
        assert Path(name).name == name, "a machine names files, and no paths"
        durable.write(folder / name, content)
    for name in word.removed:
        durable.remove(folder / Path(name).name)
    if word.log and log is not None:
        durable.make_directory(log.parent)
        with durable.state_errors(log), log.open("ab") as file:
            file.write(word.log)


def _travels(name: str) -> bool:
    return name != LOG and not durable.is_temporary(name)


class _Packer(pickle.Pickler):
    def __init__(self, file: io.BytesIO, folder: Path | None, shared: Path | None) -> None:
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self._folder, self._shared = folder, shared

    def persistent_id(self, given: Any) -> tuple[str, str] | None:
        if not isinstance(given, Path):
            return None
        if self._folder is not None and given.is_relative_to(self._folder):
            return _FOLDER, str(given.relative_to(self._folder))
        return (_SHARED, "") if given == self._shared else None


class _Unpacker(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, folder: Path, shared: Path | None) -> None:
        super().__init__(file)
        self._folder, self._shared = folder, shared

    def persistent_load(self, name: tuple[str, str]) -> Path | None:
        kind, rest = name
        return self._folder / rest if kind == _FOLDER else self._shared
