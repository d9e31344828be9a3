"""`hpo-job` that gives up what does not answer, and takes over what was killed, after seconds instead of a minute.

python scripts/benchmarks/impatient.py SECONDS search ...
"""

import sys
from dataclasses import replace

from job.cli import main
from job.executors.cluster import link, node
from job.state.objects import state

HEAR_SECONDS = 5.0  # that a search waits besides for a worker's answer
_DESERTED = 1.4  # times what a search gives a worker up after: as 90 s are to 65


def be_impatient(seconds: float) -> None:
    """Have a search give a worker up that does not answer for so long, and a lease end so long after its last beat."""
    link.LOST_SECONDS, node.DESERTED_SECONDS = seconds, _DESERTED * (seconds + HEAR_SECONDS)
    open_state = state.open_state
    state.open_state = lambda address: replace(open_state(address), ttl_seconds=seconds)


if __name__ == "__main__":
    be_impatient(float(sys.argv.pop(1)))
    main()
