"""Calls for executors, and how they end."""

import os
import signal
import time
from collections.abc import Collection
from pathlib import Path

from job.core.events import Event, Notice
from job.executors import Ending, Executor, Handle
from job.training import Control


def add(one: int, other: int, control: Control) -> int:
    control.tell(Notice("adding"))
    return one + other


def crash(control: Control) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def hang(control: Control) -> None:
    time.sleep(3600)


def work_until_stopped(control: Control) -> str:
    control.tell(Notice("working"))
    while not control.must_stop:
        time.sleep(0.01)
    return "stopped"


def end_of(executor: Executor, handle: Handle, events: list[Event] | None = None) -> Ending:
    return ends_of(executor, [handle], events)[handle]


def ends_of(executor: Executor, handles: Collection[Handle], events: list[Event] | None = None) -> dict[Handle, Ending]:
    """Return how calls end that were submitted together."""
    tell, endings = (events if events is not None else []).append, dict[Handle, Ending]()
    deadline = time.monotonic() + 60
    while left := [handle for handle in handles if handle not in endings]:
        assert time.monotonic() < deadline, "a call does not end"
        endings |= executor.wait(left, tell, 0.1)
    return endings


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text().split()[2]
