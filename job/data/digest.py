"""The digest of the data of a search, by which they are known again."""

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from job.data import Data, Images, Part
from job.data.arrays import Array, holds_texts, leaves, unpacked

if TYPE_CHECKING:
    from hashlib import _Hash

_LENGTH_BYTES = 8


def digest_of(data: Data) -> str:
    """Return the SHA-256 of all arrays, their types, shapes and names, in hexadecimal."""
    digest = hashlib.sha256()
    for part in (data.train, data.validation, data.test):
        if part is not None:
            _add(digest, part)
    return digest.hexdigest()


def digest_of_part(part: Part) -> str:
    """Return the same of `Images` or a tuple of arrays."""
    digest = hashlib.sha256()
    _add(digest, part)
    return digest.hexdigest()


def _add(digest: "_Hash", part: Part) -> None:
    for role, nested in zip(("x", "y", "sample_weight"), unpacked(part), strict=True):
        if nested is None:
            continue
        for name, array in leaves(nested, role):
            if not isinstance(part, Images):
                digest.update(f"{name}\n".encode(errors="surrogatepass"))
            _add_array(digest, array)


def _add_array(digest: "_Hash", array: Array) -> None:
    if holds_texts(array):
        digest.update(f"text{array.shape}".encode())
        for each in array.ravel():
            text = each if isinstance(each, bytes) else each.encode(errors="surrogatepass")
            digest.update(len(text).to_bytes(_LENGTH_BYTES, "little") + text)
        return
    digest.update(f"{array.dtype}{array.shape}".encode())
    digest.update(np.ascontiguousarray(array).data)
