"""How a step of a search, or an attempt at it, has ended: failures have kinds."""

from enum import StrEnum


class EndKind(StrEnum):
    """Why training ended."""

    COMPLETED = "completed"  # trained to its full epochs, or ended by its callbacks
    PAUSED = "paused"  # as far as it was asked to, and short of its end
    DIVERGED = "diverged"  # the loss or the objective is no finite number
    RAISED = "raised"
    OUT_OF_MEMORY = "out of memory"
    TIMED_OUT = "timed out"
    DIED = "died"  # its process ended without a word
    GONE = "gone"  # with the machine that it ran on, of which nothing more was heard
    LOST = "lost"  # known not to be its fault: a request to stop, or one to hand it back
    DROPPED = "dropped"  # set aside by a user
