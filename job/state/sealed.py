"""JSON documents that tell their format, and by a SHA-256 of their content whether they are what was written.

The digest is that of the format, a line feed and the text of the content, byte for byte.
"""

import hashlib
import json
from typing import Any


class DamagedError(Exception):
    """The text is not what was written."""


class NewerFormatError(Exception):
    """The text was written by a later version of the program."""


def seal(content: object, *, name: str, version: int) -> bytes:
    """Return a document that has `content` under `name`, with its format version and digest."""
    return seal_text(json.dumps(content, allow_nan=False), name=name, version=version)


def seal_text(text: str, *, name: str, version: int) -> bytes:
    """Return a document that has content which is in JSON already, in ASCII, under `name`."""
    digest = _digest(version, text.encode())
    return f'{{"format": {version},\n"digest": "{digest}",\n"{name}": {text}}}\n'.encode()


def unseal(data: bytes, *, name: str, oldest: int, newest: int, canonical: int = 0) -> tuple[int, Any]:
    """Return the version and the content of what `seal` has written.

    Up to version `canonical`, the digest is that of the version and the content in canonical JSON. Raise DamagedError
    if a bit differs, NewerFormatError for a version outside `oldest` to `newest`.
    """
    try:
        document = json.loads(data)
        version, digest, content = document["format"], document["digest"], document[name]
        _, _, rest = data.partition(f'"{name}": '.encode())
        text = rest.rpartition(b"}")[0]
        intact = digest == (_canonical_digest(version, content) if version <= canonical else _digest(version, text))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DamagedError(f"{type(error).__name__}: {error}") from error
    if not intact:
        raise DamagedError("its digest does not match its content")
    if version not in range(oldest, newest + 1):
        expected = f"format {newest}{' or before' if oldest < newest else ''}"
        raise NewerFormatError(f"expected {expected}, found {version}")
    return version, content


def _digest(version: int, text: bytes) -> str:
    return hashlib.sha256(b"%d\n%b" % (version, text)).hexdigest()


def _canonical_digest(version: int, content: object) -> str:
    canonical = json.dumps([version, content], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
