"""The state of a search in an object store, used as one in a directory is."""

import atexit
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from job.address import Address
from job.core.study import Study
from job.errors import JobError
from job.state import study_json
from job.state.directory import StateDirectory
from job.state.inbox import Requests
from job.state.objects.bucket import Bucket
from job.state.objects.conditions import check_conditional_writes
from job.state.objects.inbox import ObjectInbox
from job.state.objects.lease import TIME_TO_LIVE_SECONDS, Lease
from job.state.objects.mirror import HEAD, HEAD_BEFORE, Mirror
from job.state.objects.renewal import held
from job.state.owner import Holder
from job.state.temporary import make_own_directory, system_directory

_PREFIX = "hpo-state-"


def open_state(address: Address) -> "ObjectState":
    """Return the state at an address; nothing is asked of the store yet.

    What this process has of it is in a temporary directory, which goes with the process, or with the next one on this
    machine that opens a state where it was killed. Raise StateUnwritableError where there is no room for one.
    """
    root = make_own_directory(_PREFIX, system_directory())
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    return ObjectState(root, address, Bucket.open(address))


@dataclass(frozen=True)
class ObjectState(StateDirectory):
    """The state at `address`; what this process has of it is in the directory `root`."""

    address: Address
    bucket: Bucket
    ttl_seconds: float = TIME_TO_LIVE_SECONDS  # of its lease
    mirror: Mirror = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "mirror", Mirror(self.bucket, self.root))

    @property
    def inbox_seconds(self) -> float:
        """How often the inbox is to be looked into: each look is a request, which costs."""
        return 10.0

    @property
    def place(self) -> Address:
        return self.address

    def told(self, path: Path) -> str:
        return str(self.address.child(self._name(path)))

    def retraining_place(self, number: int, epochs: int) -> Address:
        return self.address.child(super().retraining_place(number, epochs).name)

    @property
    def inbox(self) -> Requests:
        return ObjectInbox(self.bucket)

    def holder(self) -> Holder | None:
        return self._lease().holder()

    @contextmanager
    def lock(
        self,
        *,
        patience_seconds: float = 0.0,
        waiting: Callable[[str], None] | None = None,
        lost: Callable[[str], None] | None = None,
    ) -> Iterator[None]:
        """Hold the state by its lease; that of a run which has gone without a word is over after a minute."""
        check_conditional_writes(self.bucket)
        lease = self._lease()
        lease.acquire(above=self.mirror.last_run(), patience_seconds=patience_seconds, waiting=waiting)
        self.mirror.run = lease.epoch
        try:
            with held(lease, lost or _nobody):
                yield
                self.mirror.put_derived()
        finally:
            self.mirror.let_go()
            with suppress(JobError):  # it is over in a while by itself
                lease.release()

    def take_over(self) -> tuple[str, ...]:
        return self.mirror.take_over()

    def bring(self) -> None:
        self.mirror.bring()

    def save(self, study: Study) -> None:
        """Make `study` hold with all that is in the directory; raise StateLostError where another run has the state."""
        if not self.mirror.is_held:
            self.mirror.take_over()
        self.mirror.commit(study_json.dump(study))

    def save_progress(self, study: Study) -> None:
        """Do as `save` does, but not soon after the last time: that costs more than to train for some seconds again."""
        if not self.mirror.has_just_committed:
            self.save(study)

    def begin_again_with(self, study: Study, aside: Path) -> None:
        super().begin_again_with(study, aside)
        for name in self.inbox.names():  # they were of the search that goes
            self.inbox.remove(name)
        self.mirror.commit(study_json.dump(study))

    def log_of(self, number: int) -> Path:
        path = super().log_of(number)
        if not self.mirror.is_held:
            self.mirror.fetch_derived(self._name(path))
        return path

    def write_result(self, data: bytes) -> None:
        super().write_result(data)
        self._put_derived()

    def report_file(self, name: str) -> bytes | None:
        path = self.report_directory / name
        if not self.mirror.is_held or not path.exists():
            self.mirror.fetch_derived(self._name(path))
        return super().report_file(name)

    def write_report(self, files: Mapping[str, bytes | None]) -> None:
        super().write_report(files)
        self._put_derived()

    def _lease(self) -> Lease:
        return Lease(self.bucket, ttl_seconds=self.ttl_seconds)

    def _put_derived(self) -> None:
        """Put what is derived into the bucket at once, where no run does so after a while."""
        if not self.mirror.is_held:
            self.mirror.put_derived()

    def _bytes(self, path: Path) -> bytes | None:
        if path in (self.study_file, self.previous_study_file):
            return self.mirror.study(HEAD if path == self.study_file else HEAD_BEFORE)
        self.mirror.fetch(self._name(path))
        return super()._bytes(path)

    def _name(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()


def _nobody(reason: str) -> None:
    """Hear that the state is held no longer, where a save that fails is word enough."""
    del reason
