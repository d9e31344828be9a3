"""Tracebacks for whoever has written a problem: from his own code on, without what called it."""

import importlib
import re
import sysconfig
import traceback
from collections.abc import Iterator
from pathlib import Path
from traceback import FrameSummary, StackSummary, TracebackException

_OURS = f"{Path(__file__).parents[1]}/"
_MACHINERY = (f"{Path(importlib.__file__).parent}/", "<frozen importlib")  # which imports his code for us
_INSTALLED = tuple(
    dict.fromkeys(f"{sysconfig.get_path(each)}/" for each in ("stdlib", "platstdlib", "purelib", "platlib"))
)

_ESCAPES = re.compile(r"\x1b\[[0-9;]*m")  # with which Keras makes text bold
_OF_KERAS = "Exception encountered when calling "
_OF_TENSORFLOW = "Graph execution error:"
_WHERE = ("Detected at node", "File ", "[[{{node")


def traceback_of(error: BaseException) -> str:
    """Return the traceback of `error`, and of those that it comes from, as Python prints them: each from his code on.

    Where none of his is in it, only our frames at the beginning are left out.
    """
    told = TracebackException.from_exception(error)
    for each in _chain(told):
        each.stack = StackSummary.from_list(_from_his_on(each.stack))
    return _ESCAPES.sub("", "".join(told.format()))


def gist_of(error: BaseException) -> str:
    """Return in one line what `error` says.

    Keras and TensorFlow begin with where it went wrong, and tell lines later what did: that comes along.
    """
    lines = [line.strip() for line in _ESCAPES.sub("", str(error)).splitlines()]
    first, *others = [line for line in lines if line] or [""]
    if not first.startswith((_OF_KERAS, _OF_TENSORFLOW)):
        return first
    wrong = next((line for line in others if not line.startswith(_WHERE)), "")
    return f"{first.rstrip('.:')}: {wrong}" if wrong else first


def place_of(error: BaseException) -> str:
    """Return the file and the line of his code where `error` comes from, as `churn.py, line 7`; empty without one."""
    his = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_his(frame)]
    return f"{Path(his[-1].filename).name}, line {his[-1].lineno}" if his else ""


def _chain(told: TracebackException) -> Iterator[TracebackException]:
    yield told
    for each in (told.__cause__, told.__context__, *(told.exceptions or ())):
        if each is not None:
            yield from _chain(each)


def _from_his_on(frames: StackSummary) -> list[FrameSummary]:
    for is_wanted in (_is_his, _is_not_ours):
        first = next((index for index, frame in enumerate(frames) if is_wanted(frame)), None)
        if first is not None:
            return list(frames[first:])
    return list(frames)  # a bug of ours


def _is_his(frame: FrameSummary) -> bool:
    return _is_not_ours(frame) and not frame.filename.startswith((*_INSTALLED, "<"))


def _is_not_ours(frame: FrameSummary) -> bool:
    return not frame.filename.startswith((_OURS, *_MACHINERY))
