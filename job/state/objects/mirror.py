"""A directory of this process as a copy of a state in a bucket: what is new in it is put there, and made to hold."""

import math
import mimetypes
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Protocol

from job.errors import StateLostError
from job.state import durable
from job.state.objects import head
from job.state.objects.bucket import Found, TakenError, Version
from job.state.objects.head import Head, Kept, object_name
from job.state.sealed import DamagedError, NewerFormatError

HEAD, HEAD_BEFORE = "study.json", "study.json.prev"
# How long what is derived of the study may lie here before it is put into the bucket too, and how a trial gets on.
_DERIVED_SECONDS = _PROGRESS_SECONDS = 10.0
_DERIVED_FILES, _DERIVED_FOLDERS, _DERIVED_LOGS = {"log.txt", "result.joblib"}, {"report", "tensorboard"}, "events.out."
# What people look for by its name, beside the files of the head.
_NAMED = "best.keras"
_FOLDERS, _ASIDE = ("trials", "replicates"), "before-"
_LOCAL = {HEAD, HEAD_BEFORE, "lock", "report.lock"}
_Stamp = tuple[int, int, int]  # inode, bytes, time of the last change
_LOST = "another run has taken over the search, and goes on with it as it was last saved"


class Objects(Protocol):
    """Where a state is kept; `job.state.objects.bucket.Bucket` is one."""

    def get(self, name: str) -> Found | None: ...
    def put(self, name: str, data: bytes, content_type: str = "") -> None: ...
    def create(self, name: str, data: bytes) -> Version: ...
    def swap(self, name: str, data: bytes, version: Version) -> Version: ...
    def delete(self, names: Iterable[str]) -> None: ...
    def names(self, prefix: str = "") -> Iterator[str]: ...


