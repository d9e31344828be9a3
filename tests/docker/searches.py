"""Searches in containers that several tests look at."""

import time
from dataclasses import dataclass
from pathlib import Path

from tests.docker.container import (
    BUSY_SEARCH,
    SEALED,
    SEARCH,
    containers_of,
    message_file,
    trains,
    until,
    volume,
)


@dataclass(frozen=True)
class Seen:
    """A search in a container that is over. The state is to be looked at and copied only."""

    state: Path
    exit_code: int
    output: str
    errors: str
    last_words: bytes  # what it left at /dev/termination-log
    seconds: float  # that it took, or that it took to leave when it was stopped


def see_whole_search(image: str, folder: Path) -> Seen:
    """Search to the end."""
    return _see(image, folder, *SEARCH, stopping=False)


def see_stopped_search(image: str, folder: Path) -> Seen:
    """Begin the same search, and have the engine stop it in the middle of its first trial."""
    return _see(image, folder, *BUSY_SEARCH, stopping=True)


def _see(image: str, folder: Path, *search: str, stopping: bool) -> Seen:
    state, message = volume(folder / "state"), message_file(folder / "message")
    options = (*SEALED, f"--volume={message}:/dev/termination-log")
    with containers_of(image) as started:
        since = time.monotonic()
        container = started.start(state, *search, options=options)
        if stopping:
            until(lambda: trains(state, 1))
            since = time.monotonic()
        exit_code = container.stop() if stopping else container.wait()
        seconds = time.monotonic() - since
        return Seen(state, exit_code, container.output, container.errors, message.read_bytes(), seconds)
