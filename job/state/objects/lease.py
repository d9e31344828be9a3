"""The lease of a state in an object store: one run at a time holds it, and tells by its beats that it lives.

Nobody compares clocks of two machines to take it. Whoever wants the lease watches, by his own clock, that nothing has
beaten for a whole time to live. A holder that was frozen may wake up after that and believe that it holds the lease
for a moment: the lease saves wasted work, and it is the swap of what is protected, with `epoch` in it, that is safe.
"""

import json
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from threading import Lock
from typing import Any

from job.errors import StateLockedError
from job.state.objects.bucket import Bucket, Found, TakenError, Version
from job.state.owner import Holder, describe_this_run, name_owner

LEASE_FILE = "lease.json"
TIME_TO_LIVE_SECONDS = 60.0
# Shares of the time to live.
BEAT = 1 / 3
LOOK = 1 / 30


def seconds_since_boot() -> float:
    """Return what goes on while the machine is suspended."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@dataclass(frozen=True)
class _Record:
    """What lease.json says; `nonce` and `beat` tell a write from any other, and a beat that failed is tried again."""

    owner: Any
    epoch: int
    beat: int = 0
    released: bool = False
    nonce: str = field(default_factory=lambda: secrets.token_hex(16))

    def to_bytes(self) -> bytes:
        return json.dumps(asdict(self)).encode()


class Lease:
    """The lease of the state in `bucket`, wanted or held by this run.

    Whatever asks something of the store raises what `Bucket` raises. A holder that renews must do so every third of
    `ttl_seconds`, which all runs on one state must have in common.
    """

    def __init__(
        self,
        bucket: Bucket,
        *,
        ttl_seconds: float = TIME_TO_LIVE_SECONDS,
        clock: Callable[[], float] = seconds_since_boot,
        sleep: Callable[[float], None] = time.sleep,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self.bucket = bucket
        self.ttl_seconds = ttl_seconds
        self._clock, self._sleep, self._wall_clock = clock, sleep, wall_clock
        self._one_at_a_time = Lock()
        self._record = _Record(owner=None, epoch=0, released=True)
        self._version: Version | None = None

    @property
    def epoch(self) -> int:
        """How many times the lease has been taken, this one included."""
        return self._record.epoch

    def acquire(
        self, *, above: int = 0, patience_seconds: float = 0.0, waiting: Callable[[str], None] | None = None
    ) -> None:
        """Take the lease where it is free, or nothing has renewed it for the whole time to live.

        Its epoch is above that of the last lease, and `above` another one: what is protected may have come from
        elsewhere, with an epoch but without a lease.

        While another run has it, `waiting` is called with that run's name every now and then, and may raise. Raise
        StateLockedError when that run is seen to live after `patience_seconds`.
        """
        deadline = self._clock() + patience_seconds
        found, since = self._look()
        while True:
            if _is_free(found) or self._clock() - since > self.ttl_seconds:
                with suppress(TakenError):
                    return self._take(found, above)
            else:
                if waiting is not None:
                    waiting(name_holder(found))
                self._sleep(LOOK * self.ttl_seconds)
            before = found
            found, now = self._look()
            if _version(found) == _version(before):
                continue
            if not _is_free(found) and now >= deadline:
                raise self._locked(found)
            since = now

    def renew(self) -> None:
        """Tell that this run lives; raise TakenError where another one has the lease."""
        with self._one_at_a_time:
            self._write(replace(self._record, beat=self._record.beat + 1))

    def release(self) -> None:
        """Let others have the lease at once; nothing happens where they have it."""
        with self._one_at_a_time, suppress(TakenError):
            self._write(replace(self._record, released=True))

    def holder(self) -> Holder | None:
        """Return the run that has the lease; None where none has.

        It is silent where its last beat is older than the time to live: by the clock of the store beside the one here,
        so this is for people to read, and decides nothing.
        """
        found = self.bucket.get(LEASE_FILE)
        if found is None or _is_free(found):
            return None
        is_silent = self._wall_clock() - found.modified_at > self.ttl_seconds
        return Holder(name_holder(found), silent_since=found.modified_at if is_silent else None)

    def _look(self) -> tuple[Found | None, float]:
        """Return what is there, and when it was seen at the latest."""
        return self.bucket.get(LEASE_FILE), self._clock()

    def _take(self, found: Found | None, above: int) -> None:
        with self._one_at_a_time:
            self._version = _version(found)
            self._write(_Record(owner=describe_this_run(), epoch=max(_record(found).epoch, above) + 1))

    def _write(self, record: _Record) -> None:
        """Put `record` in the place of the last one."""
        data = record.to_bytes()
        if self._version is None:
            self._version = self.bucket.create(LEASE_FILE, data)
        else:
            self._version = self.bucket.swap(LEASE_FILE, data, self._version)
        self._record = record

    def _locked(self, found: Found | None) -> StateLockedError:
        return StateLockedError(
            f"another run holds {self.bucket.address}: {name_holder(found)}",
            hint="wait for it to end (--if-locked wait does), stop it, or name another address with --state",
        )


def _version(found: Found | None) -> Version | None:
    return None if found is None else found.version


def _record(found: Found | None) -> _Record:
    """Return what a lease says; one that cannot be read is held by nobody knows whom."""
    if found is None:
        return _Record(owner=None, epoch=0, released=True)
    try:
        return _Record(**json.loads(found.data))
    except (ValueError, TypeError):
        return _Record(owner=None, epoch=0)


def _is_free(found: Found | None) -> bool:
    return _record(found).released


def name_holder(found: Found | None) -> str:
    """Return the name of the run that wrote the lease."""
    return name_owner(_record(found).owner)
