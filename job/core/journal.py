"""The journal: what has come from outside while the search lives, each with the first step that it applies to."""

from dataclasses import dataclass

from job.core.limits import Limits
from job.core.space import Params


@dataclass(frozen=True)
class Enqueued:
    """A point to try next: some of its values, or all; the others are proposed."""

    params: Params


@dataclass(frozen=True)
class Dropped:
    """A trial that is set aside: kept and shown, and told to nobody."""

    trial: int


@dataclass(frozen=True)
class Retried:
    """A failed trial that is to be trained again from its start, with the same random numbers."""

    trial: int


Request = Enqueued | Dropped | Retried
Input = Limits | Request


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An input, in the order in which the search has taken them in."""

    step: int  # the number of the first one that is planned with it
    at: float  # Unix time
    input: Input
    request: str = ""  # the name under which a user has asked for it, which is taken in once
