"""What is told of an exception that a try of a problem has met."""

from job.problems.tracebacks import gist_of, place_of, traceback_of
from job.training.check.facts import Finding, Severity

_LAST_LINES = 3  # of what an exception says: TensorFlow's tell there what is wrong


def finding_of(error: Exception, point: int) -> Finding:
    """Return what is told of an exception: its traceback where the user's code is in it, and else what it says."""
    others = [line for line in str(error).splitlines() if line.strip()][1:]
    place = place_of(error)
    return Finding(
        severity=Severity.ERROR,
        told=f"{type(error).__name__}: {gist_of(error)}",
        place=place,
        details=traceback_of(error) if place else "\n".join(others[-_LAST_LINES:]),
        point=point,
    )
