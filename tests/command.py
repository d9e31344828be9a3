"""The command `hpo-job` with the problems of the tests beside the built-in ones: `python -m tests.command search …`."""

import os
from dataclasses import replace

from job import problems
from job.cli import main

NAMES = ("foreign", "tiny", "broken", "branching", "steady", "stalling")
PROBLEMS = {name: f"tests.fake_problems.{name}" for name in NAMES}


def _have_leases_of(seconds: float) -> None:
    """Have the leases of states in object stores end so long after the last sign of life."""
    from job.state.objects import state

    open_state = state.open_state
    state.open_state = lambda address: replace(open_state(address), ttl_seconds=seconds)


def _give_workers_up_after(seconds: float) -> None:
    """Have a search give a worker up that does not answer for so long, and a worker its search."""
    from job.executors.cluster import link, node

    link.LOST_SECONDS, node.DESERTED_SECONDS = seconds, 1.5 * seconds


if __name__ == "__main__":
    problems.BUILT_IN |= PROBLEMS
    if seconds := os.environ.get("TESTS_LEASE_SECONDS"):
        _have_leases_of(float(seconds))
    if seconds := os.environ.get("TESTS_LOST_SECONDS"):
        _give_workers_up_after(float(seconds))
    main()
