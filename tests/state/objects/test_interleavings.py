"""Three runs on one state, in any order of their requests: they freeze, thaw, die, and take over from each other."""

import json
import math
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from greenlet import greenlet
from hypothesis import given, settings
from hypothesis import strategies as st
from obstore.store import MemoryStore

from job.state.objects.bucket import Bucket, Found, TakenError, Version
from job.state.objects.lease import Lease
from tests.state.objects.fakes import ADDRESS, Time

STUDY = "study.json"
SAVES = 3


@dataclass(frozen=True, kw_only=True)
class Objects(Bucket):
    """Objects that runs share, each of which stands still before and after a request of its own."""

    there: dict[str, Found]
    stand: Callable[[], None] = field(repr=False)

    def get(self, name: str) -> Found | None:
        self.stand()
        found = self.there.get(name)
        self.stand()
        return found

    def create(self, name: str, data: bytes) -> Version:
        return self._write(name, data, None)

    def swap(self, name: str, data: bytes, version: Version) -> Version:
        return self._write(name, data, version)

    def _write(self, name: str, data: bytes, version: Version | None) -> Version:
        self.stand()
        found = self.there.get(name)
        is_met = (found.version if found is not None else None) == version
        if is_met:
            found = self.there[name] = Found(data, Version(secrets.token_hex(4), None))
        self.stand()
        if found is None or not is_met:
            raise TakenError(name, found)
        return found.version


class Run:
    """A run that stands still around each request, and where it sleeps, until it may take the next step."""

    def __init__(self, name: str, there: dict[str, Found], time: Time) -> None:
        self.name, self.time = name, time
        self.bucket = Objects(ADDRESS, MemoryStore(), there=there, stand=self.stand)
        self.lease = Lease(self.bucket, clock=time.clock, sleep=self.sleep)
        self.wakes, self.saved = 0.0, 0
        self._turn: Any = greenlet(self.run)

    def step(self) -> None:
        """Go on until the next standstill; a sleeping run is woken at its time."""
        if not self._turn.dead:
            self.time.now = max(self.time.now, self.wakes)
            self._turn.switch()

    def kill(self) -> None:
        self._turn.throw()

    def stand(self) -> None:
        self._turn.parent.switch()

    def sleep(self, seconds: float) -> None:
        self.wakes = self.time.now + seconds
        self.stand()

    def run(self) -> None:
        with suppress(TakenError):
            self.search()

    def search(self) -> None:
        """Take the lease, take the study by a swap, and save by swaps, as long as the lease is renewed."""
        self.lease.acquire(patience_seconds=math.inf)
        version = self.begin()
        for _ in range(SAVES if version is not None else 0):
            self.sleep(15)
            self.lease.renew()
            if version is None:
                return
            _, saves, _ = self.read()
            version = self.bucket.swap(STUDY, self.write([*saves, [self.name, self.lease.epoch]]), version)
            self.saved += 1
        self.lease.release()

    def begin(self) -> Version | None:
        """Return the version of the study that this run has made its own; None where a later run has."""
        while True:
            epoch, saves, version = self.read()
            if epoch > self.lease.epoch:
                return None
            with suppress(TakenError):  # an older run has saved in between, and its save counts
                return self.bucket.swap(STUDY, self.write(saves), version)

    def read(self) -> tuple[int, list[Any], Version]:
        found = self.bucket.get(STUDY)
        assert found is not None
        epoch, saves = json.loads(found.data)
        return epoch, saves, found.version

    def write(self, saves: list[Any]) -> bytes:
        return json.dumps([self.lease.epoch, saves]).encode()


# Which run goes on, after how many seconds, for how many steps, and whether it is killed instead.
STEPS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from([0, 0, 0, 1, 5, 25, 45, 70]),
        st.integers(1, 12),
        st.sampled_from([False] * 60 + [True]),
    ),
    min_size=30,
    max_size=60,
)


def play(steps: list[tuple[int, int, int, bool]], runs: list[Run], time: Time) -> None:
    """Take the steps."""
    for number, seconds, count, killed in steps:
        time.now += seconds
        if killed:
            runs[number].kill()
        for _ in range(count):
            runs[number].step()


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_no_save_is_lost_and_none_comes_after_a_successor_began(steps: list[tuple[int, int, int, bool]]) -> None:
    time, there = Time(), {STUDY: Found(b"[0, []]", Version("1", None))}
    runs = [Run(f"run {number}", there, time) for number in range(3)]
    try:
        play(steps, runs, time)
    finally:
        for run in runs:
            run.kill()

    _, saves = json.loads(there[STUDY].data)
    epochs = [epoch for _, epoch in saves]
    assert epochs == sorted(epochs), "a run has saved after its successor had begun"
    assert len({(name, epoch) for name, epoch in saves}) == len(set(epochs)), "two runs had one epoch"
    for run in runs:  # one may have been killed before the answer came
        assert [name for name, _ in saves].count(run.name) in {run.saved, run.saved + 1}