@dataclass
class Mirror:
    """The copy in the directory `root` of a state in `objects`.

    Files are told by their paths below it, such as `trials/0007/checkpoint`.
    """

    objects: Objects
    root: Path
    run: int = 0  # the epoch of this run's lease, once it has one
    clock: Callable[[], float] = time.monotonic
    _head: Head | None = None  # the newest one that is known
    _version: Version | None = None  # of that in the bucket, once it is this run's
    _before: Head | None = None  # the one before, whose files may still be needed
    _digests: dict[str, tuple[_Stamp, str]] = field(default_factory=dict)  # of files as they were here
    _put: dict[str, _Stamp] = field(default_factory=dict)  # what is derived, as it is in the bucket
    _put_at: float = 0.0
    _committed_at: float = -math.inf

    def study(self, name: str = HEAD) -> bytes | None:
        """Return the study in a head, and know its files from now on; None where there is none, or none was saved.

        Raise DamagedError or NewerFormatError.
        """
        if self.is_held and name == HEAD:
            return self._held.study or None
        if (found := self.objects.get(name)) is None:
            return None
        known = head.load(found.data)
        if not self.is_held:
            self._head = known
        return known.study or None

    @property
    def is_held(self) -> bool:
        """Whether the state is this run's."""
        return self._version is not None

    @property
    def has_just_committed(self) -> bool:
        """Whether the last commit was so few seconds ago that a trial that gets on is not worth another."""
        return self.clock() < self._committed_at + _PROGRESS_SECONDS

    def last_run(self) -> int:
        """Return the epoch of the last run that has taken the state over, as far as that can be read."""
        with suppress(DamagedError, NewerFormatError):
            self.study()
        return self._head.run if self._head else 0

    def let_go(self) -> None:
        """Leave the state to other runs."""
        self._version = None

    def take_over(self) -> tuple[str, ...]:
        """Swap the head for one of this run, after which no other one can save anything; and fetch its files.

        A head that is damaged is kept under another name, and the one before takes its place: return what is to be said
        of that. Raise StateLostError where a later run has taken the state over.
        """
        while True:
            found = self.objects.get(HEAD)
            before, told = self._readable(found.data) if found else (Head(run=0), ())
            if before.run >= self.run:
                raise StateLostError(_LOST)
            taken = replace(before, run=self.run, nonce=head.new_nonce())
            try:
                self._version = self._swap(taken, found.version if found else None)
            except TakenError:  # the run before has saved between the two: that counts
                continue
            self._head, self._before = taken, self._head_before() or before
            break
        self._collect()
        for path in filter(_is_of_this_search, taken.files):
            self.fetch(path)
            if path.endswith("/checkpoint"):
                self._fetch_derived(str(PurePosixPath(path).with_name("log.txt")))
        self._fetch_derived("result.joblib")
        return told

    def fetch(self, path: str) -> None:
        """Bring a file of the newest head here, unless it is here; nothing where there is none."""
        kept = self._head.files.get(path) if self._head else None
        if kept is None:
            self._fetch_derived(path)
        elif self._digest_here(path) != kept.sha256 and (found := self.objects.get(object_name(path, kept))):
            self._write(path, found.data)
            self._digest_here(path)  # from now on it is here, or has been removed

    def bring(self) -> None:
        """Bring all files of the state here, and what is derived of it."""
        self.study()
        for path in self._head.files if self._head else ():
            self.fetch(path)
        for name in self.objects.names():
            if _is_derived(name):
                self.fetch_derived(name)

    def fetch_derived(self, path: str) -> None:
        """Bring what is derived here as it is in the bucket, if it is there."""
        if found := self.objects.get(path):
            self._write(path, found.data)
            if (stamp := self._stamp(path)) is not None:
                self._put[path] = stamp

    def commit(self, study: bytes) -> None:
        """Put what is new here into the bucket, and make it hold with the study.

        Raise StateLostError where another run has taken the state over.
        """
        saved = Head(run=self._held.run, study=study, files=self._put_files())
        try:
            self._version = self._swap(saved, self._version)
        except TakenError as error:
            raise StateLostError(_LOST) from error
        objects = self._before.objects if self._before else frozenset()
        self._before, self._head, self._committed_at = self._held, saved, self.clock()
        self.objects.put(HEAD_BEFORE, head.dump(self._before))
        self.objects.delete(sorted(objects - self._before.objects - saved.objects))
        if self.clock() >= self._put_at + _DERIVED_SECONDS:
            self.put_derived()

    def put_derived(self) -> None:
        """Put what is derived of the study into the bucket as it is here, and remove what is here no longer."""
        paths = (path for path in self._paths() if path == _NAMED or _is_derived(path))
        here = {path: stamp for path in paths if (stamp := self._stamp(path))}
        for path, stamp in here.items():
            if self._put.get(path) != stamp:
                content_type = mimetypes.guess_type(path)[0] or "application/octet-stream"
                self.objects.put(path, (self.root / path).read_bytes(), content_type)
        self.objects.delete(sorted(self._put.keys() - here.keys()))
        self._put, self._put_at = here, self.clock()

    def _head_before(self) -> Head | None:
        """Return the head of the generation before; None where there is none that can be read."""
        found = self.objects.get(HEAD_BEFORE)
        with suppress(DamagedError, NewerFormatError):
            return head.load(found.data) if found else None
        return None

    def _readable(self, data: bytes) -> tuple[Head, tuple[str, ...]]:
        """Return the head that is to be gone on with, and what is to be said of a damaged one, which is put aside."""
        try:
            return head.load(data), ()
        except DamagedError as error:
            aside = f"{HEAD}.damaged-{sha256(data).hexdigest()[:8]}"
            self.objects.put(aside, data)
            told = f"{HEAD} is damaged ({error}); it is now {aside}, and the generation before serves"
            return self._head_before() or Head(run=0), (told,)

    @property
    def _held(self) -> Head:
        assert self._head is not None, "it has been taken over"
        return self._head

    def _swap(self, new: Head, version: Version | None) -> Version:
        data = head.dump(new)
        return self.objects.create(HEAD, data) if version is None else self.objects.swap(HEAD, data, version)

    def _collect(self) -> None:
        """Remove the files that runs before have put and that no head names: they were killed before they could."""
        named = self._held.objects | (self._before.objects if self._before else frozenset())
        found = [name for name in self.objects.names() if _is_of_a_search(name) and name not in named]
        self.objects.delete([name for name in found if (run := head.run_of(name)) is not None and run < self._held.run])

    def _put_files(self) -> dict[str, Kept]:
        """Put new files into the bucket; return all that are to hold from now on, with those never brought here."""
        files = {path: kept for path, kept in self._held.files.items() if path not in self._digests}
        for path in self._paths():
            if _is_derived(path) or not (digest := self._digest_here(path)):
                continue
            kept = self._held.files.get(path)
            files[path] = kept if kept is not None and kept.sha256 == digest else self._put_file(path)
        return files

    def _put_file(self, path: str) -> Kept:
        data = (self.root / path).read_bytes()  # which may be another file by now
        kept = Kept(sha256(data).hexdigest(), self._held.run)
        self.objects.put(object_name(path, kept), data)
        return kept

    def _fetch_derived(self, path: str) -> None:
        if not (self.root / path).exists():
            self.fetch_derived(path)

    def _write(self, path: str, data: bytes) -> None:
        durable.make_directory((self.root / path).parent)
        durable.write(self.root / path, data)

    def _digest_here(self, path: str) -> str:
        """Return the digest of a file here; empty where there is none."""
        stamp = self._stamp(path)
        if stamp is None:
            return ""
        if path not in self._digests or self._digests[path][0] != stamp:
            self._digests[path] = stamp, sha256((self.root / path).read_bytes()).hexdigest()
        return self._digests[path][1]

    def _stamp(self, path: str) -> _Stamp | None:
        """Return what differs where another file has taken the place of one; None where there is none."""
        try:
            found = (self.root / path).stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_size, found.st_mtime_ns

    def _paths(self) -> Iterator[str]:
        """Yield the files here but for locks, requests, and what is half written."""
        for folder, _, names in os.walk(self.root):
            for name in names:
                path = str(PurePosixPath(Path(folder, name).relative_to(self.root)))
                if path not in _LOCAL and not durable.is_temporary(name):
                    yield path


def _is_of_a_search(name: str) -> bool:
    """Tell whether an object may be one of this state's: there are others beside it, such as of what is retrained."""
    folder = PurePosixPath(name).parts[0]
    return folder in (name, *_FOLDERS) or folder.startswith(_ASIDE)


def _is_of_this_search(path: str) -> bool:
    """Tell whether a file is not of a search that another has begun in the place of."""
    return not path.startswith(_ASIDE)


def _is_derived(path: str) -> bool:
    *folders, name = PurePosixPath(path).parts
    return name in _DERIVED_FILES or name.startswith(_DERIVED_LOGS) or not _DERIVED_FOLDERS.isdisjoint(folders)
