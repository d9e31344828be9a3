"""Downloading a data file: whole, with the right content, or not at all."""

import gzip
import hashlib
import http.client
import ssl
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable
from pathlib import Path

from job.core.events import DownloadProgress, Event, Level, Notice
from job.errors import DataMissingError, StatePermissionError, StateUnwritableError
from job.state import durable

_ATTEMPTS = 4
_TIMEOUT_SECONDS = 30.0  # without a byte from the server
_CHUNK_BYTES = 1 << 18  # a hundred events for the largest file, of 26 MB
_BUSY_STATUSES = (408, 429)  # besides the server errors, those worth another try: timeout, too many requests


def download(
    url: str, path: Path, *, sha256: str, hint: str, tell: Callable[[Event], None], pause_seconds: float = 1.0
) -> None:
    """Make what is at `url` the file `path`.

    `sha256` is that of the content: of what a file whose name ends in .gz unpacks to, for the same images are gzipped
    differently by different publishers. After a network error it tries again, first in `pause_seconds`, then in twice
    as many, and so on. Raise DataMissingError, with `hint`, where it stays without an answer, gets other content or
    cannot write the file.
    """
    data = _fetch_patiently(url, hint=hint, tell=tell, pause_seconds=pause_seconds)
    found = _content_digest(data, is_gzipped=path.suffix == ".gz")
    if found != sha256:
        raise DataMissingError(f"{url}: expected content with SHA-256 {sha256}, found {found}", hint=hint)
    try:
        durable.make_directory(path.parent)
        durable.write(path, data)
    except (StateUnwritableError, StatePermissionError) as error:
        raise DataMissingError(
            str(error), hint=f"set KERAS_HOME to a folder that can be written to, or {hint}"
        ) from error


def _fetch_patiently(url: str, *, hint: str, tell: Callable[[Event], None], pause_seconds: float) -> bytes:
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return _fetch(url, tell)
        except (OSError, http.client.HTTPException) as error:
            if attempt == _ATTEMPTS or not _is_transient(error):
                raise DataMissingError(f"{url}: expected to download it, found {error}", hint=hint) from error
            pause = pause_seconds * 2 ** (attempt - 1)
            tell(Notice(f"{url}: {error}; trying again in {pause:g} s", level=Level.WARNING))
            time.sleep(pause)
    raise AssertionError("the last attempt returns or raises")


def _fetch(url: str, tell: Callable[[Event], None]) -> bytes:
    name = url.rpartition("/")[2]
    data = bytearray()
    with _open(url) as response:
        total = int(response.headers.get("Content-Length", 0))  # 0: the server does not say
        while chunk := response.read(_CHUNK_BYTES):
            data += chunk
            tell(DownloadProgress(name, len(data), total))
    if len(data) < total:  # a connection that is closed early is no error to http.client
        raise http.client.IncompleteRead(bytes(data), total - len(data))
    return bytes(data)


def _open(url: str) -> http.client.HTTPResponse:
    try:
        response: http.client.HTTPResponse = urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS)
        return response
    except urllib.error.HTTPError as error:
        error.close()  # it is also the response, with its connection
        raise


def _is_transient(error: OSError | http.client.HTTPException) -> bool:
    match error:
        case urllib.error.HTTPError(code=code):
            return code in _BUSY_STATUSES or code >= 500
        case urllib.error.URLError(reason=ssl.SSLCertVerificationError()):
            return False
        case _:
            return True


def _content_digest(data: bytes, *, is_gzipped: bool) -> str:
    try:
        content = gzip.decompress(data) if is_gzipped else data
    except (OSError, EOFError, zlib.error) as error:
        return f"no gzipped file ({error})"
    return hashlib.sha256(content).hexdigest()
