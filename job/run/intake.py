"""What users ask of a search, from the inbox to the run at work: each request once, and nothing in it ends a run."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from job.core.journal import Request
from job.core.requests import check_request, describe_request
from job.core.study import Study
from job.errors import JobError, SettingsError, StateUnreadableError


class Inbox(Protocol):
    """Where requests wait; `job.state.inbox.Inbox` is one."""

    def names(self) -> tuple[str, ...]: ...
    def read(self, name: str) -> Request: ...
    def remove(self, name: str) -> None: ...
    def set_aside(self, name: str) -> str: ...


@dataclass
class Intake:
    """Reads an inbox, and warns once of each thing that is wrong there."""

    inbox: Inbox
    seconds: float = 1.0  # between two looks while a trial is in training
    clock: Callable[[], float] = time.monotonic
    _looked_at: float | None = None
    _warned_of: set[str] = field(default_factory=set)

    @property
    def is_due(self) -> bool:
        """Whether it is time to look into the inbox again."""
        return self._looked_at is None or self.clock() >= self._looked_at + self.seconds

    def requests(self, study: Callable[[], Study], warn: Callable[[str], None]) -> Iterator[tuple[str, Request]]:
        """Yield each request that waits, with its name, which is to be saved in the journal before the next one.

        It is removed then. One that is in the journal of `study` already is only removed; one that cannot be read is
        set aside; one that no longer fits the study is removed with a warning.
        """
        self._looked_at = self.clock()
        for name in self._names(warn):
            if all(entry.request != name for entry in study().journal):
                try:
                    request = self.inbox.read(name)
                except StateUnreadableError as error:
                    self._set_aside(name, str(error), warn)
                    continue
                if self._fits(study(), request, warn):
                    yield name, request
            self._remove(name, warn)

    def _names(self, warn: Callable[[str], None]) -> tuple[str, ...]:
        try:
            return self.inbox.names()
        except JobError as error:
            self._warn_once(error.in_one_line, warn)
            return ()

    def _fits(self, study: Study, request: Request, warn: Callable[[str], None]) -> bool:
        try:
            check_request(study, request)
            return True
        except SettingsError as error:
            warn(f"{describe_request(request)} is not possible: {error}")
            return False

    def _set_aside(self, name: str, reason: str, warn: Callable[[str], None]) -> None:
        try:
            warn(f"{reason}; it is now {self.inbox.set_aside(name)}")
        except JobError as error:
            self._warn_once(f"{reason}, nor set aside: {error.in_one_line}", warn)

    def _remove(self, name: str, warn: Callable[[str], None]) -> None:
        try:
            self.inbox.remove(name)
        except JobError as error:
            self._warn_once(error.in_one_line, warn)

    def _warn_once(self, message: str, warn: Callable[[str], None]) -> None:
        """Warn of what the next look will find again."""
        if message not in self._warned_of:
            self._warned_of.add(message)
            warn(message)
