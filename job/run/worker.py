"""The worker of `hpo-job worker`: it comes to the address of a search, serves that, and waits for the next one."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from job.errors import InterruptedRunError
from job.executors.cluster import service
from job.executors.cluster.importing import import_dask
from job.executors.processes import ProcessExecutor
from job.executors.scratch import scratch_directory
from job.run.stopping import StopFlag
from job.threads import cores_here
from job.words import format_duration

if TYPE_CHECKING:
    from distributed import Worker

_TICK_SECONDS = 0.1
_CONNECT_SECONDS = 5.0  # for one try
_REGISTER_SECONDS = 30.0
_BETWEEN_SECONDS = 1.0  # two tries
# Of the grace period, what calls have to leave their checkpoints, and the search to hear of them.
_SHARE_OF_CALLS = 0.75

Say = Callable[[str], None]


def work(address: str, *, wait_seconds: float, grace_seconds: float, stop: StopFlag, say: Say) -> None:
    """Serve the searches that listen at an address, one after the other, until one has finished.

    Raise InterruptedRunError where it is asked to stop, after what was at work has been handed back, and where there
    is no search for `wait_seconds`.
    """
    import_dask(address, "worker")
    say("loading TensorFlow")
    with stop.interruptible():
        ProcessExecutor().prepare()
    asyncio.run(_Program(address, wait_seconds, grace_seconds, stop, say).work())


@dataclass(frozen=True)
class _Program:
    _address: str
    _wait_seconds: float
    _grace_seconds: float
    _stop: StopFlag
    _say: Say

    async def work(self) -> None:
        self._say(f"waiting for a search at {self._address}")
        alone_since = time.monotonic()
        while True:
            has_served = await self._serve()
            if service.serving().is_dismissed:
                self._say("the search has finished")
                return
            self._stop.check()
            if has_served:
                alone_since = time.monotonic()
                self._say(f"the search at {self._address} has gone: waiting for the next one")
            if time.monotonic() - alone_since > self._wait_seconds:
                raise InterruptedRunError(
                    f"no search at {self._address} for {format_duration(self._wait_seconds)}",
                    hint="see whether it runs, and listens at that address; --wait-for-search says how long to wait",
                )
            await asyncio.sleep(_BETWEEN_SECONDS)

    async def _serve(self) -> bool:
        """Serve the search at the address until it or this worker ends; return whether there was one."""
        from distributed import Worker

        if not await self._is_there():
            return False
        worker = Worker(
            self._address,
            nthreads=cores_here(),
            memory_limit=0,  # the children have the memory
            dashboard=False,
            dashboard_address="127.0.0.1:0",
            death_timeout=_REGISTER_SECONDS,
            local_directory=str(scratch_directory()),
        )
        try:
            await worker
        except (OSError, TimeoutError, ValueError):  # it has gone, or takes none any more
            return False
        try:
            await self._while_it_lasts(worker)
        finally:
            service.leave_search()
            with suppress(Exception):  # of a connection that has broken
                await worker.close(reason="done")
        return True

    async def _is_there(self) -> bool:
        """Tell whether anything listens at the address, which costs less than to come there as a worker."""
        host, _, port = self._address.partition("://")[2].rpartition(":")
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                _, writer = await asyncio.open_connection(host.strip("[]"), int(port))
        except (OSError, TimeoutError):
            return False
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        return True

    async def _while_it_lasts(self, worker: "Worker") -> None:
        told = ""
        self._say(f"has come to the search at {self._address}")
        while worker.status.name == "running" and not self._stop.is_raised:
            here = service.serving()
            if here.is_dismissed:
                return
            if here.refused not in ("", told):
                told = here.refused
                self._say(f"the search does not take it: {told}")
            if here.node is not None and here.node.trouble is not None and here.node.is_idle:
                raise here.node.trouble
            await asyncio.sleep(_TICK_SECONDS)
        if worker.status.name == "running":
            await self._hand_back()

    async def _hand_back(self) -> None:
        """Have what is at work leave a checkpoint, and the search take that, as long as the grace period lasts."""
        node, until = service.serving().node, time.monotonic() + _SHARE_OF_CALLS * self._grace_seconds
        if node is None:
            return
        self._say("hands back what it is at")
        node.leave()
        while not node.is_idle and time.monotonic() < until:
            await asyncio.sleep(_TICK_SECONDS)
