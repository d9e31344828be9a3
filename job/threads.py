"""How many threads TensorFlow computes with: they decide the order of its sums, and so the last bits of a trial."""

import math
import os
from collections.abc import Mapping

from job.cgroup import cpu_limit

# TensorFlow's pools: in the first it divides an operation, which decides bits; in the second it runs several at once.
INTRA_OP, INTER_OP = "intra-op threads", "inter-op threads"
# What it takes their sizes from where it is told none.
_VARIABLES = {INTRA_OP: "TF_NUM_INTRAOP_THREADS", INTER_OP: "TF_NUM_INTEROP_THREADS"}


def threads_to_begin_with(environment: Mapping[str, str] = os.environ, *, workers: int = 1) -> int:
    """Return with how many threads a search begins that is not told.

    As TensorFlow's variable says, or the cores shared out among the workers, each of which takes one at least.
    """
    return threads_told(environment) or max(cores_here() // workers, 1)


def threads_told(environment: Mapping[str, str] = os.environ) -> int | None:
    """Return how many threads TensorFlow's variable says; None where it says nothing."""
    return _number_in(environment, _VARIABLES[INTRA_OP])


def cores_here() -> int:
    """Return how many cores' worth of threads is of use to this process and those that it starts."""
    return granted_cores(len(os.sched_getaffinity(0)), _quota())


def granted_cores(usable: int, quota: float | None) -> int:
    """Return how many cores' worth of threads is of use: of the `usable` ones, as many as the quota of time is for.

    TensorFlow by itself knows nothing of quotas: where a container has 4 of 64 cores, it computes with 64 threads.
    """
    return usable if quota is None else max(min(usable, math.ceil(quota)), 1)


def pools_of_tensorflow(threads: int | None, environment: Mapping[str, str] = os.environ) -> dict[str, int]:
    """Return the size of each pool of TensorFlow, where it is told to take so many threads or, with None, nothing.

    What it is told wins over its variables, so that a search goes on with the threads that it began with.
    """
    cores = len(os.sched_getaffinity(0))
    return {name: threads or _number_in(environment, variable) or cores for name, variable in _VARIABLES.items()}


def _quota() -> float | None:
    try:
        return cpu_limit()
    except (OSError, ValueError):  # a sandbox may hide its control groups, or show others than Linux does
        return None


def _number_in(environment: Mapping[str, str], variable: str) -> int | None:
    """Return the number in a variable of TensorFlow's; None where it takes none from it."""
    given = environment.get(variable, "")
    return int(given) if given.isdecimal() and int(given) > 0 else None
