"""One run of the job, as the study knows it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class RunEnd(StrEnum):
    """How a run has ended."""

    UNKNOWN = ""  # it is at work, or was killed
    FINISHED = "finished"  # with nothing left to do
    INTERRUPTED = "interrupted"  # on request, with all saved
    FAILED = "failed"  # in an error


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of the job on this study."""

    started_at: float  # Unix time
    last_saved_at: float
    ended: RunEnd = RunEnd.UNKNOWN
    device: str = ""  # what its trials were trained on; empty where that is not known
    versions: Mapping[str, str] = field(default_factory=dict)  # of the program and its libraries
    arithmetic: Mapping[str, str] = field(default_factory=dict)  # threads and other settings that decide bits
    options: tuple[str, ...] = ()  # of its command line, as far as they decide how the search comes out
    epochs: int = 0  # trained to their end in this run, some of them perhaps again after an interruption
    seconds: Mapping[str, float] = field(default_factory=dict)  # by what they were spent on
