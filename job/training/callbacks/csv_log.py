"""Carrying Keras's CSVLogger: its file goes on where the checkpoint left it, whichever of its two modes it is in."""

import csv
from pathlib import Path

from job.errors import SettingsError
from job.training.callbacks.carrier import Carrier, Warn
from job.training.checkpoint import Memory


class CSVLoggerCarrier(Carrier):
    """Keeps what the trial has written to the file, which may hold what others have written before it."""

    not_state = frozenset({"csv_file", "writer"})
    has_files = True
    _begins_at = 0  # bytes of others in the file

    def prepare(self, memory: Memory | None, warn: Warn) -> None:  # noqa: ARG002  (nothing can be missing)
        if "://" in self.callback.filename:
            raise SettingsError(
                f"callbacks: CSVLogger writes to {self.callback.filename}, and an interrupted trial can go on with a "
                "file of this machine only",
                hint="give it the path of a file",
            )
        if memory is None:
            self._begins_at = _size(self._path) if self.callback.append else 0
            return
        self._begins_at = min(memory["begins at"], _size(self._path))
        with self._path.open("ab") as file:
            file.truncate(self._begins_at)
            file.write(memory["rows"])
        self.callback.append = True  # until the attributes are recalled, lest it empty the file

    def reopen(self, memory: Memory) -> None:
        if not memory["writes"]:
            return

        class Dialect(csv.excel):
            delimiter = self.callback.sep

        names = ["epoch", *(self.callback.keys or ())]
        self.callback.writer = csv.DictWriter(self.callback.csv_file, fieldnames=names, dialect=Dialect)

    def files(self) -> Memory:
        self.callback.csv_file.flush()
        with self._path.open("rb") as file:
            file.seek(self._begins_at)
            rows = file.read()
        return {"begins at": self._begins_at, "rows": rows, "writes": self.callback.writer is not None}

    def leave(self) -> None:
        if self.callback.csv_file is not None:
            self.callback.csv_file.close()

    @property
    def _path(self) -> Path:
        return Path(self.callback.filename)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
