"""The command `hpo-job`."""

from job.stopping import StopFlag


def main() -> None:
    """Take the signals first, so that none is lost while modules are imported; then do what the command line says."""
    stop = StopFlag()
    stop.install()

    from job.cli.app import run

    run(stop)
