"""Whole objects in a bucket: what is read, written, created and swapped, and what happens when the store does not."""

from collections.abc import Callable
from typing import Any

import obstore
import pytest
from obstore.exceptions import AlreadyExistsError, GenericError, PermissionDeniedError

from job.errors import ExitCode, JobError, StateUnsuitableError, StateUnwritableError
from job.state.objects.bucket import Bucket, Found, TakenError
from job.state.objects.conditions import check_conditional_writes
from tests.state.objects.fakes import Time, memory_bucket

OUTAGE = "Generic S3 error: Error performing PUT http://x/y?sig=SECRET in 5s - HTTP error\nHttpError { kind: Connect, }"


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def bucket(time: Time) -> Bucket:
    return memory_bucket(time)


def replaced(monkeypatch: pytest.MonkeyPatch, what: str, change: Callable[[Callable[[], Any]], Any]) -> None:
    """Have a function of obstore do what `change` makes of a call of it."""
    real = getattr(obstore, what)
    monkeypatch.setattr(obstore, what, lambda *args, **named: change(lambda: real(*args, **named)))


def test_what_was_put_is_found(bucket: Bucket) -> None:
    assert bucket.get("a/b.json") is None
    bucket.put("a/b.json", b"one")
    bucket.put("a/b.json", b"two", "application/json")

    found = bucket.get("a/b.json")
    assert found is not None
    assert found.data == b"two"
    assert obstore.get(bucket.store, "a/b.json").attributes == {"Content-Type": "application/json"}


def test_only_one_creates_an_object(bucket: Bucket) -> None:
    version = bucket.create("lease.json", b"mine")
    with pytest.raises(TakenError) as caught:
        bucket.create("lease.json", b"theirs")

    assert caught.value.found == Found(b"mine", version) == bucket.get("lease.json")


def test_an_object_is_swapped_only_by_whoever_knows_its_version(bucket: Bucket) -> None:
    first = bucket.create("study.json", b"1")
    second = bucket.swap("study.json", b"2", first)
    with pytest.raises(TakenError) as caught:
        bucket.swap("study.json", b"3", first)

    assert caught.value.found == Found(b"2", second) == bucket.get("study.json")
    bucket.delete(["study.json"])
    with pytest.raises(TakenError) as caught:
        bucket.swap("study.json", b"3", second)
    assert caught.value.found is None


def test_names_are_sorted_and_those_of_a_folder(bucket: Bucket) -> None:
    for name in ("b/2", "a/1", "b/10", "bc", "b/x/y"):
        bucket.put(name, b"")

    assert list(bucket.names()) == ["a/1", "b/10", "b/2", "b/x/y", "bc"]
    assert list(bucket.names("b")) == ["b/10", "b/2", "b/x/y"]
    bucket.delete(["b/2", "nobody", "bc"])
    bucket.delete([])
    assert list(bucket.names()) == ["a/1", "b/10", "b/x/y"]


def test_what_is_large_goes_there_and_back_in_parts(bucket: Bucket) -> None:
    data = bytes(range(256)) * 50_000  # more than two parts
    bucket.put("models/1", data)
    found = bucket.get("models/1")
    assert found is not None and found.data == data


