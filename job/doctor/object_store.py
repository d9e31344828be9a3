"""Whether a search can live at an address of an object store: reached, and two runs kept apart."""

import time
from collections.abc import Iterator

from job.address import Address
from job.doctor.check import Check, Verdict
from job.errors import JobError
from job.words import format_moment

SUBJECT = "State"

_SLOW_SECONDS = 1.0  # of a request


def check_address(address: Address) -> Iterator[Check]:
    """Yield what there is to say about the state at an address, whether one is there or not.

    What is tried has an object of its own, which is removed again.
    """
    # Here, so that who has his state in a directory loads no client.
    from job.state.objects.bucket import Bucket
    from job.state.objects.conditions import check_conditional_writes
    from job.state.objects.mirror import HEAD

    try:
        bucket, began_at = Bucket.open(address), time.perf_counter()
        is_there = bucket.get(HEAD) is not None
        seconds = time.perf_counter() - began_at
        yield Check(
            subject=SUBJECT,
            name="contents",
            found="a search is there" if is_there else "no search has begun there",
            values={"search": is_there, "address": str(address)},
        )
        yield _speed(seconds)
        check_conditional_writes(bucket)
        yield Check(subject=SUBJECT, name="conditions", found="a second run is kept out")
    except JobError as error:
        yield Check(
            subject=SUBJECT,
            name="use",
            verdict=Verdict.FAILURE,
            found=str(error),
            hint=error.hint,
            exit_code=error.exit_code,
        )


def _speed(seconds: float) -> Check:
    is_slow = seconds > _SLOW_SECONDS
    return Check(
        subject=SUBJECT,
        name="speed",
        verdict=Verdict.WARNING if is_slow else Verdict.OK,
        found=f"the first request was answered after {format_moment(seconds)}",
        hint="a search makes several requests a trial: take a store that is nearer" if is_slow else "",
        values={"seconds": seconds},
    )
