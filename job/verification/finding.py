"""What a comparison of a saved search with what comes out now has found."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from job.core.space import Value
from job.words import count


class Subject(StrEnum):
    """What of a search has been compared."""

    PLAN = "plan"
    STEPS = "steps"
    JOURNAL = "journal"
    MODEL = "model"
    WEIGHTS = "weights"
    DATA = "data"
    TRIALS = "trials"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One value that is recorded otherwise than it comes out now; None where there is none on that side."""

    place: str  # such as `step 17` or `trial 12, epoch 2`
    name: str
    recorded: Value | None
    now: Value | None


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What has been compared of one subject: how that came out, and what could not be compared, and why."""

    subject: Subject
    told: str
    differences: tuple[Difference, ...] = ()
    not_compared: tuple[str, ...] = ()


def differences(
    place: str, recorded: Mapping[str, Value | None], now: Mapping[str, Value | None]
) -> tuple[Difference, ...]:
    """Return in which values two mappings differ, be it in the last bit, in the order of their names."""
    names = {**recorded, **now}
    pairs = ((name, recorded.get(name), now.get(name)) for name in names)
    return tuple(
        Difference(place=place, name=name, recorded=one, now=other)
        for name, one, other in pairs
        if repr(one) != repr(other)  # Python's shortest text of a float is of that one alone; and -0.0 equals 0.0
    )


def told(found: tuple[Difference, ...], same: str) -> str:
    """Return `same`, which is true where nothing differs; else how many differences there are."""
    return count(len(found), "difference") if found else same