@pytest.mark.parametrize("error", [AlreadyExistsError("412"), GenericError(OUTAGE)])
def test_a_write_whose_answer_is_lost_is_not_somebody_elses(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    lost: list[bool] = []

    def lose_the_first(put: Callable[[], Any]) -> Any:
        answer = put()
        if lost:
            return answer
        lost.append(True)
        raise error

    replaced(monkeypatch, "put", lose_the_first)
    version = bucket.create("lease.json", b"nonce 1")
    lost.clear()
    version = bucket.swap("lease.json", b"nonce 2", version)

    assert bucket.get("lease.json") == Found(b"nonce 2", version)


def test_a_refused_write_is_tried_again_where_its_condition_holds(
    bucket: Bucket, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = bucket.create("study.json", b"1")
    calls: list[str] = []

    def conflict_once(put: Callable[[], Any]) -> Any:
        calls.append("put")
        if len(calls) % 2:
            raise AlreadyExistsError("status code: 409 Conflict")
        return put()

    replaced(monkeypatch, "put", conflict_once)
    bucket.create("lease.json", b"nonce")
    bucket.swap("study.json", b"2", version)

    assert len(calls) == 4
    assert time.now == 2


def test_an_outage_of_a_minute_is_ridden_out(bucket: Bucket, time: Time, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail_at_first(request: Callable[[], Any]) -> Any:
        if time.now < 59:
            raise GenericError(OUTAGE)
        return request()

    for what in ("put", "get", "list", "delete"):
        replaced(monkeypatch, what, fail_at_first)
    for ask in (
        lambda: bucket.put("a", b"1"),
        lambda: bucket.get("a"),
        lambda: [*bucket.names()],
        lambda: bucket.delete("a"),
    ):
        time.now = 0
        ask()
        assert time.now == 59


def test_a_longer_outage_ends_in_an_error_that_names_the_address_and_no_secret(
    bucket: Bucket, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Callable[[], Any]) -> Any:
        raise GenericError(OUTAGE)

    replaced(monkeypatch, "put", fail)
    with pytest.raises(StateUnwritableError) as caught:
        bucket.create("study.json", b"1")

    assert time.now == 60
    assert str(caught.value) == "cannot use s3://bucket/run/study.json: no connection"
    assert "AWS_ENDPOINT_URL" in caught.value.hint
    assert caught.value.__cause__ is None and caught.value.__suppress_context__, "a traceback would show the secret"


@pytest.mark.parametrize(
    ("error", "exit_code", "words"),
    [
        (
            PermissionDeniedError("status code: 403 Forbidden: <Error><Code>AccessDenied</Code>"),
            ExitCode.NO_PERMISSION,
            "403 Forbidden (AccessDenied); look whether these are valid, and may read, write, list and delete",
        ),
        (
            GenericError("status code: 400 Bad Request: <Error><Code>ExpiredToken</Code>"),
            ExitCode.NO_PERMISSION,
            "400 Bad Request (ExpiredToken); look whether",
        ),
        (
            GenericError("Error performing PUT http://169.254.169.254/latest/api/token HttpError { kind: Connect, }"),
            ExitCode.NO_PERMISSION,
            "found no credentials; set AWS_ACCESS_KEY_ID",
        ),
        (
            GenericError("Failed to read token file '/var/token'"),
            ExitCode.NO_PERMISSION,
            "the token file cannot be read; look whether",
        ),
        (
            FileNotFoundError("status code: 404 Not Found: <Error><Code>NoSuchBucket</Code>"),
            ExitCode.IO_ERROR,
            "there is no bucket 'bucket'; make the bucket",
        ),
        (
            GenericError("status code: 301 Moved Permanently: <Error><Code>PermanentRedirect</Code>"),
            ExitCode.IO_ERROR,
            "301 Moved Permanently (PermanentRedirect), as a bucket in another region says; set AWS_REGION",
        ),
        (
            GenericError("status code: 507 Insufficient Storage"),
            ExitCode.IO_ERROR,
            "507 Insufficient Storage; check the network, the store",
        ),
    ],
)
def test_what_does_not_pass_is_told_at_once(
    bucket: Bucket, time: Time, monkeypatch: pytest.MonkeyPatch, error: Exception, exit_code: ExitCode, words: str
) -> None:
    def fail(_: Callable[[], Any]) -> Any:
        raise error

    replaced(monkeypatch, "get", fail)
    with pytest.raises(JobError) as caught:
        bucket.get("study.json")

    assert time.now == 0
    assert caught.value.exit_code is exit_code
    assert caught.value.in_one_line.startswith(f"cannot use s3://bucket/run/study.json: {words}")


def test_a_store_that_honours_conditions_is_let_pass_and_left_clean(bucket: Bucket) -> None:
    check_conditional_writes(bucket)
    assert not list(bucket.names())


@pytest.mark.parametrize("ignored", ["create", "swap"])
def test_a_store_that_ignores_conditions_is_found_out(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch, ignored: str
) -> None:
    real = obstore.put

    def put(store: Any, name: str, data: bytes, *, mode: Any) -> Any:
        is_ignored = (mode == "create") == (ignored == "create")
        return real(store, name, data, mode="overwrite" if is_ignored else mode)

    monkeypatch.setattr(obstore, "put", put)
    with pytest.raises(StateUnsuitableError, match="s3://bucket/run cannot keep two runs apart") as caught:
        check_conditional_writes(bucket)

    assert caught.value.exit_code == ExitCode.CONFIG
    assert not list(bucket.names())
