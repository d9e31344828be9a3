"""The command `hpo-job`."""

import os

from job.cli.streams import close_streams, open_streams
from job.run.stopping import StopFlag


def main() -> None:
    """Take the streams and the signals first, so that none is lost; then do what the command line says."""
    output = open_streams()
    stop = StopFlag()
    stop.install()

    from job.cli.app import run

    # At once: to unload the libraries takes a second that a grace period may not have.
    os._exit(close_streams(output, run(stop)))
