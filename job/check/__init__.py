"""Whether a problem will run as a search: all that can be found out in a short time before one begins."""

import math
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from job.check.inspection import Inspection, arranged, check_digest, check_dimensions
from job.check.places import place_of_dimension
from job.check.points import probes
from job.check.trying import Show, Trying
from job.core.effort import effort_of
from job.core.fingerprint import Fingerprint
from job.executors import Executor
from job.run.in_force import Asked, limits_of
from job.training import Setup

_ELSEWHERE = "loading the data in another process"


class Elsewhere(Protocol):
    """The data as they are loaded in another process."""

    def digest(self, until: float) -> str | None:
        """Return their digest, empty where they cannot be loaded; None where that is not over by `until`."""


def inspect(
    asked: Asked, setup: Setup, *, executor: Executor, elsewhere: Elsewhere, show: Show, until: float = math.inf
) -> Inspection:
    """Try out the problem of the search that is asked for, in processes of `executor`.

    What is not done by `until`, a time of `time.monotonic()`, is given up. Without it all points are trained as a
    search trains them. `show` is told what is at work.
    """
    fingerprint = asked.fingerprint
    points = probes(fingerprint.space, fingerprint.given, seed=fingerprint.seed)
    to_train = [index for index, each in enumerate(points) if each.is_telling or math.isinf(until)]
    trying = Trying(fingerprint.space, points, show)
    with tempfile.TemporaryDirectory() as directory:
        trying.go(setup, to_train, executor, Path(directory, "log.txt"), until=until)
    digest = elsewhere.digest(until) if trying.data else ""
    trials = asked.settings.trials
    effort = effort_of(limits_of(asked.settings).confirm, completed=trials, trainings=trials)
    tried = trying.tried
    findings = (
        *trying.findings,
        *check_digest(trying.data, digest),
        *check_dimensions(fingerprint.space, tried, _places_in(fingerprint)),
    )
    return Inspection(
        problem=fingerprint.problem,
        fingerprint=fingerprint,
        trials=trials,
        to_confirm=0 if effort is None else effort.trainings,
        tried=tried,
        findings=arranged(findings, [each.reason for each in points]),
        data=trying.data,
        not_done=(*trying.not_done(), *([_ELSEWHERE] if digest is None else [])),
        timed_out=trying.timed_out or digest is None,
    )


def _places_in(fingerprint: Fingerprint) -> Callable[[str], str]:
    """Return what tells where a dimension stands in the source of the user's problem."""
    own = fingerprint.own
    return lambda name: place_of_dimension(own.sources, name) if own else ""
