"""Silence, for libraries that cannot be asked for it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

OUTPUTS = (1, 2)  # the file descriptors, whatever stands in sys.stdout and sys.stderr


@contextmanager
def muted() -> Iterator[None]:
    """Let nothing that this process prints, or one that it starts here, get out; for libraries that cannot be asked.

    A server that kept the output of a search would hold up whoever reads that to its end.
    """
    kept = [os.dup(descriptor) for descriptor in OUTPUTS]
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        for descriptor in OUTPUTS:
            os.dup2(null, descriptor)
        yield
    finally:
        for descriptor, copy in zip(OUTPUTS, kept, strict=True):
            os.dup2(copy, descriptor)
            os.close(copy)
        os.close(null)
