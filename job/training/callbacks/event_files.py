"""Carrying Keras's TensorBoard callback: what several attempts have logged ends up in one file, as of one training.

TensorFlow cannot go on with an event file, so each attempt writes one of its own. Where the next attempt begins, and at
the end of training, what is new in it is put behind what was there before.
"""

import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from job.errors import SettingsError
from job.state import durable
from job.training.callbacks.carrier import Carrier, Warn
from job.training.checkpoint import Memory


@dataclass(frozen=True)
class _Piece:
    """What one attempt has logged: some bytes of a file. Those before them say again how the file and model are."""

    file: str
    start: int
    end: int

    def read(self) -> bytes:
        return Path(self.file).read_bytes()[self.start : self.end]


class TensorBoardCarrier(Carrier):
    """Keeps which bytes of which event files the trial has logged, in each of its two folders."""

    not_state = frozenset({"_writers", "_prev_summary_state", "_summary_module", "_batch_trace_context"})
    has_files = True

    def __init__(self, callback: Any, listed: Any) -> None:
        super().__init__(callback, listed)
        self._folders = {name: Path(callback.log_dir, name) for name in ("train", "validation")}
        self._foreign: set[Path] = set()  # files that are none of the trial's
        self._done: dict[str, _Piece] = {}  # by folder: what earlier attempts have logged
        self._opened: dict[str, _Piece] = {}  # by folder: what this one does
        self._merged: list[str] = []  # files whose content stands elsewhere too

    def begin(self) -> None:
        callback = self.callback
        if "://" in callback.log_dir or callback._should_trace:
            asked = "profile_batch" if callback._should_trace else f"log_dir={callback.log_dir}"
            raise SettingsError(
                f"callbacks: TensorBoard with {asked} cannot go on where an interrupted trial has stopped",
                hint="profile outside of a search, and log to a folder of this machine",
            )
        self._foreign = {path for folder in self._folders.values() for path in _event_files(folder)}

    def prepare(self, memory: Memory | None, warn: Warn) -> None:
        if memory is None:
            return
        for file in memory["merged"]:
            Path(file).unlink(missing_ok=True)
        for folder, pieces in memory["pieces"].items():
            there = [piece for each in pieces if Path((piece := _Piece(**each)).file).exists()]
            if len(there) < len(pieces):
                warn(f"callbacks: logs for TensorBoard are gone from {self._folders[folder]}, and stay incomplete")
            if there:
                self._done[folder] = self._merge(there)

    def take_up(self, memory: Memory | None) -> None:
        super().take_up(memory)
        for folder, writer in (("train", self.callback._train_writer), ("validation", self.callback._val_writer)):
            writer.flush()
            file = next(path for path in _event_files(self._folders[folder]) if self._is_own(path))
            size = file.stat().st_size
            self._opened[folder] = _Piece(str(file.absolute()), size if folder in self._done else 0, size)

    def files(self) -> Memory:
        pieces = {folder: [asdict(piece) for piece in self._pieces(folder)] for folder in self._folders}
        return {"pieces": pieces, "merged": list(self._merged)}

    def leave(self) -> None:
        while self.callback._prev_summary_state:  # else what comes after is logged here too
            self.callback._pop_writer()
        self.callback._close_writers()

    def finish(self) -> bool:
        if not self._done:
            return False
        self._done = {folder: self._merge(list(self._pieces(folder))) for folder in self._folders}
        self._opened = {}
        return True

    def discard(self) -> None:
        for file in self._merged:
            Path(file).unlink(missing_ok=True)
        self._merged = []

    def _pieces(self, folder: str) -> Iterator[_Piece]:
        if folder in self._done:
            yield self._done[folder]
        if folder in self._opened:
            opened = self._opened[folder]
            for writer in self.callback._writers.values():
                writer.flush()
            yield _Piece(opened.file, opened.start, Path(opened.file).stat().st_size)

    def _merge(self, pieces: list[_Piece]) -> _Piece:
        """Put all pieces into the file of the first one; the others go once a checkpoint says so."""
        first, *others = pieces
        content = b"".join(piece.read() for piece in pieces)
        durable.write(Path(first.file), content)
        self._merged += [piece.file for piece in others]
        return _Piece(first.file, 0, len(content))

    def _is_own(self, path: Path) -> bool:
        return path not in self._foreign and f".{os.getpid()}." in path.name


def _event_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("events.out.tfevents.*.v2"))
