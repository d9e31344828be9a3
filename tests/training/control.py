"""Who asks a trial in training to stop, and hears of it."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

from job.core.events import Event


@dataclass
class FakeControl:
    """Asks to stop whenever `asks` says so, and keeps what it is told."""

    asks: Callable[[], bool] = lambda: False
    events: list[Event] = field(default_factory=list)

    @property
    def must_stop(self) -> bool:
        return self.asks()

    def tell(self, event: Event) -> None:
        self.events.append(event)


def asks_at_every(count: int) -> Callable[[], bool]:
    """Return what is true each `count`th time it is asked, which is after each batch and each epoch."""
    asked = itertools.count(1)
    return lambda: next(asked) % count == 0
