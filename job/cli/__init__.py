"""The command `hpo-job`."""

import os
import sys
from contextlib import suppress

from job.run.stopping import StopFlag


def main() -> None:
    """Take the signals first, so that none is lost while modules are imported; then do what the command line says."""
    stop = StopFlag()
    stop.install()

    from job.cli.app import run

    _leave(run(stop))


def _leave(exit_code: int) -> None:
    """End the process at once: to unload the libraries takes a second that a grace period may not have."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # nobody listens any more
            stream.flush()
    os._exit(exit_code)
