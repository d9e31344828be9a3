"""A CronJob controller for one Job at a time, as the source of Kubernetes has it (pkg/controller/cronjob).

It knows schedules of every so many minutes. A start that was skipped while a Job ran is caught up with when that Job
ends, unless `startingDeadlineSeconds` has passed by then.
"""

import math
import re

from tests.kubernetes.controller import Clock, Finished, RunPod, run_job
from tests.kubernetes.manifests import Manifest


def run_cronjob(cronjob: Manifest, run_pod: RunPod, clock: Clock, *, jobs: int) -> list[Finished]:
    """Run so many Jobs of a CronJob that was made at `clock.now`, with `concurrencyPolicy: Forbid`."""
    finished: list[Finished] = []
    scheduled = clock.now
    for _ in range(jobs):
        scheduled, start = next_start(cronjob["spec"], after=scheduled, now=clock.now)
        clock.sleep(start - clock.now)
        finished.append(run_job(job_at(cronjob, minutes=int(scheduled) // 60), run_pod, clock))
    return finished


def next_start(spec: Manifest, *, after: float, now: float) -> tuple[float, float]:
    """Return which start comes next when none before `after` is left, and when it comes, in seconds since 1970."""
    period = period_seconds(spec["schedule"])
    missed = now // period * period
    if missed > after and now - missed <= spec.get("startingDeadlineSeconds", math.inf):
        return missed, now
    return missed + period, missed + period


def period_seconds(schedule: str) -> int:
    """Return the seconds between two starts of a schedule such as `*/5 * * * *`; raise ValueError for another kind."""
    match = re.fullmatch(r"\*/(\d+) \* \* \* \*", schedule)
    if match is None or 60 % int(match[1]):
        raise ValueError(f"expected */MINUTES * * * *, with a divisor of 60, found {schedule}")
    return int(match[1]) * 60


def job_at(cronjob: Manifest, *, minutes: int) -> Manifest:
    """Return the Job that a CronJob makes for a start, in minutes since 1970."""
    name = f"{cronjob['metadata']['name']}-{minutes}"
    template = cronjob["spec"]["jobTemplate"]
    return {"kind": "Job", "metadata": {**template["metadata"], "name": name}, "spec": template["spec"]}
