"""A Job controller for one pod at a time, as that of Kubernetes 1.36 was seen to work.

It starts a pod when the one before is gone, applies `podFailurePolicy`, and counts towards `backoffLimit`. After each
failure it waits longer, whether that counts or is ignored; its waiting passes on a simulated clock.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from tests.kubernetes.failure_policy import DISRUPTION, Action, action_on
from tests.kubernetes.manifests import Manifest, container_of
from tests.kubernetes.pod_environment import Identity

DEFAULT_BACKOFF_LIMIT = 6
FIRST_BACKOFF_SECONDS = 10
LONGEST_BACKOFF_SECONDS = 600


@dataclass
class Clock:
    """Simulated time, in seconds: whoever sleeps moves it on, and waits for nothing."""

    now: float = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds


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


def run_job(job: Manifest, run_pod: RunPod, clock: Clock | None = None) -> Finished:
    """Run pods of `job`, each with `run_pod`, which returns when the pod is gone; return how the Job ended."""
    clock = clock or Clock()
    policy, limit = job["spec"].get("podFailurePolicy", {}), job["spec"].get("backoffLimit", DEFAULT_BACKOFF_LIMIT)
    pods: tuple[Ended, ...] = ()
    failures = 0
    while failures <= limit:
        clock.sleep(backoff_seconds(len(pods)))
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


def backoff_seconds(failures: int) -> int:
    """Return how long a Job's next pod waits after so many failures, counted or ignored, since the last success."""
    return min(FIRST_BACKOFF_SECONDS * 2 ** (failures - 1), LONGEST_BACKOFF_SECONDS) if failures else 0


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
