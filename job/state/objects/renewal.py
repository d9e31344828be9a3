"""The beats of a lease that is held, and word when it is lost."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

from job.errors import JobError
from job.state.objects.bucket import TakenError
from job.state.objects.lease import BEAT, Lease, name_holder


@contextmanager
def held(lease: Lease, lost: Callable[[str], None]) -> Iterator[None]:
    """Renew a lease that has been acquired, in a thread of its own, for as long as the block runs.

    `lost` is called once, in that thread, with the reason, where another run has taken the lease. Where the store
    cannot be reached, it is tried again: another run may take the lease meanwhile, and then that one goes on.
    """
    over = Event()

    def renew() -> None:
        while not over.wait(BEAT * lease.ttl_seconds):
            try:
                with suppress(JobError):
                    lease.renew()
            except TakenError as error:
                over.set()
                lost(f"{name_holder(error.found)} has taken it over" if error.found else "its lease has been removed")

    Thread(target=renew, daemon=True).start()
    try:
        yield
    finally:
        over.set()
