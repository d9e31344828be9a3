"""How far an epoch has come, told a few times a second."""

import time
from typing import Any

from job.core.events import BatchesDone
from job.training import Control
from job.training.finite import finite

_SECONDS = 0.25  # from one telling to the next


class Progress:
    """The progress of trial `number`, whose epochs have so many `batches`."""

    def __init__(self, number: int, batches: int, control: Control) -> None:
        self._number, self._batches, self._control = number, batches, control
        self._told_at = 0.0  # time.monotonic()

    def tell(self, epoch: int, batch: int, logs: Any) -> None:
        """Tell, if it is time to, that `batch` batches of `epoch` (from 1) are through, with Keras's logs."""
        now = time.monotonic()
        if now - self._told_at < _SECONDS:
            return
        self._told_at = now
        loss = finite({name: value for name, value in (logs or {}).items() if name == "loss"}).get("loss")
        self._control.tell(BatchesDone(self._number, epoch, batch, self._batches, loss))
