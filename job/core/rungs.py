"""Rungs: after how many epochs the objective of a trial is looked at, to see whether it is worth going on with.

The word is that of successive halving (Jamieson and Talwalkar 2016; Li et al. 2018).
"""

import math

from job.errors import SettingsError

NO_RUNGS = "none"
_REDUCTION = 3  # from one rung to the one below
_LOWEST = 0.1  # epochs: a learning rate that is far too low shows by then
_DIGITS = 2  # of a part of an epoch


def default_rungs(epochs: int) -> tuple[float, ...]:
    """Return the rungs below `epochs`, ascending: each a third of the one above, in whole epochs where that is one or
    more, down to a tenth of an epoch.
    """
    rungs: list[float] = []
    below = _third(epochs)
    while below >= _LOWEST:
        rungs.insert(0, below)
        below = _third(below)
    return tuple(rungs)


def parse_rungs(text: str, epochs: int) -> tuple[float, ...]:
    """Read `none`, or numbers of epochs such as `0.3,1,3`, of which the trial's full `epochs` are left out."""
    if text.strip().lower() == NO_RUNGS:
        return ()
    try:
        rungs = sorted({float(each) for each in text.split(",")})
    except ValueError:
        rungs = [math.nan]
    if not all(0 < each < math.inf for each in rungs):
        raise SettingsError(f"--rungs: expected auto, none or numbers of epochs such as 0.3,1,3, found {text!r}")
    if rungs[-1] > epochs:
        raise SettingsError(
            f"--rungs: expected at most {epochs}, the epochs of a trial, found {rungs[-1]:g}",
            hint="leave it out, or give the trials more --epochs",
        )
    return tuple(each for each in rungs if each < epochs)


def describe_rungs(rungs: tuple[float, ...]) -> str:
    """Return rungs as `parse_rungs` reads them."""
    return ",".join(f"{each:g}" for each in rungs) or NO_RUNGS


def batches_at(rung: float, batches: int) -> int:
    """Return after how many batches of a trial a rung is, of an epoch of so many `batches`."""
    return math.ceil(round(rung * batches, 6))  # a product such as 0.1 x 30 is a little more than 3


def _third(epochs: float) -> float:
    third = epochs / _REDUCTION
    return float(round(third)) if third >= 1 else round(third, _DIGITS)
