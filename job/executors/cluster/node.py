"""A worker of a cluster as a search uses it: it makes calls in processes of its own, and says what becomes of them.

What it has to say is numbered, and kept until the search says that it has it, so that nothing is lost with an answer.
A worker that its search does not ask for a while ends all calls: the search is gone, or has given this worker up and
has them made elsewhere.
"""

import asyncio
import queue
import shutil
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from job.core.events import BatchesDone, Event
from job.data.shared import memory_file
from job.errors import DataMissingError, JobError, StatePermissionError, StateUnwritableError
from job.executors import Ending, Handle, Lost, Place, Raised
from job.executors.cluster.freight import LOG, Outgoing, Parcel, Word, unpack
from job.executors.processes import ProcessExecutor
from job.executors.scratch import scratch_directory
from job.state import durable

# How long a search may not ask before its calls are ended: longer than it takes itself to give a worker up.
DESERTED_SECONDS = 90.0
_TICK_SECONDS = 0.1
_GATHER_SECONDS = 0.05  # from the first word to the answer with it: what is said close together goes in one
_PROGRESS_SECONDS = 1.0  # between two words on how far a call has come
_LOG_SECONDS = 1.0  # between two looks at what the calls have printed
_OF_THE_MACHINE = (DataMissingError, StatePermissionError, StateUnwritableError)


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What a worker has said since it was last asked."""

    words: tuple[Word, ...]
    last: int  # the number of the last of these words
    is_leaving: bool  # it takes no more calls


@dataclass(frozen=True)
class _Call:
    handle: Handle
    outgoing: Outgoing


@dataclass(frozen=True)
class _Told:
    """An event, and which call has told it."""

    call: int
    event: Event


class Node:
    """The calls of one search on this worker, which a thread of its own handles."""

    def __init__(self, search: str) -> None:
        self.search = search  # its name
        self.trouble: JobError | None = None  # of this machine: why it takes no more calls
        self._words = _Words(asyncio.get_running_loop())
        self._orders: queue.SimpleQueue[Callable[[_Calls], None]] = queue.SimpleQueue()
        self._asked_at = time.monotonic()
        self._is_leaving = self._is_over = False
        self._at_work = 0
        self._thread = threading.Thread(target=self._work, name="node", daemon=True)
        self._thread.start()

    @property
    def is_leaving(self) -> bool:
        return self._is_leaving or self.trouble is not None

    @property
    def is_idle(self) -> bool:
        """Whether no call is at work, and the search has all that calls have said."""
        return not self._at_work and self._orders.empty() and not self._words

    def submit(self, number: int, parcel: Parcel) -> None:
        """Begin call `number`, which no other call has had."""
        self._orders.put(lambda calls: calls.begin(number, parcel))

    def stop(self, number: int) -> None:
        """Ask a call to leave a checkpoint and end; asking again changes nothing."""
        self._orders.put(lambda calls: calls.stop(number))

    def close(self, number: int) -> None:
        """End a call at once."""
        self._orders.put(lambda calls: calls.close(number))

    def leave(self) -> None:
        """Take no more calls, and hand those at work back: each leaves a checkpoint."""
        self._is_leaving = True
        self._orders.put(lambda calls: calls.stop_all())
        self._words.wake()

    def end(self) -> None:
        """End all calls at once; returns when they have ended."""
        self._is_over = True
        self._thread.join()

    async def hear(self, after: int, seconds: float) -> Heard:
        """Return what has been said since word `after`, as soon as there is something, or `seconds` have passed."""
        self._asked_at = time.monotonic()
        words, last = await self._words.since(after, seconds)
        self._asked_at = time.monotonic()
        return Heard(words=words, last=last, is_leaving=self.is_leaving)

    def _work(self) -> None:
        with memory_file() as shared:
            calls = _Calls(self._words.say, shared)
            try:
                while not self._is_over:
                    self._obey(calls)
                    calls.listen()
                    self._at_work, self.trouble = len(calls.numbers), calls.trouble
                    if time.monotonic() > self._asked_at + DESERTED_SECONDS:
                        calls.hand_back("its worker was not asked for it any more")
            finally:
                calls.close_all()

    def _obey(self, calls: "_Calls") -> None:
        with suppress(queue.Empty):
            order = self._orders.get(timeout=0 if calls.numbers else _TICK_SECONDS)
            while True:
                self._at_work = 1  # until it is known how many there are
                order(calls)
                order = self._orders.get_nowait()


class _Words:
    """What is said by one thread, and heard in an event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._news = asyncio.Event()
        self._lock = threading.Lock()
        self._numbered: list[tuple[int, Word]] = []
        self._last = 0

    def __bool__(self) -> bool:
        return bool(self._numbered)

    def say(self, word: Word) -> None:
        with self._lock:
            self._last += 1
            self._numbered.append((self._last, word))
        self.wake()

    def wake(self) -> None:
        """Have whoever waits for news look at once."""
        with suppress(RuntimeError):  # the loop has ended with its worker
            self._loop.call_soon_threadsafe(self._news.set)

    async def since(self, after: int, seconds: float) -> tuple[tuple[Word, ...], int]:
        """Return the words after that one, which is known by now, and the number of the last one."""
        with self._lock:
            self._numbered = [each for each in self._numbered if each[0] > after]
            self._news.clear()
            has_news = bool(self._numbered)
        with suppress(TimeoutError):
            if not has_news:
                await asyncio.wait_for(self._news.wait(), seconds)
            await asyncio.sleep(_GATHER_SECONDS)
        with self._lock:
            words = tuple(word for _, word in self._numbered)
            return words, after + len(words)


