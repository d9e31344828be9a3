"""Addresses of states in object stores, checked when they are given: s3://BUCKET/PREFIX, gs://… and az://…."""

import re
from dataclasses import dataclass, replace
from typing import Protocol

from job.errors import SettingsError

SCHEMES = ("s3", "gs", "az")
_EXPECTED = "expected a path, or an address such as s3://BUCKET/PREFIX (s3, gs or az)"
_ADDRESS = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<bucket>[^/]*)/?(?P<prefix>.*)", re.DOTALL)
# What all three clouds take, of which each takes less: theirs is the last word.
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,221}")
# A slash divides a name, and tools of the clouds quote these, each in its own way.
_UNFIT = re.compile(r'[\\^`{}%\[\]"<>~#|?*\x00-\x1f\x7f]')


class StatePlace(Protocol):
    """Where a state is: a `Path` of this machine, or an `Address`."""

    @property
    def name(self) -> str:
        """The last part of it."""


@dataclass(frozen=True)
class Address:
    """A place in an object store, `bucket` and the names below `prefix`; as `text` people wrote it."""

    text: str
    scheme: str
    bucket: str
    prefix: str

    def __str__(self) -> str:
        return self.text

    @property
    def name(self) -> str:
        return self.prefix.rpartition("/")[2] or self.bucket

    def child(self, name: str) -> "Address":
        """Return the address of `name` below this one."""
        prefix = "/".join(filter(None, (self.prefix, name)))
        return replace(self, text=f"{self.text.rstrip('/')}/{name}", prefix=prefix)


def parse_address(text: str) -> Address | None:
    """Return an address of an object store; None where `text` has no scheme, so that it is a path.

    Raise SettingsError where it has a scheme, and names no place that a state can have.
    """
    match = _ADDRESS.fullmatch(text)
    if match is None:
        return None
    scheme, bucket, prefix = match["scheme"].lower(), match["bucket"], match["prefix"].rstrip("/")
    if "@" in bucket:  # not repeated: a password may be in it
        raise SettingsError(f"{_EXPECTED}, found credentials in it: those come from the environment")
    if scheme not in SCHEMES:
        raise SettingsError(f"{_EXPECTED}, found {text!r}")
    if not _BUCKET.fullmatch(bucket):
        found = f"the bucket {bucket!r}" if bucket else "no bucket"
        raise SettingsError(f"{_EXPECTED}, found {found} in {text!r}")
    if unfit := _unfit_part(prefix):
        raise SettingsError(f"{_EXPECTED}, found {unfit} in {text!a}")
    return Address(text, scheme, bucket, prefix)


def _unfit_part(prefix: str) -> str | None:
    """Say which part of a prefix cannot be in a name; None where all can."""
    if not prefix:
        return None
    for part in prefix.split("/"):
        if part in {"", ".", ".."}:
            return f"the part {part!r}"
        if unfit := _UNFIT.search(part):
            return f"the character {unfit[0]!r}"
    try:
        prefix.encode()
    except UnicodeEncodeError:
        return "what is no Unicode"
    return None
