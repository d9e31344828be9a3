"""What a Job's `podFailurePolicy` makes of a pod that has failed, as the Kubernetes documentation has it."""

from collections.abc import Collection
from enum import StrEnum

from tests.kubernetes.manifests import Manifest

DISRUPTION = "DisruptionTarget"


class Action(StrEnum):
    """What happens to the Job when a pod of it fails."""

    COUNT = "Count"  # towards backoffLimit; another pod follows while that is not exceeded
    IGNORE = "Ignore"  # another pod follows
    FAIL_JOB = "FailJob"
    FAIL_INDEX = "FailIndex"  # of an Indexed Job


def action_on(policy: Manifest, *, container: str, exit_code: int, conditions: Collection[str]) -> Action:
    """Return what the first rule that matches says; a failure that none matches counts."""
    for rule in policy.get("rules", ()):
        on_exit_codes, on_conditions = rule.get("onExitCodes"), rule.get("onPodConditions", ())
        if any(pattern["type"] in conditions and pattern.get("status", "True") == "True" for pattern in on_conditions):
            return Action(rule["action"])
        if on_exit_codes and _matches(on_exit_codes, container, exit_code):
            return Action(rule["action"])
    return Action.COUNT


def _matches(requirement: Manifest, container: str, exit_code: int) -> bool:
    if exit_code == 0 or requirement.get("containerName", container) != container:
        return False
    return bool((exit_code in requirement["values"]) == (requirement["operator"] == "In"))
