"""Workers of a cluster that sleep instead of training: `hpo-job worker`, with calls in threads instead of processes."""

import multiprocessing
import os
import pickle
import queue
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from program import free_port
from workers import BATCHES, Reached, end_of, factor_of, train

from job import training
from job.core.events import TrainingBegan
from job.executors import Ending, Handle, Raised, Returned, Tell, outcome_of
from job.executors.cluster import node
from job.run import worker
from job.run.stopping import StopFlag
from job.state import durable
from job.training import Setup
from job.training.devices import Device
from job.training.progress import Progress

COME_SECONDS = 120.0  # for a worker to find its search
_TELL_SECONDS = 0.25  # as `Progress` does
_SPANS = "spans"


@dataclass(frozen=True)
class Work:
    """What a call does instead of training."""

    folder: Path
    batch_seconds: float
    off: float
    kilobytes: int

    def advance(self, *given: Any) -> Any:
        """Sleep as long as a step takes, and tell what it tells."""
        _, number, params, _, thresholds, files, control = given
        began = time.monotonic()
        before = pickle.loads(files.checkpoint.read_bytes()) if files.checkpoint.exists() else (Reached(), b"")
        reached = train(number, params, thresholds, before[0])
        batch_seconds = self.batch_seconds * factor_of(number, self.off)
        control.tell(TrainingBegan(number, BATCHES))
        progress = Progress(number, BATCHES, control)
        ends = began + (reached.batches - before[0].batches) * batch_seconds
        while (left := ends - time.monotonic()) > 0:
            epoch, batch = divmod(reached.batches - round(left / batch_seconds), BATCHES)
            progress.tell(epoch + 1, batch, {"loss": 0.1})
            time.sleep(min(_TELL_SECONDS, left))
        durable.write(files.checkpoint, pickle.dumps((reached, os.urandom(1000 * self.kilobytes))))
        told, ending = end_of(number, params, reached, seconds=reached.batches * batch_seconds)
        control.tell(told)
        with (self.folder / f"{_SPANS}-{os.getpid()}").open("a") as spans:
            spans.write(f"{began} {time.monotonic()}\n")
        return ending


@contextmanager
def workers(number: int, work: Work) -> Iterator[str]:
    """Run workers, which are forked, until the end of the block; yield where they look for a search."""
    import distributed  # noqa: F401  (once for all)

    address, context = f"tcp://127.0.0.1:{free_port()}", multiprocessing.get_context("fork")
    processes = [context.Process(target=_serve, args=(address, work)) for _ in range(number)]
    try:
        for each in processes:
            each.start()
        yield address
    finally:
        for each in processes:
            each.kill()
            each.join()


def _serve(address: str, work: Work) -> None:
    """Be a worker that sleeps."""
    training.advance = work.advance
    training.look_for_devices = _devices
    training.look_at_data = _no_data
    node.ProcessExecutor = worker.ProcessExecutor = Threads
    worker.work(address, wait_seconds=COME_SECONDS, grace_seconds=1.0, stop=StopFlag(), say=lambda _: None)


def _devices(control: Any) -> tuple[Device, ...]:
    del control
    return (Device(kind="CPU", name="simulated", cores=1),)


def _no_data(setup: Setup, control: Any) -> tuple[str, None]:
    del setup, control
    return "", None


def spans_in(folder: Path) -> list[list[tuple[float, float]]]:
    """Return when each step has begun and ended, for each worker."""
    found = []
    for path in sorted(folder.glob(f"{_SPANS}-*")):
        lines = [line.split() for line in path.read_text().splitlines()]
        found.append([(float(began), float(ended)) for began, ended in lines])
    return found


class Threads:
    """An executor as the workers have one, whose calls are made in threads."""

    def __init__(self) -> None:
        self._said: dict[Handle, queue.SimpleQueue[Any]] = {}
        self._news: queue.SimpleQueue[Handle] = queue.SimpleQueue()

    def start(self) -> None: ...
    def prepare(self) -> None: ...
    def stop(self, handle: Handle) -> None: ...

    def submit(self, function: Callable[..., Any], *args: Any, **_: Any) -> Handle:
        handle = Handle(len(self._said) + 1)
        self._said[handle] = queue.SimpleQueue()
        control = _Control(lambda said: self._say(handle, said))
        thread = threading.Thread(
            target=lambda: self._say(handle, outcome_of(lambda given: function(*args, given), control)), daemon=True
        )
        thread.start()
        return handle

    def wait(self, handles: Collection[Handle], tell: Tell, seconds: float) -> Mapping[Handle, Ending]:
        if not handles:
            return {}
        try:
            handle = self._news.get(timeout=seconds)
        except queue.Empty:
            return {}
        said = self._said[handle].get()
        if isinstance(said, Returned | Raised):
            return {handle: said}
        tell(said)
        return {}

    def close(self, handle: Handle) -> None: ...
    def close_all(self) -> None: ...

    def _say(self, handle: Handle, said: Any) -> None:
        self._said[handle].put(said)
        self._news.put(handle)


@dataclass(frozen=True)
class _Control:
    tell: Tell
    must_stop: bool = False
