"""The line from a search to the workers of a cluster: a thread with an event loop, in which Dask's client lives.

Each worker has a conversation of its own: it is asked again and again what it has to say, and has what it is to do sent
in order. One that does not answer for a minute, or that the scheduler has lost, is given up with the calls that it has.
"""

import asyncio
import itertools
import pickle
import secrets
import threading
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any

from job.core.events import Level, Notice
from job.errors import ClusterLostError, ExitCode, JobError, Rerun, SettingsError
from job.executors import Died, Ending, Lost, Place, Raised, Returned
from job.executors.cluster import service
from job.executors.cluster.freight import Parcel, Word, pack
from job.executors.cluster.importing import import_dask
from job.executors.cluster.node import Heard
from job.executors.cluster.terms import Terms, machine_of
from job.executors.room import environment_of, room_for_workers
from job.training import look_at_data, look_for_devices
from job.training.devices import describe
from job.words import count

if TYPE_CHECKING:
    from distributed import Client

# How long a worker may take to answer before it is given up; it gives itself up for the search somewhat later.
LOST_SECONDS = 60.0
_HEAR_SECONDS = 5.0  # that a worker waits for something to say
_LOOK_SECONDS = 0.5  # between two looks at which workers there are
_DISMISS_SECONDS = 2.0  # for all workers to hear that the search ends
_START_SECONDS = 30.0  # for the scheduler to be there


class _GoneError(Exception):
    """A worker is not there any more, for the reason that the message tells."""


class _RefusedError(Exception):
    """A worker does not fit, for the reason that the message tells."""


@dataclass
class _Member:
    """A worker that takes calls."""

    name: str
    address: str
    places: tuple[Place, ...] = ()
    orders: "asyncio.Queue[tuple[Any, ...]]" = field(default_factory=asyncio.Queue)
    calls: set[int] = field(default_factory=set)  # that it has, and have not ended
    heard: int = 0  # the number of the last word
    is_leaving: bool = False
    unreached: str = ""  # why an order has not come to it


