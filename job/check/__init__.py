"""Whether a problem will run as a search: all that can be found out in a short time before one begins."""

import math
import tempfile
from pathlib import Path

from job.check.inspection import Inspection, Tried, arranged, check_dimensions
from job.check.places import place_of_dimension
from job.check.points import probes
from job.check.trying import Show, Trying
from job.core.fingerprint import Fingerprint
from job.executors import Executor
from job.training import Setup


def inspect(
    fingerprint: Fingerprint, setup: Setup, trials: int, *, executor: Executor, show: Show, until: float = math.inf
) -> Inspection:
    """Try out the problem of a search that would be of `fingerprint`, in processes of `executor`.

    What is not done by `until`, a time of `time.monotonic()`, is given up. Without it all points are trained as a
    search trains them. `show` is told what is at work.
    """
    points = probes(fingerprint.space, fingerprint.given, seed=fingerprint.seed)
    to_train = [index for index, each in enumerate(points) if each.is_telling or math.isinf(until)]
    trying = Trying(fingerprint.space, points, show)
    with tempfile.TemporaryDirectory() as directory:
        trying.go(setup, to_train, executor, Path(directory, "log.txt"), until=until)
    tried = tuple(
        Tried(
            probe=probe,
            built=trying.built.get(index),
            stepped=trying.stepped.get(index),
            trained=trying.trained.get(index),
        )
        for index, probe in enumerate(points)
    )
    own, reasons = fingerprint.own, [each.reason for each in points]
    dimensions = check_dimensions(
        fingerprint.space, tried, lambda name: place_of_dimension(own.sources, name) if own else ""
    )
    return Inspection(
        problem=fingerprint.problem,
        fingerprint=fingerprint,
        trials=trials,
        tried=tried,
        findings=arranged((*trying.findings, *dimensions), reasons),
        data=trying.data,
        not_done=trying.not_done(),
        timed_out=trying.timed_out,
    )
