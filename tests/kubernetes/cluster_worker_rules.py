"""What workers on many nodes ask of their manifest; each rule yields what it does wrong."""

from collections.abc import Iterator

from job.errors import ExitCode
from tests.kubernetes import job_rules, pod_rules
from tests.kubernetes.cluster import GPU, Cluster, selects
from tests.kubernetes.controller import LONGEST_BACKOFF_SECONDS
from tests.kubernetes.failure_policy import DISRUPTION, Action, action_on
from tests.kubernetes.manifests import container_of, pod_of
from tests.kubernetes.search_settings import settings_of
from tests.kubernetes.worker_options import worker_options_of


def workers_have_gpus(cluster: Cluster) -> Iterator[str]:
    container = container_of(cluster.workers)
    if container["resources"]["limits"].get(GPU) != 1:
        yield f"the workers: expected one {GPU} each"
    if not settings_of(cluster.search).require_gpu:
        yield "--require-gpu: expected the search to take no worker without a GPU"
    yield from pod_rules.spot_nodes_are_tolerated(cluster.workers)


def workers_end_with_the_search(cluster: Cluster) -> Iterator[str]:
    """Yield what keeps a Job of workers from ending when the first of them says that the search is finished."""
    spec = cluster.workers["spec"]
    if cluster.workers["kind"] == "Deployment":
        return
    if spec.get("completionMode") != "Indexed" or spec.get("successPolicy") != {"rules": [{"succeededCount": 1}]}:
        yield "expected an Indexed Job that has succeeded with its first worker"
    if spec["completions"] < spec["parallelism"]:
        yield "completions: expected parallelism or more"
    if not spec.get("ttlSecondsAfterFinished"):
        yield "ttlSecondsAfterFinished: expected some time"


def failures_of_workers_are_counted_apart(cluster: Cluster) -> Iterator[str]:
    spec = cluster.workers["spec"]
    if cluster.workers["kind"] == "Deployment":
        return
    if "backoffLimit" in spec or not spec.get("backoffLimitPerIndex"):
        yield "expected backoffLimitPerIndex and no backoffLimit, which counts over all workers"
    if spec.get("podReplacementPolicy") != "Failed" or pod_of(cluster.workers)["restartPolicy"] != "Never":
        yield "expected podReplacementPolicy: Failed and restartPolicy: Never"
    policy, container = spec.get("podFailurePolicy", {}), container_of(cluster.workers)["name"]
    for exit_code in range(1, job_rules.LAST_EXIT_CODE + 1):
        found = action_on(policy, container=container, exit_code=exit_code, conditions=())
        if found is not action_for_a_worker(exit_code):
            yield f"podFailurePolicy: exit code {exit_code}: expected {action_for_a_worker(exit_code)}, found {found}"
        if action_on(policy, container=container, exit_code=exit_code, conditions={DISRUPTION}) is not Action.IGNORE:
            yield f"podFailurePolicy: a worker that was disrupted, with exit code {exit_code}: expected Ignore"


def action_for_a_worker(exit_code: int) -> Action:
    """Return what is right for a worker: as for a search, but it ends its index alone, and waits no search out."""
    if exit_code == ExitCode.TEMPORARY_FAILURE:  # no search has come
        return Action.COUNT
    action = job_rules.action_for(exit_code)
    return Action.FAIL_INDEX if action is Action.FAIL_JOB else action


def workers_find_the_search(cluster: Cluster) -> Iterator[str]:
    address, (port,) = cluster.workers_look_for, cluster.service["spec"]["ports"]
    if (address.hostname, address.port) != (cluster.service["metadata"]["name"], port["port"]):
        yield f"expected the workers to look for the Service, found {address.geturl()}"
    if not address.scheme or address.scheme != cluster.listens_at.scheme:
        yield f"expected workers and search to speak alike, found {address.scheme} and {cluster.listens_at.scheme}"


def workers_outwait_a_back_off(cluster: Cluster) -> Iterator[str]:
    seconds = worker_options_of(cluster.workers)["wait_for_search"]
    if seconds is None or seconds < 2 * LONGEST_BACKOFF_SECONDS:
        yield "--wait-for-search: expected twice the longest back-off of the search's Job"


def deployment_keeps_its_workers(cluster: Cluster) -> Iterator[str]:
    """Yield what the API server would refuse of a Job that has become a Deployment."""
    spec = cluster.workers["spec"]
    if cluster.workers["kind"] != "Deployment":
        return
    if cluster.workers["apiVersion"] != "apps/v1" or pod_of(cluster.workers)["restartPolicy"] != "Always":
        yield "expected a Deployment of apps/v1 with restartPolicy: Always"
    if [each for each in cluster.jobs if selects(spec["selector"]["matchLabels"], each)] != [cluster.workers]:
        yield f"selector: expected the workers alone, found {spec['selector']}"
    if spec.get("strategy") != {"type": "Recreate"}:
        yield "strategy: expected Recreate, or a new version waits for GPUs that the old one has"


RULES = (
    workers_have_gpus,
    workers_end_with_the_search,
    failures_of_workers_are_counted_apart,
    workers_find_the_search,
    workers_outwait_a_back_off,
    deployment_keeps_its_workers,
)
