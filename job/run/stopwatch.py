"""What a run spends its time on."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager


class Stopwatch:
    """Adds up the seconds of each part of the work; while one part lasts within another, the inner one alone counts."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seconds: dict[str, float] = {}
        self._part, self._since = "", clock()

    @property
    def seconds(self) -> Mapping[str, float]:
        """The seconds spent until now, by the part."""
        self._switch(self._part)
        return dict(self._seconds)

    @contextmanager
    def running(self, part: str) -> Iterator[None]:
        """Count the time of the block for `part`."""
        outer = self._part
        self._switch(part)
        try:
            yield
        finally:
            self._switch(outer)

    @contextmanager
    def beside(self, part: str) -> Iterator[None]:
        """Count the time of the block for `part`, and for the part that lasts meanwhile: for work that delays none."""
        since = self._clock()
        try:
            yield
        finally:
            self._seconds[part] = self._seconds.get(part, 0.0) + self._clock() - since

    def _switch(self, part: str) -> None:
        now = self._clock()
        if self._part:
            self._seconds[self._part] = self._seconds.get(self._part, 0.0) + now - self._since
        self._part, self._since = part, now
