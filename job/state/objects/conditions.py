"""Whether a store does what keeps two runs apart: some ignore the conditions of writes without a word."""

import secrets
from collections.abc import Callable

from job.errors import StateUnsuitableError
from job.state.objects.bucket import Bucket, TakenError


def check_conditional_writes(bucket: Bucket) -> None:
    """Raise StateUnsuitableError where the store ignores what a write depends on, tried on a fresh object."""
    name = f".condition-{secrets.token_hex(8)}"
    honoured = _honours_conditions(bucket, name)
    bucket.delete([name])
    if not honoured:
        raise StateUnsuitableError(
            f"{bucket.address} cannot keep two runs apart: its store ignores If-None-Match or If-Match",
            hint="name an address in a store that honours both, as S3, Google Cloud Storage and Azure do",
        )


def _honours_conditions(bucket: Bucket, name: str) -> bool:
    data = [f"{name} {number}".encode() for number in range(4)]
    first = bucket.create(name, data[0])
    if not _is_refused(lambda: bucket.create(name, data[1])):
        return False
    bucket.swap(name, data[2], first)
    return _is_refused(lambda: bucket.swap(name, data[3], first))


def _is_refused(write: Callable[[], object]) -> bool:
    try:
        write()
    except TakenError:
        return True
    return False
