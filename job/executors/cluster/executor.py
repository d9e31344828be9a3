"""The executor of a search whose trials train on the workers of a cluster."""

import itertools
import pickle
import queue
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from job.core.events import Notice
from job.executors import HERE, Ending, Handle, Place, Returned, Tell
from job.executors.cluster.freight import Parcel, Word, files_in, pack, take_in
from job.executors.cluster.link import Link
from job.executors.cluster.terms import Terms
from job.executors.processes import ProcessExecutor
from job.training import Stopped


@dataclass
class _Call:
    """A call that is made on a worker, or waits for one."""

    parcel: Callable[[Place], bytes]
    folder: Path | None
    log: Path | None
    place: Place | None  # None: it waits
    ending: Ending | None = None


class ClusterExecutor:
    """Calls on the workers that there are, and those about no trial in processes here.

    `address` is where the scheduler of the cluster is; it `listens` there itself, or joins one that is there. No more
    than so many `workers` are at work at a time; None: all that there are.
    """

    def __init__(self, address: str, *, listens: bool, workers: int | None = None) -> None:
        self._address, self._listens, self._most = address, listens, workers
        self._home = ProcessExecutor()
        self._at_home: dict[Handle, Handle] = {}
        self._calls: dict[Handle, _Call] = {}
        self._numbers = itertools.count(1)
        self._heard: queue.SimpleQueue[Word | Notice] = queue.SimpleQueue()
        self._link: Link | None = None
        self._shared: Path | None = None

    @contextmanager
    def opened(self, terms: Terms) -> Iterator[None]:
        """Have workers that meet the terms take calls until the end of the block.

        Where that ends well, or in an error that another run would not mend, they are told that they can go.
        Raise SettingsError where Dask is not installed, or the address cannot be listened at, and ClusterLostError
        where no scheduler is; `wait` raises the latter once that one has gone.
        """
        self._shared = terms.setup.shared
        with Link(
            self._address, listens=self._listens, terms=terms, numbers=self._numbers, put=self._heard.put
        ) as link:
            self._link = link
            try:
                yield
            finally:
                self.close_all()
                self._link = None

    def workers(self) -> tuple[Place, ...]:
        """Return the workers that there are now, no more than are to be at work."""
        return () if self._link is None else self._link.places()[: self._most]

    def start(self) -> None:
        self._home.start()

    def prepare(self) -> None:
        self._home.prepare()

    def submit(
        self,
        function: Callable[..., Any],
        *args: Any,
        log: Path | None,
        timeout: float | None = None,
        place: Place | None = HERE,
        folder: Path | None = None,
    ) -> Handle:
        handle = Handle(next(self._numbers))
        if place == HERE:
            self._at_home[handle] = self._home.submit(function, *args, log=log, timeout=timeout)
            return handle
        content = pack(function, args, folder=folder, shared=self._shared)

        def parcel(at: Place) -> bytes:
            return pickle.dumps(
                Parcel(
                    call=content,
                    files={} if folder is None else files_in(folder),
                    has_log=log is not None,
                    timeout=timeout,
                    environment=at.environment,
                )
            )

        self._calls[handle] = _Call(parcel, folder, log, None)
        if place is None:
            self._place_those_that_wait()
        else:
            self._send(handle, place)
        return handle

    def wait(self, handles: Collection[Handle], tell: Tell, seconds: float) -> Mapping[Handle, Ending]:
        """Beside what calls say, it tells which workers come and go: without any calls too, for all of the time."""
        until = time.monotonic() + seconds
        at_home = {self._at_home[handle]: handle for handle in handles if handle in self._at_home}
        while True:
            if self._link is not None and self._link.failure is not None:
                raise self._link.failure
            self._place_those_that_wait()
            endings = self._home.wait(tuple(at_home), tell, seconds)
            ended = {at_home[handle]: ending for handle, ending in endings.items()} | self._ended(handles)
            left = 0.0 if ended or at_home else max(until - time.monotonic(), 0.0)
            self._listen(tell, left)
            ended |= self._ended(handles)
            if ended or time.monotonic() >= until:
                for handle in ended:
                    self._at_home.pop(handle, None)
                    self._calls.pop(handle, None)
                return ended

    def stop(self, handle: Handle) -> None:
        if handle in self._at_home:
            self._home.stop(self._at_home[handle])
        elif (call := self._calls.get(handle)) is not None:
            if call.place is None:
                call.ending = Returned(Stopped())
            elif self._link is not None:
                self._link.stop(call.place, handle.number)

    def close(self, handle: Handle) -> None:
        if (at_home := self._at_home.pop(handle, None)) is not None:
            self._home.close(at_home)
        elif (call := self._calls.pop(handle, None)) is not None and call.place is not None and self._link is not None:
            self._link.close(call.place, handle.number)

    def close_all(self) -> None:
        for handle in [*self._calls]:
            self.close(handle)
        self._at_home.clear()
        self._home.close_all()

    def _send(self, handle: Handle, place: Place) -> None:
        assert self._link is not None, "workers are there while it is opened"
        call = self._calls[handle]
        call.place = place
        self._link.submit(place, handle.number, call.parcel(place))

    def _place_those_that_wait(self) -> None:
        waiting = [handle for handle, call in self._calls.items() if call.place is None and call.ending is None]
        if waiting:
            busy = {call.place for call in self._calls.values()}
            idle = [place for place in self.workers() if place not in busy]
            for handle, place in zip(waiting, idle, strict=False):
                self._send(handle, place)

    def _ended(self, handles: Collection[Handle]) -> dict[Handle, Ending]:
        calls = {handle: self._calls[handle] for handle in handles if handle in self._calls}
        return {handle: call.ending for handle, call in calls.items() if call.ending is not None}

    def _listen(self, tell: Tell, seconds: float) -> None:
        """Wait for something that workers say, and take in all that there is."""
        with suppress(queue.Empty):
            heard = self._heard.get(timeout=seconds)
            while True:
                self._take_in(heard, tell)
                heard = self._heard.get_nowait()

    def _take_in(self, heard: Word | Notice, tell: Tell) -> None:
        if isinstance(heard, Notice):
            tell(heard)
            return
        call = self._calls.get(Handle(heard.call))
        if call is None:  # it has been closed
            return
        if call.folder is not None:
            take_in(heard, call.folder, call.log)
        if isinstance(heard.said, Ending):
            call.ending = heard.said
        elif heard.said is not None:
            tell(heard.said)
