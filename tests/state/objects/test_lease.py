"""The lease: who gets it, when others may take it, and what its holder hears."""

import json
from collections.abc import Callable
from typing import Any

import obstore
import pytest
from obstore.exceptions import PermissionDeniedError

from job.errors import ExitCode, InterruptedRunError, StateLockedError, StatePermissionError
from job.state.objects.bucket import Bucket, TakenError
from job.state.objects.lease import LEASE_FILE, Lease
from tests.state.objects.fakes import Time, memory_bucket


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def bucket(time: Time) -> Bucket:
    return memory_bucket(time)


def lease_of(bucket: Bucket, time: Time, *, while_asleep: Callable[[], None] = lambda: None) -> Lease:
    """Return the lease of a run whose clock began anywhere, and during whose sleep something happens."""

    def sleep(seconds: float) -> None:
        time.sleep(seconds)
        while_asleep()

    return Lease(bucket, clock=lambda: time.now - 12_345.0, sleep=sleep)


def name_of_holder(lease: Lease) -> str:
    return "" if (holder := lease.holder()) is None else holder.name


def beating(lease: Lease, time: Time) -> Callable[[], None]:
    """Return what lets a holder beat whenever its time has come."""
    last = [time.now]

    def beat() -> None:
        if time.now - last[0] >= 20:
            lease.renew()
            last[0] = time.now

    return beat


def test_the_first_run_has_it_at_once_and_a_released_one_is_free(bucket: Bucket, time: Time) -> None:
    first, second = lease_of(bucket, time), lease_of(bucket, time)
    assert first.holder() is None
    first.acquire()
    assert name_of_holder(first).startswith("process ")
    first.renew()
    first.release()
    assert first.holder() is None

    second.acquire()
    assert (first.epoch, second.epoch) == (1, 2)
    assert time.now == 0


def test_a_run_that_lives_keeps_it_and_the_other_is_told_whose_it_is(bucket: Bucket, time: Time) -> None:
    first = lease_of(bucket, time)
    first.acquire()
    with pytest.raises(StateLockedError) as caught:
        lease_of(bucket, time, while_asleep=beating(first, time)).acquire()

    assert caught.value.exit_code == ExitCode.CANNOT_CREATE
    assert str(caught.value).startswith("another run holds s3://bucket/run: process ")
    assert "--if-locked wait" in caught.value.hint
    assert time.now <= 22, "it has watched for longer than until the next beat"
    first.renew()


def test_a_run_that_died_is_outwaited_for_one_time_to_live(bucket: Bucket, time: Time) -> None:
    first, second = lease_of(bucket, time), lease_of(bucket, time)
    first.acquire()
    time.sleep(1_000)
    second.acquire()

    assert 1_060 < time.now <= 1_064
    assert second.epoch == 2
    with pytest.raises(TakenError):
        first.renew()
    first.release()
    assert second.holder() is not None, "a run that has lost the lease has released it"
    second.renew()


def test_a_holder_is_silent_when_it_has_not_beaten_for_a_time_to_live_by_the_clock_of_the_store(bucket: Bucket) -> None:
    lease = Lease(bucket)
    lease.acquire()
    found = bucket.get(LEASE_FILE)
    assert found is not None
    now = [found.modified_at]
    reader = Lease(bucket, wall_clock=lambda: now[0])
    for seconds, silent_since in ((-30, None), (59, None), (61, found.modified_at)):
        now[0] = found.modified_at + seconds
        holder = reader.holder()
        assert holder is not None and holder.silent_since == silent_since
    lease.release()
    now[0] += 120
    assert reader.holder() is None


def test_a_run_that_waits_hears_of_whom_and_gets_it_in_the_end(bucket: Bucket, time: Time) -> None:
    first = lease_of(bucket, time)
    first.acquire()
    name = name_of_holder(first)
    beat = beating(first, time)
    heard: list[str] = []

    def live_for_ten_minutes() -> None:
        if time.now < 600:
            beat()

    lease_of(bucket, time, while_asleep=live_for_ten_minutes).acquire(patience_seconds=1e9, waiting=heard.append)

    assert 640 < time.now < 670
    assert set(heard) == {name}


def test_a_run_that_has_waited_long_enough_gives_up_at_the_next_beat(bucket: Bucket, time: Time) -> None:
    first = lease_of(bucket, time)
    first.acquire()
    with pytest.raises(StateLockedError):
        lease_of(bucket, time, while_asleep=beating(first, time)).acquire(patience_seconds=100)
    assert 100 <= time.now <= 122


def test_a_run_that_waits_may_stop_to(bucket: Bucket, time: Time) -> None:
    def waiting(_: str) -> None:
        raise InterruptedRunError("stopped")

    lease_of(bucket, time).acquire()
    with pytest.raises(InterruptedRunError):
        lease_of(bucket, time).acquire(waiting=waiting)


def test_of_two_that_outwait_a_dead_run_one_gets_it(bucket: Bucket, time: Time) -> None:
    lease_of(bucket, time).acquire()
    second = Lease(bucket, ttl_seconds=1, clock=time.clock, sleep=time.sleep)

    def be_quicker() -> None:
        if time.now >= 50 and second.epoch == 0:
            second.acquire()

    with pytest.raises(StateLockedError):
        lease_of(bucket, time, while_asleep=be_quicker).acquire()
    second.renew()


def beat_of(bucket: Bucket) -> int:
    found = bucket.get(LEASE_FILE)
    assert found is not None
    return int(json.loads(found.data)["beat"])


@pytest.mark.parametrize("data", [b"\xff", b"[]", b"{}", b'{"owner": null, "epoch": 1, "later": 2}'])
def test_a_lease_that_cannot_be_read_is_somebodys_until_it_is_outwaited(
    bucket: Bucket, time: Time, data: bytes
) -> None:
    bucket.create(LEASE_FILE, data)
    lease = lease_of(bucket, time)
    assert name_of_holder(lease) == "its name cannot be read"
    lease.acquire()
    assert time.now > 60


def test_a_renewal_whose_outcome_was_never_heard_is_not_a_take_over(
    bucket: Bucket, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    lease = lease_of(bucket, time)
    lease.acquire()
    real = obstore.put

    def put_and_fail(*args: Any, **named: Any) -> None:
        real(*args, **named)
        raise PermissionDeniedError("status code: 403 Forbidden")

    with monkeypatch.context() as patched:
        patched.setattr(obstore, "put", put_and_fail)
        with pytest.raises(StatePermissionError):
            lease.renew()
    time.sleep(41)
    beat = beat_of(bucket)
    lease.renew()
    lease.renew()
    assert beat_of(bucket) > beat


def test_an_epoch_is_above_that_of_what_it_protects(bucket: Bucket, time: Time) -> None:
    first, second = lease_of(bucket, time), lease_of(bucket, time)
    first.acquire(above=7)
    first.release()
    second.acquire(above=3)
    assert (first.epoch, second.epoch) == (8, 9)
