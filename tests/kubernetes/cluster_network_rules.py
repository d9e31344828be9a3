"""Who reaches whom in a search on many nodes, and how; each rule yields what the manifests do wrong."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from tests.kubernetes.cluster import Cluster, mounted_at, selects
from tests.kubernetes.manifests import Manifest, container_of
from tests.kubernetes.pod_environment import environment_of
from tests.kubernetes.search_settings import IDENTITY

# Dask's own settings: https://distributed.dask.org/en/stable/tls.html
_DASK = "DASK_DISTRIBUTED__COMM__"
_OF_BOTH = {"REQUIRE_ENCRYPTION", "TLS__CA_FILE"}
_ROLES = (("SCHEDULER", "CLIENT"), ("WORKER",))  # of the search, which is a client of its own scheduler; of a worker
_OF_EACH = [{f"TLS__{role}__{part}" for role in roles for part in ("CERT", "KEY")} for roles in _ROLES]
DASK_VARIABLES = {f"{_DASK}{name}" for name in _OF_BOTH.union(*_OF_EACH)}


def service_leads_to_the_search(cluster: Cluster) -> Iterator[str]:
    spec = cluster.service["spec"]
    if [each for each in cluster.jobs if selects(spec["selector"], each)] != [cluster.search]:
        yield f"selector: expected the pods of the search alone, found {spec['selector']}"
    if spec.get("type", "ClusterIP") != "ClusterIP" or spec.get("clusterIP") == "None":
        yield "expected a Service with an address of its own, which resolves while no pod is there"
    ports = {port["name"]: port["containerPort"] for port in container_of(cluster.search).get("ports", ())}
    (port,) = spec["ports"]
    if ports.get(port["targetPort"], port["targetPort"]) != cluster.listens_at.port:
        yield f"targetPort: expected the port of --listen, found {port['targetPort']}"
    if cluster.listens_at.hostname != "0.0.0.0":
        yield f"--listen: expected all addresses of the pod, found {cluster.listens_at.hostname}"


def only_search_and_workers_reach_each_other(cluster: Cluster) -> Iterator[str]:
    yield from _is_reached_only_by(cluster.workers, cluster.search, cluster, {"port": cluster.listens_at.port})
    yield from _is_reached_only_by(cluster.search, cluster.workers, cluster, {})  # on whichever port a worker takes


def _is_reached_only_by(peer: Manifest, pod: Manifest, cluster: Cluster, port: Manifest) -> Iterator[str]:
    name = pod["metadata"]["name"]
    policies = [each["spec"] for each in cluster.policies if _takes(each["spec"]["podSelector"], pod)]
    if len(policies) != 1 or policies[0].get("policyTypes") != ["Ingress"]:
        yield f"{name}: expected one NetworkPolicy, on what comes in, found {policies}"
        return
    rules = [(rule.get("from", []), rule.get("ports")) for rule in policies[0].get("ingress", [])]
    sources = [source for allowed, _ in rules for source in allowed]
    if [ports for _, ports in rules] != [[{"protocol": "TCP", **port}]]:
        yield f"{name}: expected one rule for TCP and {port or 'all ports'}, found {rules}"
    if len(sources) != 1 or sources[0].keys() != {"podSelector"}:
        yield f"{name}: expected pods of this namespace alone to reach it, found {sources}"
    elif [each for each in cluster.jobs if _takes(sources[0]["podSelector"], each)] != [peer]:
        yield f"{name}: expected {peer['metadata']['name']} alone to reach it, found {sources}"


def _takes(selector: Manifest, manifest: Manifest) -> bool:
    return selects(selector.get("matchLabels", {}), manifest)


def both_have_certificates_or_none(cluster: Cluster) -> Iterator[str]:
    """Yield what Dask would lack for an address of tls://, or have for another one."""
    for manifest, own in zip(cluster.jobs, _OF_EACH, strict=True):
        variables = environment_of(container_of(manifest), IDENTITY)
        found = {name.removeprefix(_DASK): value for name, value in variables.items() if name.startswith(_DASK)}
        expected = _OF_BOTH | own if cluster.listens_at.scheme == "tls" else set()
        if found.keys() != expected:
            yield f"env: expected settings of Dask for {sorted(expected)}, found {sorted(found)}"
        if found.pop("REQUIRE_ENCRYPTION", "true") != "true":
            yield "env: expected Dask to require encryption"
        folders = {PurePosixPath(path).parent for path in found.values()}
        if not all("secret" in mounted_at(str(folder), manifest) for folder in folders):
            yield f"expected a Secret at {sorted(map(str, folders))}"


RULES = (
    service_leads_to_the_search,
    only_search_and_workers_reach_each_other,
    both_have_certificates_or_none,
)
