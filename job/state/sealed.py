"""JSON documents that tell their format, and by a SHA-256 of their content whether they are what was written."""

import hashlib
import json
from typing import Any


class DamagedError(Exception):
    """The text is not what was written."""


class NewerFormatError(Exception):
    """The text was written by a later version of the program."""


def seal(content: object, *, name: str, version: int) -> bytes:
    """Return a document that has `content` under `name`, with its format version and digest."""
    document = {"format": version, "digest": _digest([version, content]), name: content}
    return (json.dumps(document, indent=1, allow_nan=False) + "\n").encode()


def unseal(data: bytes, *, name: str, oldest: int, newest: int) -> tuple[int, Any]:
    """Return the version and the content of what `seal` has written.

    Raise DamagedError if a bit of it differs, NewerFormatError for a version outside `oldest` to `newest`.
    """
    try:
        document = json.loads(data)
        version, digest, content = document["format"], document["digest"], document[name]
        intact = digest == _digest([version, content])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DamagedError(f"{type(error).__name__}: {error}") from error
    if not intact:
        raise DamagedError("its digest does not match its content")
    if version not in range(oldest, newest + 1):
        expected = f"format {newest}{' or before' if oldest < newest else ''}"
        raise NewerFormatError(f"expected {expected}, found {version}")
    return version, content


def _digest(content: object) -> str:
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