class _Calls:
    """The calls as the thread has them that handles them."""

    def __init__(self, say: Callable[[Word], None], shared: Path | None) -> None:
        self._say, self._shared = say, shared
        self._executor = ProcessExecutor()
        self._calls: dict[int, _Call] = {}
        self._log_looked_at = self._progress_said_at = 0.0
        self._progress: dict[int, BatchesDone] = {}  # not said yet
        self.trouble: JobError | None = None

    @property
    def numbers(self) -> tuple[int, ...]:
        return tuple(self._calls)

    def begin(self, number: int, parcel: Parcel) -> None:
        folder = scratch_directory() / f"call-{number}"
        try:
            durable.make_directory(folder)
            for name, content in parcel.files.items():
                with durable.state_errors(folder / name):
                    (folder / name).write_bytes(content)
            outgoing = Outgoing(folder)
            outgoing.mark()
            handle = self._executor.submit(
                *(_make, number, parcel.call, folder, self._shared),
                log=folder / LOG if parcel.has_log else None,
                timeout=parcel.timeout,
                place=Place(environment=parcel.environment),
            )
        except JobError as error:
            self._give_up(number, error)
        else:
            self._calls[number] = _Call(handle, outgoing)

    def stop(self, number: int) -> None:
        if (call := self._calls.get(number)) is not None:
            self._executor.stop(call.handle)

    def stop_all(self) -> None:
        for number in self._calls:
            self.stop(number)

    def close(self, number: int) -> None:
        if (call := self._calls.pop(number, None)) is not None:
            self._executor.close(call.handle)
            self._progress.pop(number, None)
            shutil.rmtree(call.outgoing.folder, ignore_errors=True)

    def close_all(self) -> None:
        for number in self.numbers:
            self.close(number)

    def hand_back(self, reason: str) -> None:
        """End all calls at once, and say so."""
        for number in self.numbers:
            self._say(Word(call=number, said=Lost(reason)))
        self.close_all()

    def listen(self) -> None:
        """Hear the calls for a moment, and say what they tell and how they end."""
        handles = {call.handle: number for number, call in self._calls.items()}
        endings = self._executor.wait(tuple(handles), self._tell, _TICK_SECONDS)
        for handle, ending in endings.items():
            self._end(handles[handle], ending)
        if time.monotonic() > self._progress_said_at + _PROGRESS_SECONDS:
            self._progress_said_at = time.monotonic()
            for number, progress in self._progress.items():
                self._say(Word(call=number, said=progress))
            self._progress.clear()
        if time.monotonic() > self._log_looked_at + _LOG_SECONDS:
            self._log_looked_at = time.monotonic()
            for number, call in self._calls.items():
                if log := call.outgoing.log():
                    self._say(Word(call=number, said=None, log=log))

    def _tell(self, told: Any) -> None:
        assert isinstance(told, _Told), "a call tells through `_Telling`"
        if isinstance(told.event, BatchesDone):
            self._progress[told.call] = told.event
        else:
            self._say_of(told.call, told.event)

    def _end(self, number: int, ending: Ending) -> None:
        if isinstance(ending, Raised) and isinstance(ending.error, _OF_THE_MACHINE):
            self._give_up(number, ending.error)
        else:
            self._say_of(number, ending)
        self.close(number)

    def _say_of(self, number: int, said: Event | Ending) -> None:
        self._progress.pop(number, None)  # it is old by now
        outgoing = self._calls[number].outgoing
        files, removed = outgoing.changes()
        self._say(Word(call=number, said=said, files=files, removed=removed, log=outgoing.log()))

    def _give_up(self, number: int, error: JobError) -> None:
        """Hand a call back that cannot be made on this machine, and take no others."""
        self.trouble = error
        self._say(Word(call=number, said=Lost(str(error))))


def _make(number: int, content: bytes, folder: Path, shared: Path | None, control: Any) -> Any:
    """Make a call in a process of its own."""
    function, args = unpack(content, folder=folder, shared=shared)
    return function(*args, _Telling(number, control))


@dataclass(frozen=True)
class _Telling:
    """The control of a call, which tells whose events they are."""

    number: int
    control: Any

    @property
    def must_stop(self) -> bool:
        return bool(self.control.must_stop)

    def tell(self, event: Event) -> None:
        self.control.tell(_Told(self.number, event))
