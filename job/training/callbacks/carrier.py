"""How one callback is carried through a trial that is trained in several attempts."""

from collections.abc import Callable, Sequence
from typing import Any

import keras

from job.training.callbacks.memory import Attributes
from job.training.checkpoint import Memory

Warn = Callable[[str], None]


class Carrier:
    """Carries a callback by its attributes; one that writes files that it goes on with has a kind of its own.

    `not_state` are attributes that say nothing of how far training has come.
    """

    not_state: frozenset[str] = frozenset()
    has_files = False  # which are known from the first batch on, so that what a kill leaves in them can be undone

    def __init__(self, callback: Any, listed: Sequence[keras.callbacks.Callback]) -> None:
        self.callback = callback
        self._attributes = Attributes(callback, listed, self.not_state)

    def begin(self) -> None:
        """Be called before Keras gives the callback its model; raise SettingsError for one that cannot be carried."""

    def prepare(self, memory: Memory | None, warn: Warn) -> None:
        """Be called before Keras tells the callback that training begins; None where it begins for the first time."""

    def take_up(self, memory: Memory | None) -> None:
        """Be called after that, and after the model is as it was."""
        self._attributes.note_made()
        if memory is not None:
            self._attributes.recall(memory["attributes"])
            self.reopen(memory)

    def reopen(self, memory: Memory) -> None:
        """Go on with the files of an earlier attempt, once the attributes are as they were."""

    def remember(self) -> Memory:
        """Return what the next attempt needs; raise SettingsError where it cannot be kept."""
        return {"attributes": self._attributes.remember(), **self.files()}

    def files(self) -> Memory:
        """Return what the next attempt needs of the files."""
        return {}

    def leave(self) -> None:
        """Let go of what is open, as the attempt is over and training is not."""

    def finish(self) -> bool:
        """Put the files in order once training has ended; tell whether that needs to be saved."""
        return False

    def discard(self) -> None:
        """Remove the files that nothing needs any more, now that it is saved which those are."""
