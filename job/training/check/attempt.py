"""A few batches of a trial, trained as a search trains them, and what they take."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from job.core.events import CheckpointLeft, Event, TrainingBegan
from job.state.directory import TrialFiles
from job.training import Advanced, Setup
from job.training.fit import Training
from job.training.workpiece import Workpiece

NUMBER = 1  # of the trial that is tried
_BATCHES = 4  # the first one takes longer than those after it
_LEAST = 2  # batches, however long they take
_ENOUGH_SECONDS = 1.0  # of batches, to know how long one takes


@dataclass
class Attempt:
    """An attempt at a trial that is over soon, and what the search is to it.

    `on_first_checkpoint` is called once it has left one, which it does after each batch if `saves`.
    """

    setup: Setup
    workpiece: Workpiece
    files: TrialFiles
    on_first_checkpoint: Callable[[], object] = lambda: None
    batches: int = 0  # of an epoch
    done: int = 0  # batches, by this attempt
    first_seconds: float = 0.0  # to the end of the first batch
    seconds: list[float] = field(default_factory=list)  # of each batch after it
    _went_on_at: float = 0.0  # time.monotonic()
    _has_left_one: bool = False

    def train(self, stop_after: int = _BATCHES, *, enough_seconds: float = _ENOUGH_SECONDS) -> Advanced:
        """Train from the last checkpoint on, if there is one, for so many batches, or fewer where they take longer."""
        self._stop_after, self._enough_seconds = stop_after, enough_seconds
        self._went_on_at = time.monotonic()
        return Training(self.setup, NUMBER, self.files, self, self.workpiece).run(self.setup.epochs)

    @property
    def must_stop(self) -> bool:
        """Be asked after each batch, as Training does."""
        model = self.workpiece.model
        int(model.optimizer.iterations)  # waits until all is computed
        seconds, self.done = time.monotonic() - self._went_on_at, self.done + 1
        if self.done == 1:
            self.first_seconds = seconds
        else:
            self.seconds.append(seconds)
        self._went_on_at = time.monotonic()
        is_enough = self.done >= _LEAST and sum(self.seconds) > self._enough_seconds
        return self.done >= self._stop_after or is_enough

    def tell(self, event: Event) -> None:
        match event:
            case TrainingBegan(_, batches):
                self.batches = batches
            case CheckpointLeft():
                if not self._has_left_one:
                    self._has_left_one = True
                    self.on_first_checkpoint()
                self._went_on_at = time.monotonic()
