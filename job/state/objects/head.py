"""What stands in study.json of an object store: one line of JSON, and then the study as a directory would have it."""

import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import NamedTuple

from job.state.sealed import DamagedError, NewerFormatError

FORMAT = 1
_TOKEN_BYTES = 8
_DIGITS = 16  # of a digest, in the name of a file
_FILE = re.compile(rf"-(\d+)-[0-9a-f]{{{_DIGITS}}}(\.[^./]+)?$")


def new_nonce() -> str:
    return secrets.token_hex(_TOKEN_BYTES)


class Kept(NamedTuple):
    """A file as an object has it."""

    sha256: str
    run: int  # that has put it there: what a run removes is of itself or of runs before, never of one that came later


@dataclass(frozen=True, kw_only=True)
class Head:
    """A state at one time: the study, and the files that go with it.

    Two are never equal, so that a run knows which one it has written.
    """

    run: int  # the epoch of the lease of the run that has taken the state over
    study: bytes = b""  # as study.json in a directory; empty as long as nothing has been saved
    files: Mapping[str, Kept] = field(default_factory=dict)  # by path
    nonce: str = field(default_factory=new_nonce)

    @property
    def objects(self) -> frozenset[str]:
        """The names of the objects that have the files."""
        return frozenset(object_name(path, kept) for path, kept in self.files.items())


def object_name(path: str, kept: Kept) -> str:
    """Return under which name a file is kept, such as `trials/0007/model-3-9f86d081884c7d65.keras`."""
    place = PurePosixPath(path)
    return str(place.with_name(f"{place.stem}-{kept.run}-{kept.sha256[:_DIGITS]}{place.suffix}"))


def run_of(name: str) -> int | None:
    """Return which run has put a file there, by the name of the object; None where it is no file of a head."""
    return int(found[1]) if (found := _FILE.search(name)) else None


def dump(head: Head) -> bytes:
    """Return the head as bytes that tell whether a bit of them differs."""
    line = json.dumps({"run": head.run, "nonce": head.nonce, "files": dict(sorted(head.files.items()))})
    return b'{"format": %d, "digest": "%b", "state": %b}\n%b' % (
        FORMAT,
        _digest(line.encode(), head.study),
        line.encode(),
        head.study,
    )


def load(data: bytes) -> Head:
    """Read what `dump` has written; raise DamagedError if a bit of it differs, NewerFormatError for a later format."""
    line, _, study = data.partition(b"\n")
    try:
        document = json.loads(line)
        version, digest, state = document["format"], document["digest"], document["state"]
        text = line.partition(b'"state": ')[2].rpartition(b"}")[0]
        intact = digest.encode() == _digest(text, study, version)
        files = {path: Kept(*each) for path, each in state.pop("files").items()}
        head = Head(study=study, files=files, **state)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedError(f"{type(error).__name__}: {error}") from error
    if not intact:
        raise DamagedError("its digest does not match its content")
    if version != FORMAT:
        raise NewerFormatError(f"expected format {FORMAT}, found {version}")
    return head


def _digest(state: bytes, study: bytes, version: int = FORMAT) -> bytes:
    return hashlib.sha256(b"%d\n%b\n%b" % (version, state, study)).hexdigest().encode()
