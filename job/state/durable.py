"""Writing files that a crash leaves whole or absent: beside their place, synced, renamed, the directory synced.

The order of the four steps is what LWN's "Ensuring data reaches disk" (2011) gives for replacing a file.
"""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from job.errors import JobError, StatePermissionError, StateUnwritableError

_TEMPORARY = ".tmp-"
_TOKEN_BYTES = 4


def write(path: Path, data: bytes) -> None:
    """Make `data` the content of `path`, durably; raise StateUnwritableError or StatePermissionError."""
    with replacing(path) as temporary:
        temporary.write_bytes(data)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a name beside `path` to write to; after the block, what was written there is `path`, durably."""
    temporary = path.with_name(f"{_TEMPORARY}{secrets.token_hex(_TOKEN_BYTES)}-{path.name}")
    try:
        with state_errors(path):
            yield temporary
            _sync(temporary)
            temporary.replace(path)
            _sync(path.parent)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def rename(old: Path, new: Path) -> None:
    """Rename a file durably, replacing `new`."""
    with state_errors(new):
        old.replace(new)
        _sync(new.parent)


def set_aside(path: Path) -> Path:
    """Give a damaged file a name under which nothing reads it, and return that name."""
    names = (path.with_name(f"{path.name}.damaged-{number}") for number in count(1))
    aside = next(name for name in names if not name.exists())
    rename(path, aside)
    return aside


def remove(path: Path) -> None:
    """Remove a file if it is there; whether the removal survives a crash does not matter to the caller."""
    with state_errors(path):
        path.unlink(missing_ok=True)


def make_directory(path: Path) -> None:
    """Make a directory and those above it, durably."""
    with state_errors(path, directory=path):
        if path.is_dir():
            return
    make_directory(path.parent)
    with state_errors(path, directory=path):
        path.mkdir(exist_ok=True)
        _sync(path.parent)


def sweep(directory: Path) -> None:
    """Remove what interrupted writes have left in `directory`."""
    with state_errors(directory):
        for temporary in directory.glob(f"{_TEMPORARY}{'[0-9a-f]' * 2 * _TOKEN_BYTES}-*"):
            if temporary.is_file():
                temporary.unlink(missing_ok=True)


def is_temporary(name: str) -> bool:
    """Tell whether a file is half-written, by its name."""
    return name.startswith(_TEMPORARY)


@contextmanager
def state_errors(path: Path, *, directory: Path | None = None) -> Iterator[None]:
    """Turn the errors of the operating system about `path` into ours; see `explain`."""
    try:
        yield
    except OSError as error:
        raise explain(path, error, directory=directory) from error


def explain(path: Path, error: OSError, *, directory: Path | None = None) -> JobError:
    """Return the error of ours that says what went wrong with `path`, which is `directory` or lies in its own."""
    found = error.strerror or str(error)
    match error.errno:
        case errno.EACCES | errno.EPERM:
            return StatePermissionError(f"cannot use {path}: {found}", hint=_way_in(directory or path.parent))
        case errno.EISDIR:
            hint = "a directory stands where a file is needed: move it away, or name another directory with --state"
        case errno.ENOSPC | errno.EDQUOT:
            hint = "free some space on its file system, and run the same command again"
        case errno.EROFS:
            hint = "mount its file system writable, or name another directory with --state"
        case errno.ENOTDIR | errno.EEXIST:
            hint = "a file stands where a directory is needed: move it away, or name another directory with --state"
        case _:
            hint = "check the file system, and run the same command again"
    return StateUnwritableError(f"cannot use {path}: {found}", hint=hint)


def _way_in(directory: Path) -> str:
    owner, image = f"{os.getuid()}:{os.getgid()}", os.environ.get("HPO_JOB_IMAGE")
    if image is None:
        return f"let an administrator run: mkdir -p {directory} && chown -R {owner} {directory}"
    return (  # the image tells its name: what is outside of its container has other paths
        f"give the volume to {owner}, once: docker run --rm --user 0 --volume VOLUME:{directory} --entrypoint chown "
        f"{image} -R {owner} {directory}; in a pod: securityContext.fsGroup: {os.getgid()}"
    )


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
