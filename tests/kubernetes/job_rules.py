"""What the API server, our exit codes and spot nodes ask of a Job; each rule yields what a manifest does wrong."""

from collections.abc import Iterator

from job.errors import ExitCode, Rerun
from tests.kubernetes.failure_policy import DISRUPTION, Action, action_on
from tests.kubernetes.manifests import Manifest, container_of, job_of, pod_of
from tests.kubernetes.search_settings import settings_of

# Among ours and the engine's, the greatest number that an exit code can be.
LAST_EXIT_CODE = 255
MAX_RULES = 20

ACTIONS = {
    Rerun.NEVER: Action.FAIL_JOB,
    Rerun.AT_ONCE: Action.IGNORE,
    Rerun.LATER: Action.COUNT,  # the controller waits longer before each next pod, as it does after all failures
    Rerun.COUNTED: Action.COUNT,
}


def action_for(exit_code: int) -> Action:
    """Return what is right for a pod that ended with `exit_code`; a code that is not ours counts, whatever it means."""
    try:
        return ACTIONS[ExitCode(exit_code).rerun]
    except ValueError:
        return Action.COUNT


def one_pod_at_a_time(manifest: Manifest) -> Iterator[str]:
    spec = job_of(manifest)["spec"]
    if (spec.get("completions"), spec.get("parallelism")) != (1, 1):
        yield "completions and parallelism: expected 1, since a state directory takes one run"
    if spec.get("podReplacementPolicy") != "Failed":
        yield "podReplacementPolicy: expected Failed, or the next pod starts while the one before is still saving"
    if pod_of(manifest)["restartPolicy"] != "Never":
        yield "restartPolicy: expected Never, or the kubelet's own restarts escape the Job"


def policy_is_accepted(manifest: Manifest) -> Iterator[str]:
    """Yield what an API server refuses although the schema allows it."""
    rules = job_of(manifest)["spec"].get("podFailurePolicy", {}).get("rules", ())
    if not 1 <= len(rules) <= MAX_RULES:
        yield f"podFailurePolicy: expected 1 to {MAX_RULES} rules, found {len(rules)}"
    for rule in rules:
        if ("onExitCodes" in rule) == ("onPodConditions" in rule):
            yield f"podFailurePolicy: expected either onExitCodes or onPodConditions in {rule}"
        yield from _exit_codes_are_accepted(rule.get("onExitCodes"), container_of(manifest)["name"])
    codes = [code for rule in rules for code in rule.get("onExitCodes", {}).get("values", ())]
    if twice := {code for code in codes if codes.count(code) > 1}:
        yield f"podFailurePolicy: expected each exit code in one rule, found {sorted(twice)} twice"


def _exit_codes_are_accepted(requirement: Manifest | None, container: str) -> Iterator[str]:
    if requirement is None:
        return
    values = requirement["values"]
    if values != sorted(values) or not values or 0 in values:
        yield f"podFailurePolicy: expected exit codes in order, and no 0, found {values}"
    if requirement.get("containerName") != container:
        yield f"podFailurePolicy: expected containerName {container}, found {requirement.get('containerName')}"


def policy_follows_exit_codes(manifest: Manifest) -> Iterator[str]:
    policy, container = job_of(manifest)["spec"].get("podFailurePolicy", {}), container_of(manifest)["name"]
    for exit_code in range(1, LAST_EXIT_CODE + 1):
        found = action_on(policy, container=container, exit_code=exit_code, conditions=())
        if found is not action_for(exit_code):
            yield f"podFailurePolicy: exit code {exit_code}: expected {action_for(exit_code)}, found {found}"
        if action_on(policy, container=container, exit_code=exit_code, conditions={DISRUPTION}) is not Action.IGNORE:
            yield f"podFailurePolicy: a pod that was disrupted, with exit code {exit_code}: expected Ignore"


def failures_are_bounded(manifest: Manifest) -> Iterator[str]:
    limit, attempts = job_of(manifest)["spec"].get("backoffLimit", 6), settings_of(manifest).max_attempts
    if limit <= attempts:
        yield f"backoffLimit: expected more than --max-attempts ({attempts}), or one trial fails the Job, found {limit}"


def finished_jobs_are_removed(manifest: Manifest) -> Iterator[str]:
    if manifest["kind"] == "Job" and not manifest["spec"].get("ttlSecondsAfterFinished"):
        yield "ttlSecondsAfterFinished: expected some time, or finished Jobs stay for good"


RULES = (
    one_pod_at_a_time,
    policy_is_accepted,
    policy_follows_exit_codes,
    failures_are_bounded,
    finished_jobs_are_removed,
)
