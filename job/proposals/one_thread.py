"""Linear algebra on one thread: faster at these sizes, and with the same last bits on any number of cores."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def on_one_thread() -> Iterator[None]:
    """Limit the libraries of linear algebra that are loaded by then to one thread."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        yield
