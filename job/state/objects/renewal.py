"""The beats of a lease that is held, and word when it is lost."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Lock, Thread

from job.errors import JobError
from job.state.objects.bucket import TakenError
from job.state.objects.lease import BEAT, LOOK, OVERDUE, Lease, name_holder


@contextmanager
def held(lease: Lease, lost: Callable[[str], None]) -> Iterator[None]:
    """Renew a lease that has been acquired, in a thread of its own, for as long as the block runs.

    `lost` is called once, in a thread, with the reason, where another run has taken the lease, or it could not be
    renewed within two thirds of its time to live.
    """
    watch = _Watch(lease, lost)
    threads = [Thread(target=target, daemon=True) for target in (watch.renew, watch.look)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        watch.over.set()


class _Watch:
    """Two threads for one lease: a request may hang for longer than its holder may believe that it has the lease."""

    def __init__(self, lease: Lease, lost: Callable[[str], None]) -> None:
        self.over = Event()
        self._lease, self._lost = lease, lost
        self._telling = Lock()
        self._failure = ""

    def renew(self) -> None:
        while not self.over.wait(BEAT * self._lease.ttl_seconds):
            try:
                self._lease.renew()
                self._failure = ""
            except TakenError as error:
                self._tell(f"{name_holder(error.found)} has taken it over" if error.found else "it has been removed")
            except JobError as error:
                self._failure = f": {error.in_one_line}"

    def look(self) -> None:
        ttl = self._lease.ttl_seconds
        while not self.over.wait(LOOK * ttl):
            if self._lease.is_overdue():
                self._tell(f"it could not be renewed within {OVERDUE * ttl:.0f} s{self._failure}")

    def _tell(self, reason: str) -> None:
        with self._telling:
            if not self.over.is_set():
                self.over.set()
                self._lost(reason)
