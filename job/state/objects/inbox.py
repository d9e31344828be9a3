"""The inbox of a search whose state is in an object store: an object for each request."""

from dataclasses import dataclass

from job.core.journal import Request
from job.errors import StateUnreadableError
from job.state.inbox import SUFFIX, dump, load, new_name
from job.state.objects.bucket import Bucket

_FOLDER = "inbox/"


@dataclass(frozen=True)
class ObjectInbox:
    """The requests below an address; used as `job.state.inbox.Inbox` is."""

    bucket: Bucket

    def write(self, request: Request) -> str:
        name = new_name()
        self.bucket.put(self._object(name), dump(request))
        return name

    def names(self) -> tuple[str, ...]:
        found = self.bucket.names(_FOLDER)
        return tuple(sorted(name.removeprefix(_FOLDER).removesuffix(SUFFIX) for name in found if name.endswith(SUFFIX)))

    def read(self, name: str) -> Request:
        place = f"{self.bucket.address}/{self._object(name)}"
        if (found := self.bucket.get(self._object(name))) is None:
            raise StateUnreadableError(f"{place} cannot be read (it is not there)")
        return load(found.data, place)

    def remove(self, name: str) -> None:
        self.bucket.delete([self._object(name)])

    def set_aside(self, name: str) -> str:
        """Give a request that cannot be read another name, and return that."""
        aside = f"{self._object(name)}.damaged-1"
        if (found := self.bucket.get(self._object(name))) is not None:
            self.bucket.put(aside, found.data)
            self.remove(name)
        return aside

    def _object(self, name: str) -> str:
        return f"{_FOLDER}{name}{SUFFIX}"
