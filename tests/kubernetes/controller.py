"""A Job controller for one pod at a time, as the Kubernetes documentation describes it.

It starts a pod when the one before is gone, applies `podFailurePolicy`, and counts towards `backoffLimit`.
It does not wait longer after each failure, as a real one does: from 10 s up to 6 minutes.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from tests.kubernetes.failure_policy import DISRUPTION, Action, action_on
from tests.kubernetes.manifests import Manifest, container_of
from tests.kubernetes.pod_environment import Identity

DEFAULT_BACKOFF_LIMIT = 6


@dataclass(frozen=True)
class Ended:
    """A pod that is gone: its exit code, whether it was disrupted, and its termination message."""

    exit_code: int
    disrupted: bool = False
    message: str = ""


@dataclass(frozen=True)
class Finished:
    """A Job that has ended: its condition, the reason for it, all its pods, and how many counted as failures."""

    condition: str
    reason: str
    pods: tuple[Ended, ...]
    failures: int


RunPod = Callable[[Identity], Ended]


def run_job(job: Manifest, run_pod: RunPod) -> Finished:
    """Run pods of `job`, each with `run_pod`, which returns when the pod is gone; return how the Job ended."""
    policy, limit = job["spec"].get("podFailurePolicy", {}), job["spec"].get("backoffLimit", DEFAULT_BACKOFF_LIMIT)
    pods: tuple[Ended, ...] = ()
    failures = 0
    while failures <= limit:
        pod = run_pod(identity_of(job, number=len(pods) + 1))
        pods = (*pods, pod)
        if pod.exit_code == 0:
            return Finished("Complete", "CompletionsReached", pods, failures)
        match _action_on(policy, pod, container_of(job)["name"]):
            case Action.FAIL_JOB:
                return Finished("Failed", "PodFailurePolicy", pods, failures)
            case Action.COUNT:
                failures += 1
    return Finished("Failed", "BackoffLimitExceeded", pods, failures)


def _action_on(policy: Manifest, pod: Ended, container: str) -> Action:
    conditions = {DISRUPTION} if pod.disrupted else set()
    return action_on(policy, container=container, exit_code=pod.exit_code, conditions=conditions)


def identity_of(job: Manifest, *, number: int) -> Identity:
    """Return who the Job's pod of this number is."""
    name = job["metadata"]["name"]
    labels = job["spec"]["template"]["metadata"]["labels"]
    return Identity(
        name=f"{name}-{number:05}",
        uid=str(uuid.uuid4()),
        labels={**labels, "batch.kubernetes.io/job-name": name},
    )


def job_of_night(cronjob: Manifest, *, minutes: int) -> Manifest:
    """Return the Job that a CronJob makes at a time, in minutes since 1970."""
    name = f"{cronjob['metadata']['name']}-{minutes}"
    template = cronjob["spec"]["jobTemplate"]
    return {"kind": "Job", "metadata": {**template["metadata"], "name": name}, "spec": template["spec"]}
