"""What a process that trains needs, imported once: `import job.training.preload` is all there is to it.

What TensorFlow prints while it is imported (which CPU features it uses, that there is no GPU) goes nowhere: an import
that fails is tried again by the first trial, and told in its log.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager


_STDERR = 2  # the file descriptor, whatever stands in sys.stderr


@contextmanager
def _muted() -> Iterator[None]:
    stderr = os.dup(_STDERR)
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, _STDERR)
        yield
    finally:
        os.dup2(stderr, _STDERR)
        os.close(stderr)
        os.close(null)


os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")  # warnings and errors
with _muted():
    import job.training.fit  # noqa: F401
