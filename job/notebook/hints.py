"""What to do about an error, where Python shows it."""

from collections.abc import Iterator
from contextlib import contextmanager

from job.errors import JobError


@contextmanager
def hints_shown() -> Iterator[None]:
    """Have an error for the user be shown with what to do next, as a note below its message; for functions too."""
    try:
        yield
    except JobError as error:
        if error.hint:
            error.add_note(f"what to do: {error.hint}")
        raise
