"""The inbox of a search: what users ask of it, a file each, which the run at work takes in.

Anybody may write one at any time, without the lock: its name is new, and it is there as a whole or not at all. Only the
run that holds the state removes it, once it is in the saved journal under that name; so each is taken in once, whatever
is killed when.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from job.core.journal import Request
from job.errors import StateUnreadableError
from job.state import durable
from job.state.sealed import DamagedError, NewerFormatError, seal, unseal
from job.state.study_data import decode_input, encode_input

FORMAT = 1

SUFFIX = ".json"
_TOKEN_BYTES = 4


class Requests(Protocol):
    """Where users leave what they ask for; `Inbox` is one."""

    def write(self, request: Request) -> str: ...
    def names(self) -> tuple[str, ...]: ...
    def read(self, name: str) -> Request: ...
    def remove(self, name: str) -> None: ...
    def set_aside(self, name: str) -> str: ...


@dataclass(frozen=True)
class Inbox:
    """The requests in a directory, which is made for the first one."""

    directory: Path

    def write(self, request: Request) -> str:
        """Leave a request, durably, and return its name; raise StateUnwritableError or StatePermissionError."""
        name = new_name()
        durable.make_directory(self.directory)
        durable.write(self._file(name), dump(request))
        return name

    def names(self) -> tuple[str, ...]:
        """Return the names of the requests, by the time at which they were written; files half-written are none."""
        with durable.state_errors(self.directory, directory=self.directory):
            try:
                files = [path for path in self.directory.iterdir() if path.suffix == SUFFIX]
            except FileNotFoundError:
                return ()
        return tuple(sorted(path.stem for path in files if not path.name.startswith(".")))

    def read(self, name: str) -> Request:
        """Return a request; raise StateUnreadableError where there is none that can be read."""
        try:
            data = self._file(name).read_bytes()
        except OSError as error:
            raise StateUnreadableError(f"{self._file(name)} cannot be read ({error.strerror})") from error
        return load(data, str(self._file(name)))

    def remove(self, name: str) -> None:
        """Remove a request that has been taken in."""
        durable.remove(self._file(name))

    def set_aside(self, name: str) -> str:
        """Give a file that cannot be read another name, and return that."""
        return durable.set_aside(self._file(name)).name

    def _file(self, name: str) -> Path:
        return self.directory / f"{name}{SUFFIX}"


def new_name() -> str:
    """Return a name that no other request has, and that tells when this one was written."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{secrets.token_hex(_TOKEN_BYTES)}"


def dump(request: Request) -> bytes:
    """Return what stands in the file of a request."""
    return seal(encode_input(request), name="request", version=FORMAT)


def load(data: bytes, place: str) -> Request:
    """Read what `dump` has written; raise StateUnreadableError, which names the place, for anything else."""
    try:
        _, content = unseal(data, name="request", oldest=FORMAT, newest=FORMAT)
        request = decode_input(content)
    except NewerFormatError as error:
        raise StateUnreadableError(f"{place}: {error}, of a newer hpo-job") from error
    except (DamagedError, KeyError, TypeError) as error:
        raise StateUnreadableError(f"{place} is no request, or a damaged one ({error})") from error
    if not isinstance(request, Request):
        raise StateUnreadableError(f"{place} is no request of a user")
    return request
