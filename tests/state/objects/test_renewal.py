"""The beats of a lease that is held, with real threads and a time to live of parts of a second."""

import threading
import time

from job.errors import StateUnwritableError
from job.state.objects.bucket import Bucket
from job.state.objects.lease import LEASE_FILE, Lease
from job.state.objects.renewal import held
from tests.state.objects.fakes import memory_bucket

TTL_SECONDS = 0.3


class Heard:
    """What a run is told when it loses the lease."""

    def __init__(self) -> None:
        self.reasons: list[str] = []
        self.lost = threading.Event()

    def __call__(self, reason: str) -> None:
        self.reasons.append(reason)
        self.lost.set()


def acquired(bucket: Bucket, kind: type[Lease] = Lease) -> Lease:
    lease = kind(bucket, ttl_seconds=TTL_SECONDS)
    lease.acquire()
    return lease


def test_a_lease_that_is_held_beats_until_the_block_ends() -> None:
    heard, bucket = Heard(), memory_bucket()
    lease = acquired(bucket)
    with held(lease, heard):
        seen = set()
        for _ in range(5):
            seen.add(bucket.get(LEASE_FILE))
            time.sleep(TTL_SECONDS / 3)
    lease.release()
    last = bucket.get(LEASE_FILE)
    time.sleep(TTL_SECONDS)

    assert len(seen) >= 3
    assert bucket.get(LEASE_FILE) == last
    assert not heard.reasons


def test_a_holder_is_told_once_who_has_taken_the_lease_over() -> None:
    heard, bucket = Heard(), memory_bucket()
    with held(acquired(bucket), heard):
        thief = Lease(bucket, ttl_seconds=TTL_SECONDS / 30)
        thief.acquire()
        assert heard.lost.wait(5)
        time.sleep(TTL_SECONDS)
    holder = thief.holder()
    assert holder is not None and heard.reasons == [f"{holder.name} has taken it over"]


def test_a_holder_is_told_that_its_lease_has_been_removed() -> None:
    heard, bucket = Heard(), memory_bucket()
    with held(acquired(bucket), heard):
        bucket.delete([LEASE_FILE])
        assert heard.lost.wait(5)
    assert heard.reasons == ["its lease has been removed"]


def test_a_holder_that_cannot_beat_for_a_while_goes_on() -> None:
    class Troubled(Lease):
        beats = 0

        def renew(self) -> None:
            self.beats += 1
            if self.beats < 4:
                raise StateUnwritableError("no connection")
            super().renew()

    heard, bucket = Heard(), memory_bucket()
    lease = acquired(bucket, Troubled)
    with held(lease, heard):
        time.sleep(3 * TTL_SECONDS)
        assert isinstance(lease, Troubled) and lease.beats > 4
    assert not heard.reasons
