"""What a search on many nodes asks of its manifests together; each rule yields what they do wrong."""

import re
from collections.abc import Callable, Iterator

from job.address import SCHEMES, Address, parse_address
from job.errors import SettingsError
from job.settings.option import PREFIX
from job.state.objects.failures import explain
from tests.kubernetes import cluster_network_rules, cluster_worker_rules, job_rules, pod_rules
from tests.kubernetes.cluster import GPU, Cluster, mounted_at
from tests.kubernetes.cluster_network_rules import DASK_VARIABLES
from tests.kubernetes.manifests import container_of, pod_of, volumes_of
from tests.kubernetes.pod_environment import environment_of
from tests.kubernetes.pod_rules import GRACE_MARGIN_SECONDS
from tests.kubernetes.search_settings import IDENTITY, VARIABLES, settings_of
from tests.kubernetes.worker_options import WORKER_VARIABLES, worker_options_of

Rule = Callable[[Cluster], Iterator[str]]

_KEYS = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
# At which the program tells which variables a store needs.
_ERRORS = (OSError("no answer from 169.254.169.254"), OSError("PermanentRedirect"))


def search_is_a_job_like_the_single_one(cluster: Cluster) -> Iterator[str]:
    for rule in (*job_rules.RULES, pod_rules.owner_is_named, pod_rules.story_is_told):
        yield from rule(cluster.search)


def pods_are_restricted(cluster: Cluster) -> Iterator[str]:
    for manifest in cluster.jobs:
        for rule in (pod_rules.security, pod_rules.memory_is_reserved, pod_rules.image_is_ours):
            yield from rule(manifest)


def pods_keep_nothing(cluster: Cluster) -> Iterator[str]:
    """Yield what a pod would leave behind on a claim, or write elsewhere than to the disk of its node."""
    for manifest in cluster.jobs:
        volumes, mounts = volumes_of(pod_of(manifest)), container_of(manifest).get("volumeMounts", [])
        if unknown := {mount["name"] for mount in mounts} ^ volumes.keys():
            yield f"volumes: expected each to be declared and mounted, found only one of it for {sorted(unknown)}"
        if claims := [name for name, volume in volumes.items() if "persistentVolumeClaim" in volume]:
            yield f"volumes: expected no claim, found {claims}"
        writable = {mount["mountPath"]: volumes.get(mount["name"], {}) for mount in mounts if not mount.get("readOnly")}
        scratch = writable.get("/tmp", {}).get("emptyDir", {})
        if writable.keys() != {"/tmp"} or "sizeLimit" not in scratch or "medium" in scratch:
            yield f"volumeMounts: expected /tmp to be writable, on disk and with a limit, and nothing else: {writable}"


def pods_have_time_to_save(cluster: Cluster) -> Iterator[str]:
    times = settings_of(cluster.search).grace_seconds, worker_options_of(cluster.workers)["grace_seconds"]
    for manifest, seconds in zip(cluster.jobs, times, strict=True):
        grace, needed = pod_of(manifest).get("terminationGracePeriodSeconds", 30), seconds + GRACE_MARGIN_SECONDS
        if grace < needed:
            yield f"terminationGracePeriodSeconds: expected {needed:g} or more, found {grace}"


def variables_are_read(cluster: Cluster) -> Iterator[str]:
    known = {"POD_NAME", "POD_UID", *VARIABLES, *WORKER_VARIABLES, *DASK_VARIABLES, *store_variables()}
    for manifest in cluster.jobs:
        container = container_of(manifest)
        names = environment_of(container, IDENTITY).keys()
        used = {name for name in names if any(f"$({name})" in argument for argument in container["args"])}
        if unknown := names - known - used:
            yield f"env: expected variables that something reads, found {sorted(unknown)}"


def store_variables() -> set[str]:
    """Return the variables that the program itself points to where a store does not answer."""
    addresses = filter(None, (parse_address(f"{scheme}://bucket") for scheme in SCHEMES))
    hints = [explain(address, error).hint for address in addresses for error in _ERRORS]
    return set(re.findall(r"[A-Z]+_[A-Z_]+", " ".join(hints)))


def search_trains_nothing(cluster: Cluster) -> Iterator[str]:
    if GPU in container_of(cluster.search)["resources"]["limits"]:
        yield f"the search: expected no {GPU}"
    if pod_of(cluster.search).get("tolerations"):
        yield "the search: expected no toleration, or it lands on a spot node"


def state_is_in_an_object_store(cluster: Cluster) -> Iterator[str]:
    state = settings_of(cluster.search).state
    if not isinstance(state, Address):
        yield f"--state: expected an address of an object store, found {state}"


def plan_fits_the_workers(cluster: Cluster) -> Iterator[str]:
    """Yield what a search would keep from a beginning on a node that does not train."""
    settings, resources = settings_of(cluster.search), container_of(cluster.workers)["resources"]
    if settings.lookahead != 2 * cluster.workers_at_a_time:
        yield f"--lookahead: expected twice {cluster.workers_at_a_time} workers, found {settings.lookahead}"
    if settings.threads != int(resources["requests"]["cpu"]):
        yield f"--threads: expected the {resources['requests']['cpu']} cores of a worker, found {settings.threads}"


def only_the_search_knows_the_store(cluster: Cluster) -> Iterator[str]:
    """Yield where credentials are missing, are written down, or are given to those that run what the search sends."""
    entries = {entry["name"]: entry for entry in container_of(cluster.search)["env"]}
    account = pod_of(cluster.search).get("serviceAccountName")
    if account is None and not entries.keys() >= _KEYS:
        yield "env: expected credentials, or a service account"
    if account is not None and f"ServiceAccount/{account}" not in cluster.manifests:
        yield f"serviceAccountName: expected one that is applied too, found {account}"
    for name in entries.keys() & _KEYS:
        if entries[name].get("valueFrom", {}).get("secretKeyRef", {}).get("key") != name:
            yield f"env: expected {name} out of a Secret"
    known = environment_of(container_of(cluster.workers), IDENTITY).keys() & {*store_variables(), f"{PREFIX}STATE"}
    if known or "serviceAccountName" in pod_of(cluster.workers):
        yield f"the workers: expected to know nothing of the store, found {sorted(known)} or a service account"


def all_have_the_data(cluster: Cluster) -> Iterator[str]:
    folder = settings_of(cluster.search).data
    first, second = (mounted_at(str(folder), manifest) for manifest in cluster.jobs)
    if folder is not None and (first != second or not first):
        yield f"--data: expected the same volume at {folder} in all pods, read-only"


RULES: tuple[Rule, ...] = (
    search_is_a_job_like_the_single_one,
    pods_are_restricted,
    pods_keep_nothing,
    pods_have_time_to_save,
    variables_are_read,
    search_trains_nothing,
    state_is_in_an_object_store,
    plan_fits_the_workers,
    only_the_search_knows_the_store,
    all_have_the_data,
    *cluster_worker_rules.RULES,
    *cluster_network_rules.RULES,
)


def complaints(cluster: Cluster) -> list[str]:
    """Return what the manifests do wrong together; an empty list is a good one."""
    return [complaint for rule in RULES for complaint in _complaints_of(rule, cluster)]


def _complaints_of(rule: Rule, cluster: Cluster) -> Iterator[str]:
    try:
        yield from rule(cluster)
    except SettingsError as error:  # the command refuses the settings
        yield str(error)
