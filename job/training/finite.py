"""Logs without what is no finite number, and the end of a training whose loss is none."""

import math

import numpy as np

from job.core.trial import EpochLogs


class NotFiniteError(Exception):
    """Training on would change nothing for the better."""


def finite(logs: EpochLogs) -> EpochLogs:
    """Return the logs without metrics that are no finite number, which the study cannot hold."""
    return {name: float(value) for name, value in logs.items() if np.ndim(value) == 0 and math.isfinite(value)}


def check_finite(logs: EpochLogs, metric: str, when: str) -> None:
    """Raise NotFiniteError where a loss or the objective's `metric` is no finite number; say `when` that was."""
    for name in ("loss", "val_loss", metric):
        if not math.isfinite(logs.get(name, 0.0)):
            raise NotFiniteError(f"diverged: {name} is {logs[name]} {when}")
