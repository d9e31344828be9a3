"""What a search has Dask call in the process of a worker. A worker serves one search at a time, the last that came."""

import os
import pickle
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing import current_process
from typing import Any

from job.executors.cluster.freight import Parcel
from job.executors.cluster.node import Node
from job.executors.room import VISIBLE
from job.memory import usable_memory
from job.versions import arithmetic_settings, program_versions


@dataclass
class _Service:
    """What this process serves."""

    node: Node | None = None
    is_dismissed: bool = False  # the search that it served has finished, and needs no more workers
    refused: str = ""  # why the search that came last does not take it


_here = _Service()


def introduce(threads: int | None) -> Mapping[str, Any]:
    """Return what decides whether this worker fits a search, as plain values, which any version can read."""
    return {
        "host": socket.gethostname(),
        "versions": program_versions(),
        "arithmetic": arithmetic_settings(threads),
        "memory_bytes": usable_memory(),
        "visible_gpus": os.environ.get(VISIBLE),
        "may_have_children": not current_process().daemon,
    }


async def take_up(search: str) -> None:
    """Serve a search from now on, and no other."""
    leave_search()
    _here.node, _here.refused, _here.is_dismissed = Node(search), "", False


def submit(search: str, number: int, parcel: bytes) -> None:
    """Begin call `number` of a search."""
    given: Parcel = pickle.loads(parcel)
    _node(search).submit(number, given)


def stop(search: str, number: int) -> None:
    """Ask a call to leave a checkpoint and end."""
    _node(search).stop(number)


def close(search: str, number: int) -> None:
    """End a call at once."""
    _node(search).close(number)


async def hear(search: str, after: int, seconds: float) -> bytes:
    """Return, pickled, what has been said since word `after`, as `Node.hear` does."""
    return pickle.dumps(await _node(search).hear(after, seconds))


def refuse(reason: str) -> None:
    """Note why the search does not take this worker."""
    _here.refused = reason


def dismiss(*, finished: bool) -> None:
    """Leave the search; where it has `finished`, no other is waited for."""
    leave_search()
    _here.is_dismissed = finished


def leave_search() -> None:
    """End all calls at once."""
    if _here.node is not None:
        _here.node.end()
        _here.node = None


def serving() -> _Service:
    """Return what this process serves, for the program that the worker is in."""
    return _here


class OtherSearchError(Exception):
    """Another search has come to this worker."""


def _node(search: str) -> Node:
    node = _here.node
    if node is None or node.search != search:
        raise OtherSearchError(f"the worker serves {'none' if node is None else 'another'}")
    return node