class Link:
    """Open while it is entered. What workers say, and notices of them, are given to `put`, in a thread of its own."""

    def __init__(
        self,
        address: str,
        *,
        listens: bool,
        terms: Terms,
        numbers: "itertools.count[int]",
        put: Callable[[Word | Notice], None],
    ) -> None:
        self._address, self._listens, self._terms, self._numbers, self._put = address, listens, terms, numbers, put
        self._search = secrets.token_hex(8)
        self._members: dict[str, _Member] = {}
        self._kind = ""  # of device that the first worker has
        self._opened = threading.Event()
        self.failure: Exception | None = None  # why there is no cluster
        self._thread = threading.Thread(target=self._run, name="cluster", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._leave: asyncio.Event | None = None
        self._finished = False

    def __enter__(self) -> "Link":
        if self._listens:
            import_dask(self._address, "scheduler")
        import_dask(self._address, "client")
        self._thread.start()
        self._opened.wait()
        if self.failure is not None:
            self._thread.join()
            raise self.failure
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._finished = error is None or (
            isinstance(error, JobError) and ExitCode(error.exit_code).rerun is Rerun.NEVER
        )
        assert self._leave is not None, "it has been entered"
        self._in_loop(self._leave.set)
        self._thread.join()

    def places(self) -> tuple[Place, ...]:
        """Return the workers' places that take calls, in the order in which they came."""
        return tuple(place for member in [*self._members.values()] if not member.is_leaving for place in member.places)

    def submit(self, place: Place, number: int, parcel: bytes) -> None:
        """Have call `number` made at a place; where its worker has gone meanwhile, the call is lost."""
        self._order(place, service.submit, number, parcel)

    def stop(self, place: Place, number: int) -> None:
        self._order(place, service.stop, number)

    def close(self, place: Place, number: int) -> None:
        self._order(place, service.close, number)

    def _order(self, place: Place, function: Callable[..., Any], number: int, *rest: Any) -> None:
        def put() -> None:
            member = next((each for each in self._members.values() if each.name == place.machine), None)
            if member is not None:
                if function is service.submit:
                    member.calls.add(number)
                elif function is service.close:
                    member.calls.discard(number)
                member.orders.put_nowait((function, number, *rest))
            elif function is service.submit:
                self._put(Word(call=number, said=Lost(f"worker {place.machine} has gone")))

        self._in_loop(put)

    def _in_loop(self, function: Callable[[], None]) -> None:
        """Have the thread of the link do something; nothing where it has failed and ended, as `failure` tells."""
        assert self._loop is not None, "it has been entered"
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(function)

    def _run(self) -> None:
        try:
            asyncio.run(self._talk())
        except Exception as error:  # noqa: BLE001  (the thread that waits raises it)
            self.failure = error
        finally:
            self._opened.set()

    async def _talk(self) -> None:
        self._loop, self._leave = asyncio.get_running_loop(), asyncio.Event()
        async with AsyncExitStack() as held:
            client = await self._enter(held)
            self._opened.set()
            conversations: dict[str, asyncio.Task[None]] = {}
            while not self._leave.is_set():
                there = await self._there(client)
                if there is None:
                    self.failure = ClusterLostError(
                        f"the scheduler at {self._address} has gone",
                        hint="run the same command again once it is there: all is saved",
                    )
                    raise self.failure
                for address in there.keys() - conversations.keys():
                    conversations[address] = asyncio.create_task(self._converse(client, address, there[address]))
                for address, task in [*conversations.items()]:
                    if address not in there:
                        task.cancel()
                    if task.done():
                        del conversations[address]
                        if not task.cancelled():
                            task.result()  # raises what was no end of a worker, but a mistake
                with suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_SECONDS):
                        await self._leave.wait()
            for task in conversations.values():
                task.cancel()
            await asyncio.gather(*conversations.values(), return_exceptions=True)
            with suppress(TimeoutError):
                async with asyncio.timeout(_DISMISS_SECONDS):
                    await asyncio.gather(*(self._dismiss(client, address) for address in conversations))

    async def _enter(self, held: AsyncExitStack) -> "Client":
        """Start the scheduler, if that is to be done here, and return the client."""
        from distributed import Client, Scheduler

        address = self._address
        if self._listens:
            protocol, _, rest = address.partition("://")
            host, _, port = rest.rpartition(":")
            try:
                scheduler = await held.enter_async_context(
                    Scheduler(
                        host=host.strip("[]"),
                        port=int(port),
                        protocol=f"{protocol}://",
                        dashboard=False,
                        dashboard_address="127.0.0.1:0",
                        worker_ttl=LOST_SECONDS,
                    )
                )
            except (OSError, RuntimeError) as error:  # Dask has the one as the cause of the other
                raise SettingsError(
                    f"--listen: expected an address of this machine that is free, found {address}: "
                    f"{error.__cause__ or error}",
                    hint="end what listens there, or name another port",
                ) from error
            address = scheduler.address
        try:
            return await held.enter_async_context(
                Client(address, asynchronous=True, timeout=_START_SECONDS, set_as_default=False)
            )
        except OSError as error:
            raise ClusterLostError(
                f"--cluster: expected the scheduler of a Dask cluster at {address}, found none: {error}",
                hint="see whether it runs and can be reached from here, and run the same command again",
            ) from error

    async def _there(self, client: "Client") -> Mapping[str, int] | None:
        """Return the workers that the scheduler knows by their addresses, and how many cores each has been given.

        None where the scheduler has gone: it cannot be asked twice in a row.
        """
        for _ in range(2):
            try:
                async with asyncio.timeout(LOST_SECONDS):
                    there: Mapping[str, int] = await client.ncores()
            except (OSError, TimeoutError):
                await asyncio.sleep(_LOOK_SECONDS)
            else:
                return there if client.status == "running" else None
        return None

    async def _converse(self, client: "Client", address: str, cores: int) -> None:
        """Take a worker if it fits, and hear it until it goes."""
        member = _Member(name=address, address=address)
        try:
            await self._greet(client, member, cores)
        except _RefusedError as error:
            self._warn(f"worker {member.name} is not taken: {error}")
            with suppress(_GoneError):
                await self._call(client, address, service.refuse, str(error))
            await asyncio.Event().wait()  # it is not asked again, until it has gone
        except _GoneError:
            return  # it is asked again, if it is there
        self._members[address] = member
        reason, scheduler_has_gone = "the connection to it has broken", False
        delivery = asyncio.create_task(self._deliver(client, member))
        try:
            while not (member.is_leaving and not member.calls):
                await self._hear(client, member)
            reason = ""
            with suppress(_GoneError):  # it stays until it knows that all has been heard
                await self._listen(client, member, seconds=0)
        except _GoneError as error:
            reason, scheduler_has_gone = str(error), await self._there(client) is None
        finally:
            delivery.cancel()
            del self._members[address]
            is_here = not scheduler_has_gone and self.failure is None
            for number in sorted(member.calls) if is_here else ():
                self._put(Word(call=number, said=Lost(f"worker {member.name}: {reason}")))
            if is_here and self._leave is not None and not self._leave.is_set():
                self._warn(f"worker {member.name} has gone: {reason or 'it was asked to end'}")
        if member.is_leaving:
            await asyncio.Event().wait()  # it takes no more calls, until it has gone

    async def _greet(self, client: "Client", member: _Member, cores: int) -> None:
        """Find out whether a worker fits; raise _RefusedError where it does not."""
        terms, setup = self._terms, self._terms.setup
        introduced = await self._call(client, member.address, service.introduce, setup.threads)
        member.name = f"{introduced['host']}:{member.address.rpartition(':')[2]}"
        _insist(terms.refusal(introduced))
        await self._call(client, member.address, service.take_up, self._search)
        devices = await self._ask(client, member, look_for_devices)
        _insist(terms.refusal_of_devices(devices))
        digest, _ = await self._ask(client, member, look_at_data, setup)
        _insist(terms.refusal_of_data(digest))
        for doubt in terms.doubts(introduced, devices, self._kind):
            self._warn(f"worker {member.name}: {doubt}")
        machine = machine_of(introduced, cores, devices)
        workers = room_for_workers(machine, threads=setup.threads, trials_per_gpu=terms.trials_per_gpu)
        visible = introduced["visible_gpus"]
        shown = {} if visible is None else {"CUDA_VISIBLE_DEVICES": visible}
        member.places = tuple(
            Place(member.name, worker, environment_of(worker, len(machine.gpus), shown)) for worker in range(workers)
        )
        kind = describe(devices)
        self._put(Notice(f"worker {member.name} has come: {count(workers, 'trial')} at a time on {kind}"))
        self._kind = self._kind or kind

    async def _ask(self, client: "Client", member: _Member, function: Callable[..., Any], *args: Any) -> Any:
        """Return what a call gives that is made on a worker before it takes those of the search."""
        number = next(self._numbers)
        parcel = Parcel(call=pack(function, args, shared=self._terms.setup.shared), has_log=False)
        await self._call(client, member.address, service.submit, self._search, number, pickle.dumps(parcel))
        while True:
            heard = await self._listen(client, member)
            for word in heard.words:
                match word.said:
                    case Returned(value):
                        return value
                    case Raised(reason) | Died(reason) | Lost(reason):
                        raise _RefusedError(reason)

    async def _hear(self, client: "Client", member: _Member) -> None:
        if member.unreached:
            raise _GoneError(member.unreached)
        heard = await self._listen(client, member)
        member.is_leaving = heard.is_leaving
        for word in heard.words:
            if isinstance(word.said, Ending):
                member.calls.discard(word.call)
            self._put(word)

    async def _listen(self, client: "Client", member: _Member, *, seconds: float = _HEAR_SECONDS) -> Heard:
        content = await self._call(client, member.address, service.hear, self._search, member.heard, seconds)
        heard: Heard = pickle.loads(content)
        member.heard = heard.last
        return heard

    async def _deliver(self, client: "Client", member: _Member) -> None:
        """Send orders to a worker one after the other, until one does not come to it."""
        try:
            while True:
                function, *args = await member.orders.get()
                await self._call(client, member.address, function, self._search, *args)
        except _GoneError as error:
            member.unreached = str(error)

    async def _dismiss(self, client: "Client", address: str) -> None:
        with suppress(_GoneError):
            await self._call(client, address, service.dismiss, finished=self._finished)

    async def _call(
        self, client: "Client", address: str, function: Callable[..., Any], *args: Any, **options: Any
    ) -> Any:
        """Return what a function gives in the process of a worker; raise _GoneError where it gives nothing."""
        try:
            # Not `wait_for`, in which a cancellation can get lost before Python 3.12.
            async with asyncio.timeout(_HEAR_SECONDS + LOST_SECONDS):
                answers = await client.run(function, *args, workers=[address], **options)
        except TimeoutError as error:
            raise _GoneError(f"it has not answered for {LOST_SECONDS:g} s") from error
        except OSError as error:
            raise _GoneError("the connection to it has broken") from error
        except Exception as error:  # whatever Dask, and what is called there, raises
            raise _GoneError(f"{type(error).__name__}: {error}") from error
        return answers[address]

    def _warn(self, message: str) -> None:
        self._put(Notice(message, level=Level.WARNING))


def _insist(refusal: str) -> None:
    if refusal:
        raise _RefusedError(refusal)
