"""The standard streams, made so that nothing that is printed can break a command.

A stream that is closed leads nowhere, one that its reader has left falls silent, and one that can take no more is told
once, at the end. What a stream cannot encode is written in other letters.
"""

import errno
import io
import os
import select
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

from job.errors import ExitCode

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_STANDARD = (0, 1, 2)
_OUTPUT, _ERRORS = 1, 2
_LEFT = {errno.EPIPE, errno.ECONNRESET}


class Outlet(io.FileIO):
    """A file descriptor that takes whatever is written; `failure` is what has kept it from passing that on."""

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor, "w", closefd=False)
        self.failure: OSError | None = None
        self._is_terminal = self.isatty()

    def write(self, data: "ReadableBuffer", /) -> int:
        """Write some of `data`, and return how many bytes; all of them, to nowhere, once something has failed."""
        while self.failure is None:
            try:
                written = super().write(data)
            except OSError as error:
                self.failure = error
            else:
                if written is not None:
                    return written
                select.select([], [self], [])  # another program has made it one that does not wait
        return memoryview(data).nbytes

    @property
    def has_lost(self) -> bool:
        """Whether something was lost that somebody waits for: not where whoever read it has left or hung up."""
        return self.failure is not None and self.failure.errno not in _LEFT and not self._is_terminal


def open_streams() -> Outlet:
    """Make the standard streams of this process such ones, and return the outlet of standard output.

    To be called before anything else opens a file, which would take the number of a standard stream that is closed.
    """
    for descriptor in _STANDARD:
        _open_if_closed(descriptor)
    output = Outlet(_OUTPUT)
    # What stands in columns keeps its width; what is told of an error stays legible to who has to mend it.
    sys.stdout = _text(output, sys.stdout, errors="replace", line_buffering=output.isatty())
    sys.stderr = _text(Outlet(_ERRORS), sys.stderr, errors="backslashreplace", line_buffering=True)
    return output


def close_streams(output: Outlet, exit_code: int) -> int:
    """Write what is left, and return the exit code: `exit_code`, or 74 where that would hide that output was lost."""
    _flush(sys.stdout)
    if output.failure is not None and output.has_lost:
        found = output.failure.strerror
        sys.stderr.write(f"hpo-job: cannot write to standard output: {found}; what to do: let it go elsewhere\n")
        exit_code = exit_code or ExitCode.IO_ERROR
    _flush(sys.stderr)
    return exit_code


def _open_if_closed(descriptor: int) -> None:
    try:
        os.fstat(descriptor)
    except OSError:
        os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free, which this one is
        os.set_inheritable(descriptor, True)


def _text(outlet: Outlet, before: TextIO | None, *, errors: str, line_buffering: bool) -> TextIO:
    """Return a text stream to `outlet` that is otherwise like the one before; None is one that was closed."""
    if before is not None:
        _flush(before)
    unbuffered = isinstance(before, io.TextIOWrapper) and before.write_through
    return io.TextIOWrapper(
        io.BufferedWriter(outlet),
        encoding=before.encoding if before is not None else "utf-8",
        errors=errors,
        line_buffering=line_buffering or unbuffered,
    )


def _flush(stream: TextIO) -> None:
    with suppress(OSError, ValueError):  # nothing can be done any more
        stream.flush()
