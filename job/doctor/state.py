"""Whether a search can live in the state directory: written, synced, renamed in, locked, with space left.

It is tried with a file of its own name, which is removed again, in the directory itself or, before there is one, in the
nearest that is there. So a search that is at work there is not disturbed.
"""

import errno
import fcntl
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from job.doctor.check import Check, Verdict
from job.doctor.mounts import mount_of
from job.errors import ExitCode
from job.state import durable
from job.state.directory import StateDirectory
from job.words import format_moment, format_size

SUBJECT = "State directory"

_PROBE = b"\0" * 4096
_SLOW_SYNC_SECONDS = 1.0
# A checkpoint and a model of the built-in problems are some 10 MB each; below the lower limit not one pair fits.
_ENOUGH_SPACE = 10**9  # bytes
_LEAST_SPACE = 5 * 10**7  # bytes
_SHARED_KINDS = ("nfs", "cifs", "smb", "9p", "fuse.")
_PASSING_KINDS = {
    "overlay": "belongs to the container, and goes with it",
    "tmpfs": "is memory, and goes with the container or at a restart",
    "ramfs": "is memory, and goes with the container or at a restart",
}


def check_state(root: Path) -> Iterator[Check]:
    """Yield what there is to say about the state directory `root`, whether it is there or not."""
    root = root.absolute()
    try:
        place = next(path for path in (root, *root.parents) if path.exists())
        if not place.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
    except OSError as error:
        yield _failed("directory", root, root, error)
        return
    yield from _check_use(root, place)
    looks: tuple[tuple[str, Callable[[Path], Check]], ...] = (
        ("space", _check_space),
        ("file system", _check_file_system),
    )
    if place == root and os.access(root, os.R_OK | os.X_OK):
        looks = (("contents", _check_contents), *looks)
    for name, look in looks:
        yield _attempt(name, look, place, root)


def _attempt(name: str, check: Callable[[Path], Check], path: Path, root: Path) -> Check:
    try:
        return check(path)
    except OSError as error:
        return _failed(name, root, path if path.is_dir() else path.parent, error)


def _check_use(root: Path, place: Path) -> Iterator[Check]:
    """Try what a search does with its files, as far as it goes."""
    steps: tuple[tuple[str, Callable[[Path], Check]], ...] = (
        ("sync", _check_sync),
        ("rename", _check_rename),
        ("lock", _check_lock),
    )
    with _scratch(place) as probe:
        try:
            probe.write_bytes(_PROBE)
        except OSError as error:
            yield _failed("write", root, place, error)
            return
        found = f"{root} can be written to" if place == root else f"{root} can be made in {place}"
        yield Check(subject=SUBJECT, name="write", found=found, values={"directory": str(root), "tried": str(place)})
        for name, step in steps:
            yield _attempt(name, step, probe, root)


@contextmanager
def _scratch(place: Path) -> Iterator[Path]:
    """Yield the name of a file that is not there, and remove what is there afterwards."""
    probe = place / f".hpo-job-doctor-{secrets.token_hex(4)}"
    try:
        yield probe
    finally:
        with suppress(OSError):
            probe.unlink(missing_ok=True)


def _check_sync(probe: Path) -> Check:
    began_at = time.perf_counter()
    for path in (probe, probe.parent):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    seconds = time.perf_counter() - began_at
    slow = seconds > _SLOW_SYNC_SECONDS
    return Check(
        subject=SUBJECT,
        name="sync",
        verdict=Verdict.WARNING if slow else Verdict.OK,
        found=f"a file and its directory are on the disk after {format_moment(seconds)}",
        hint="a search syncs several times a trial: put the state on a faster volume" if slow else "",
        values={"seconds": seconds},
    )


def _check_rename(probe: Path) -> Check:
    with _scratch(probe.parent) as other:
        other.write_bytes(_PROBE)
        other.replace(probe)
    return Check(subject=SUBJECT, name="rename", found="a file can take the place of another")


def _check_lock(probe: Path) -> Check:
    """Lock twice, as two runs do, each through a descriptor of its own."""
    first, second = os.open(probe, os.O_RDWR), os.open(probe, os.O_RDWR)
    try:
        fcntl.flock(first, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with suppress(BlockingIOError):
            fcntl.flock(second, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return Check(
                subject=SUBJECT,
                name="lock",
                verdict=Verdict.FAILURE,
                found="a lock keeps nobody out: two searches could write here at once",
                hint="use a file system with locks, such as a local disk or a block volume (for NFS, mount it "
                "without nolock), or name another directory with --state",
                exit_code=ExitCode.IO_ERROR,
            )
    finally:
        os.close(first)
        os.close(second)
    return Check(subject=SUBJECT, name="lock", found="a lock keeps a second run out")


def _check_contents(root: Path) -> Check:
    """Look for files that this user may not use, as another user leaves them in a directory that both may use."""
    store = StateDirectory(root)
    files = (store.study_file, store.previous_study_file, store.best_model)
    needs = dict.fromkeys(files, os.R_OK) | dict.fromkeys((store.lock_file, store.report_lock_file), os.R_OK | os.W_OK)
    folders = (store.report_directory, store.trials_directory, store.replicates_directory)
    needs |= dict.fromkeys(folders, os.R_OK | os.W_OK | os.X_OK)
    there = [path for path in needs if path.exists()]
    closed = next((path for path in there if not os.access(path, needs[path])), None)
    if closed is not None:
        return _failed("contents", store.root, closed, PermissionError(errno.EACCES, os.strerror(errno.EACCES)))
    found = "a search is there" if store.study_file in there else "no search has begun there"
    return Check(subject=SUBJECT, name="contents", found=found, values={"search": store.study_file in there})


def _check_space(place: Path) -> Check:
    status = os.statvfs(place)
    free, no_files = status.f_bavail * status.f_frsize, status.f_files > 0 and status.f_favail == 0
    verdict = Verdict.WARNING if free < _ENOUGH_SPACE else Verdict.OK
    if free < _LEAST_SPACE or no_files:
        verdict = Verdict.FAILURE
    return Check(
        subject=SUBJECT,
        name="space",
        verdict=verdict,
        found=f"{format_size(free)} free" + (", and not one more file fits" if no_files else ""),
        hint="" if verdict is Verdict.OK else "free some, or enlarge the volume; to be safe, a search needs 1 GB",
        exit_code=ExitCode.IO_ERROR,
        values={"free_bytes": free, "free_files": status.f_favail if status.f_files else None},
    )


def _check_file_system(place: Path) -> Check:
    mount, hint = mount_of(place.resolve()), ""
    found = f"{mount.kind}, mounted on {mount.point}"
    if mount.kind.startswith(_SHARED_KINDS):
        found += ": its locks may not hold between machines"
        hint = "start no second search on it from another machine, or use a block volume"
    elif mount.kind in _PASSING_KINDS:
        found += f": it {_PASSING_KINDS[mount.kind]}"
        hint = "mount a volume there, so that the search outlives its container"
    return Check(
        subject=SUBJECT,
        name="file system",
        verdict=Verdict.WARNING if hint else Verdict.OK,
        found=found,
        hint=hint,
        values={"kind": mount.kind, "mounted_on": str(mount.point)},
    )


def _failed(name: str, root: Path, path: Path, error: OSError) -> Check:
    known = durable.explain(path, error, directory=root)
    return Check(
        subject=SUBJECT,
        name=name,
        verdict=Verdict.FAILURE,
        found=str(known),
        hint=known.hint,
        exit_code=known.exit_code,
    )
