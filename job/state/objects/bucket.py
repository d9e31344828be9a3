"""Whole objects below an address of an object store, read, written, and swapped on condition.

An answer that is lost is not a write that is lost: the client asks again and is told that something is there, which
is then read. So whatever is created or swapped holds a nonce of its writer.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from job.address import Address
from job.state.objects.failures import explain, may_pass, names_no_bucket
from job.state.objects.opening import open_store

if TYPE_CHECKING:
    from obstore import GetResult, ObjectMeta, PutMode, PutResult, UpdateVersion
    from obstore.store import ObjectStore

T = TypeVar("T")

# A store that comes back within this time costs nothing but the time.
PATIENCE_SECONDS = 60.0
_PAUSE_SECONDS = 1.0
# Slow lines must send all parts that are under way within the time-out of one request.
_PART_BYTES = 5 * 1024 * 1024
_PARTS_AT_ONCE = 3


@dataclass(frozen=True)
class Version:
    """Which content an object has, as its store tells it; each store needs one of the two, or both."""

    e_tag: str | None
    version: str | None


@dataclass(frozen=True)
class Found:
    """The content of an object, and its version."""

    data: bytes
    version: Version
    modified_at: float = field(default=0.0, compare=False)  # Unix time, by the clock of the store


class TakenError(Exception):
    """Somebody else's object is there: `found`, or None where it has been removed."""

    def __init__(self, name: str, found: Found | None) -> None:
        super().__init__(f"{name} is somebody else's now")
        self.found = found


class _UndecidedError(Exception):
    """A write on condition was refused, and the condition holds: writers beside each other do that to S3."""


@dataclass(frozen=True)
class Bucket:
    """Objects below `address`, by names that have slashes between their parts.

    What fails for a reason that may pass is tried again for `patience_seconds`. Whatever is read or written raises
    StateUnwritableError or StatePermissionError where that does not help.
    """

    address: Address
    store: "ObjectStore"
    patience_seconds: float = PATIENCE_SECONDS
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    @classmethod
    def open(cls, address: Address) -> "Bucket":
        """Return the objects below `address`, by the credentials in the environment; nothing is asked of the store."""
        return cls(address, open_store(address))

    def get(self, name: str) -> Found | None:
        """Return an object; None where there is none."""
        return self._patiently(name, lambda: self._get(name))

    def put(self, name: str, data: bytes, content_type: str = "") -> None:
        """Make `data` the content of an object, which a bucket that is a web site serves as `content_type`."""
        import obstore

        attributes = {"Content-Type": content_type} if content_type else None

        def send() -> "PutResult":
            return obstore.put(
                self.store,
                name,
                data,
                attributes=attributes,
                chunk_size=_PART_BYTES,
                max_concurrency=_PARTS_AT_ONCE,
            )

        self._patiently(name, send)

    def create(self, name: str, data: bytes) -> Version:
        """Make an object that is not there; raise TakenError where another one is."""
        return self._put_on_condition(name, data, None)

    def swap(self, name: str, data: bytes, version: Version) -> Version:
        """Replace `version` of an object, and return the new one; raise TakenError where it has another one."""
        return self._put_on_condition(name, data, version)

    def delete(self, names: Iterable[str]) -> None:
        """Remove objects, as far as they are there."""
        import obstore

        def remove(*paths: str) -> None:
            try:
                obstore.delete(self.store, paths)
            except FileNotFoundError as error:
                if names_no_bucket(error):
                    raise
                for path in paths if len(paths) > 1 else ():
                    remove(path)

        if paths := tuple(names):
            self._patiently(paths[0], lambda: remove(*paths))

    def names(self, prefix: str = "") -> Iterator[str]:
        """Yield the names of the objects in the folder `prefix` and in those below it, sorted."""
        import obstore

        def collect() -> list[str]:
            return [entry["path"] for chunk in obstore.list(self.store, prefix or None) for entry in chunk]

        yield from sorted(self._patiently(prefix, collect))

    def _put_on_condition(self, name: str, data: bytes, version: Version | None) -> Version:
        """Write where an object has `version`, which is None where there is none; see the top of the module."""
        import obstore
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        mode: PutMode = "create" if version is None else _update_of(version)

        def write() -> Version:
            try:
                return _version_of(obstore.put(self.store, name, data, mode=mode))
            except (AlreadyExistsError, PreconditionError):
                found = self._get(name)
            if found is not None and found.data == data:
                return found.version
            if (found.version if found is not None else None) == version:
                raise _UndecidedError(name)
            raise TakenError(name, found)

        return self._patiently(name, write)

    def _get(self, name: str) -> Found | None:
        result = self._open(name)
        if result is None:
            return None
        return Found(bytes(result.bytes()), _version_of(result.meta), result.meta["last_modified"].timestamp())

    def _open(self, name: str) -> "GetResult | None":
        import obstore

        try:
            return obstore.get(self.store, name)
        except FileNotFoundError as error:
            if names_no_bucket(error):
                raise
            return None

    def _patiently(self, name: str, request: Callable[[], T]) -> T:
        """Return what `request` returns, tried again for as long as it fails for a reason that may pass."""
        from obstore.exceptions import BaseError

        began = self.clock()
        while True:
            try:
                return request()
            except (BaseError, OSError, _UndecidedError) as error:
                passing = isinstance(error, _UndecidedError) or may_pass(error)
                if not passing or self.clock() - began >= self.patience_seconds:
                    raise explain(self.address.child(name), error) from None  # its text may hold a signature
            self.sleep(_PAUSE_SECONDS)


def _update_of(version: Version) -> "UpdateVersion":
    """Return a version as obstore takes it, which bears no None."""
    update: UpdateVersion = {}
    if version.e_tag is not None:
        update["e_tag"] = version.e_tag
    if version.version is not None:
        update["version"] = version.version
    return update


def _version_of(told: "PutResult | ObjectMeta") -> Version:
    return Version(told["e_tag"], told["version"])
