"""A problem tried out before it is searched: its data looked at, its models built, and a batch of each trained.

It is a call for an executor, as those of `job.training` are, and tells what it finds while it works.
"""

from dataclasses import dataclass
from typing import Protocol

from job.core.events import Event
from job.core.space import Params, Space
from job.training import Setup
from job.training.check.facts import Fact


class Line(Protocol):
    """The line from a try to whoever asked for it."""

    def tell(self, event: Event | Fact) -> None:
        """Pass on an event, or what has been found."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be tried of a problem, with points by their indices, in this order.

    Where it `looks_at_data`, they are loaded twice and compared.
    """

    setup: Setup
    space: Space
    points: tuple[Params, ...]
    first: int | None  # which is trained as a search trains it, and gone on with from its checkpoint
    to_step: tuple[int, ...]  # of which a model is built and given a batch
    to_train: tuple[int, ...]  # as a search trains them, which takes some times as long
    looks_at_data: bool = True


def try_out(order: Order, line: Line) -> None:
    """Tell `line` what there is to know, as soon as it is known.

    Raise SettingsError where the problem or its data are not what they should be, or loading them raises, and
    DataMissingError where the data are gone. What its code raises at a point is told as a finding.
    """
    from job.training.check.course import Course

    Course(order, line).go()
