"""A search on many nodes: what kustomize makes of `docker/kubernetes/cluster/`, and what its README says of it."""

import re
import shutil
import subprocess
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from job.errors import ExitCode, SettingsError
from tests.kubernetes import manifests
from tests.kubernetes.certificates import make_certificates
from tests.kubernetes.cluster import COMPONENTS, FOLDER, Cluster, load_cluster, mounted_at, name_of, render
from tests.kubernetes.cluster_rules import RULES, Rule, complaints
from tests.kubernetes.cluster_worker_rules import action_for_a_worker
from tests.kubernetes.manifests import container_of, load_one, pod_of
from tests.kubernetes.pod_environment import environment_of
from tests.kubernetes.search_settings import IDENTITY, settings_of
from tests.kubernetes.test_manifests import VERSIONS, broken, pods_killed_by
from tests.kubernetes.worker_options import worker_options_of

AS_A_JOB = tuple(name for name in COMPONENTS if name != "deployment")
CHOICES = [(), *((name,) for name in COMPONENTS), AS_A_JOB, COMPONENTS]
SEARCH, WORKERS, DEPLOYMENT = "Job/hpo-job", "Job/hpo-job-workers", "Deployment/hpo-job-workers"
SERVICE, TO_SEARCH, TO_WORKERS = "Service/hpo-job", "NetworkPolicy/hpo-job", "NetworkPolicy/hpo-job-workers"
POD = "spec.template.spec"
CONTAINER = f"{POD}.containers.search"
DASK = "DASK_DISTRIBUTED__COMM__"
PEER = "spec.ingress.0.from.0.podSelector.matchLabels"

# Where which manifest is broken, and what is put there; None removes it.
Break = tuple[str, str, object]
BREAKS: list[Break] = [
    (SEARCH, "spec.parallelism", 2),
    (SEARCH, "spec.podFailurePolicy.rules.1.action", "Ignore"),
    (SEARCH, f"{POD}.restartPolicy", "OnFailure"),
    (SEARCH, f"{POD}.tolerations", pod_of(load_one("job.yaml"))["tolerations"]),
    (SEARCH, f"{POD}.securityContext.runAsNonRoot", None),
    (SEARCH, f"{POD}.volumes.tmp", {"name": "tmp", "persistentVolumeClaim": {"claimName": "hpo-job"}}),
    (SEARCH, f"{POD}.terminationGracePeriodSeconds", 10),
    (SEARCH, f"{CONTAINER}.resources.limits", {"memory": "4Gi", "nvidia.com/gpu": 1}),
    (SEARCH, f"{CONTAINER}.resources.limits.memory", "8Gi"),
    (SEARCH, f"{CONTAINER}.args", ["search", "--trails", "40"]),
    (SEARCH, f"{CONTAINER}.args", ["search", "--lookahead", "4", "--threads", "2"]),
    (SEARCH, f"{CONTAINER}.args", ["search", "--lookahead", "8"]),
    (SEARCH, f"{CONTAINER}.args", ["search", "--lookahead", "8", "--threads", "2", "--state", "/tmp/state"]),
    (SEARCH, f"{CONTAINER}.args", ["search", "--lookahead", "8", "--threads", "2", "--data", "/data"]),
    (SEARCH, f"{CONTAINER}.env.HPO_JOB_STATE.value", "/state"),
    (SEARCH, f"{CONTAINER}.env.HPO_JOB_LISTEN.value", "tcp://0.0.0.0:8787"),
    (SEARCH, f"{CONTAINER}.env.HPO_JOB_LISTEN.value", "tcp://127.0.0.1:8786"),
    (SEARCH, f"{CONTAINER}.env.HPO_JOB_LISTEN.value", "tls://0.0.0.0:8786"),
    (SEARCH, f"{CONTAINER}.env.HPO_JOB_LISTEN", None),
    (SEARCH, f"{CONTAINER}.env.AWS_REGION.name", "AWS_REGIO"),
    (SEARCH, f"{CONTAINER}.env.AWS_ACCESS_KEY_ID", {"name": "AWS_ACCESS_KEY_ID", "value": "AKIA"}),
    (SEARCH, f"{CONTAINER}.env.AWS_SECRET_ACCESS_KEY", None),
    (SEARCH, f"{CONTAINER}.env.HPO_JOB_REQUIRE_GPU.value", "false"),
    (SEARCH, f"{CONTAINER}.ports.workers.containerPort", 8787),
    (SEARCH, f"{CONTAINER}.volumeMounts.tmp.mountPath", "/state"),
    (SEARCH, "spec.template.metadata.labels", {"app.kubernetes.io/name": "hpo-job"}),
    (WORKERS, "spec.completionMode", None),
    (WORKERS, "spec.successPolicy", None),
    (WORKERS, "spec.completions", 2),
    (WORKERS, "spec.parallelism", 8),
    (WORKERS, "spec.backoffLimit", 12),
    (WORKERS, "spec.backoffLimitPerIndex", None),
    (WORKERS, "spec.podReplacementPolicy", None),
    (WORKERS, "spec.ttlSecondsAfterFinished", None),
    (WORKERS, "spec.podFailurePolicy.rules.0", None),
    (WORKERS, "spec.podFailurePolicy.rules.1.action", "FailJob"),
    (WORKERS, "spec.podFailurePolicy.rules.2.onExitCodes.values", [75, 130, 143]),
    (WORKERS, f"{POD}.restartPolicy", "OnFailure"),
    (WORKERS, f"{POD}.tolerations", None),
    (WORKERS, f"{POD}.serviceAccountName", "hpo-job"),
    (WORKERS, f"{POD}.terminationGracePeriodSeconds", 10),
    (WORKERS, f"{POD}.volumes", [{"name": "tmp", "emptyDir": {"sizeLimit": "2Gi", "medium": "Memory"}}]),
    (WORKERS, f"{CONTAINER}.securityContext.readOnlyRootFilesystem", False),
    (WORKERS, f"{CONTAINER}.image", "registry.example/hpo-job:latest"),
    (WORKERS, f"{CONTAINER}.resources.limits", {"memory": "8Gi"}),
    (WORKERS, f"{CONTAINER}.resources.requests.cpu", "4"),
    (WORKERS, f"{CONTAINER}.args", ["search", "tcp://hpo-job:8786", "--wait-for-search", "30m"]),
    (WORKERS, f"{CONTAINER}.args", ["worker", "$(SEARCH)", "--wait-for-search", "15m"]),
    (WORKERS, f"{CONTAINER}.args", ["worker", "$(SEARCH)"]),
    (WORKERS, f"{CONTAINER}.args", ["worker", "$(SEARCH)", "--wait", "30m"]),
    (WORKERS, f"{CONTAINER}.args", ["worker", "$(SEARCH)", "--wait-for-search", "30m", "--grace-seconds", "28"]),
    (WORKERS, f"{CONTAINER}.args", ["worker", "$(SEARCHES)", "--wait-for-search", "30m"]),
    (WORKERS, f"{CONTAINER}.args", ["worker", "--wait-for-search", "30m"]),
    (WORKERS, f"{CONTAINER}.env.SEARCH.value", "tcp://hpo-job-search:8786"),
    (WORKERS, f"{CONTAINER}.env.SEARCH.value", "tcp://hpo-job:8787"),
    (WORKERS, f"{CONTAINER}.env.SEARCH.value", "tls://hpo-job:8786"),
    (WORKERS, f"{CONTAINER}.env.POD_NAME", {"name": "HPO_JOB_STATE", "value": "s3://my-bucket/my-search"}),
    (WORKERS, f"{CONTAINER}.env.POD_NAME", {"name": "AWS_ACCESS_KEY_ID", "value": "AKIA"}),
    (WORKERS, f"{CONTAINER}.env.POD_NAME", {"name": "UNUSED", "value": "1"}),
    (SERVICE, "spec.selector", {"app.kubernetes.io/name": "hpo-job"}),
    (SERVICE, "spec.selector", {"app.kubernetes.io/component": "master"}),
    (SERVICE, "spec.clusterIP", "None"),
    (SERVICE, "spec.type", "LoadBalancer"),
    (SERVICE, "spec.ports.workers.port", 8787),
    (SERVICE, "spec.ports.workers.targetPort", 8787),
    (TO_SEARCH, "spec.podSelector", {}),
    (TO_SEARCH, "spec.policyTypes", ["Egress"]),
    (TO_SEARCH, "spec.ingress", []),
    (TO_SEARCH, "spec.ingress.0.from", None),
    (TO_SEARCH, "spec.ingress.0.from.0", {"ipBlock": {"cidr": "0.0.0.0/0"}}),
    (TO_SEARCH, "spec.ingress.0.from.0.namespaceSelector", {}),
    (TO_SEARCH, PEER, {"app.kubernetes.io/name": "hpo-job"}),
    (TO_SEARCH, PEER, {"app.kubernetes.io/name": "hpo-job", "app.kubernetes.io/component": "search"}),
    (TO_SEARCH, "spec.ingress.0.ports", None),
    (TO_SEARCH, "spec.ingress.0.ports.0.port", 8787),
    (TO_WORKERS, "spec.podSelector.matchLabels", {"app.kubernetes.io/name": "hpo-job"}),
    (TO_WORKERS, "spec.ingress.0", {}),
    (TO_WORKERS, PEER, {"app.kubernetes.io/component": "workers"}),
    (TO_WORKERS, "spec.ingress.0.ports.0.port", 8786),
]
# The components that are chosen, and what is broken with them.
BREAKS_OF_COMPONENTS: list[tuple[str, Break]] = [
    ("tls", (SEARCH, f"{CONTAINER}.env.{DASK}REQUIRE_ENCRYPTION", None)),
    ("tls", (SEARCH, f"{CONTAINER}.env.{DASK}REQUIRE_ENCRYPTION.value", "false")),
    ("tls", (SEARCH, f"{CONTAINER}.env.{DASK}TLS__CA_FILE.value", "/etc/ca.crt")),
    ("tls", (SEARCH, f"{CONTAINER}.env.{DASK}TLS__SCHEDULER__KEY.name", f"{DASK}TLS__SCHEDULER__KEYFILE")),
    ("tls", (SEARCH, f"{POD}.volumes.tls", {"name": "tls", "emptyDir": {}})),
    ("tls", (SEARCH, f"{CONTAINER}.volumeMounts.tls.readOnly", False)),
    ("tls", (WORKERS, f"{CONTAINER}.env.SEARCH.value", "tcp://hpo-job:8786")),
    ("tls", (WORKERS, f"{CONTAINER}.env.{DASK}TLS__WORKER__CERT", None)),
    ("data", (WORKERS, f"{POD}.volumes.data.image.reference", "registry.example/my-data:2")),
    ("data", (SEARCH, f"{CONTAINER}.volumeMounts.data.mountPath", "/datum")),
    ("workload-identity", (SEARCH, f"{POD}.serviceAccountName", "default")),
    ("workload-identity", (SEARCH, f"{POD}.serviceAccountName", None)),
    ("deployment", (DEPLOYMENT, "apiVersion", "batch/v1")),
    ("deployment", (DEPLOYMENT, f"{POD}.restartPolicy", "Never")),
    ("deployment", (DEPLOYMENT, "spec.strategy", None)),
    ("deployment", (DEPLOYMENT, "spec.replicas", 2)),
    ("deployment", (DEPLOYMENT, "spec.selector.matchLabels", {"app.kubernetes.io/name": "hpo-job"})),
]


def with_break(cluster: Cluster, place: Break) -> Cluster:
    name, path, value = place
    return Cluster({**cluster.manifests, name: broken(cluster.manifests[name], path, value)})


def broken_clusters() -> list[Cluster]:
    return [
        *(with_break(load_cluster(), each) for each in BREAKS),
        *(with_break(load_cluster(component), each) for component, each in BREAKS_OF_COMPONENTS),
    ]


@pytest.mark.parametrize("components", CHOICES, ids=lambda names: "+".join(names) or "none")
def test_the_manifests_break_no_rule_with_any_components(components: tuple[str, ...]) -> None:
    assert complaints(load_cluster(*components)) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_the_manifests_have_the_schema_of_kubernetes(version: str) -> None:
    for components in ((), AS_A_JOB, COMPONENTS):
        for manifest in load_cluster(*components).manifests.values():
            assert version.startswith(kubernetes_validate.validate(manifest, version, strict=True))


@pytest.mark.parametrize(("name", "path", "value"), BREAKS)
def test_a_broken_manifest_is_found(name: str, path: str, value: object) -> None:
    assert complaints(with_break(load_cluster(), (name, path, value)))


@pytest.mark.parametrize(("component", "place"), BREAKS_OF_COMPONENTS)
def test_a_broken_component_is_found(component: str, place: Break) -> None:
    assert complaints(with_break(load_cluster(component), place))


def test_each_rule_finds_some_broken_manifest() -> None:
    clusters = broken_clusters()
    assert [rule.__name__ for rule in RULES if not any(finds(rule, cluster) for cluster in clusters)] == []


def finds(rule: Rule, cluster: Cluster) -> bool:
    try:
        return bool(list(rule(cluster)))
    except SettingsError:  # found by the command, not by the rule
        return False


def test_the_workers_outlive_two_trials_that_take_their_pods_with_them() -> None:
    spec = load_cluster().workers["spec"]
    assert spec["completions"] * (spec["backoffLimitPerIndex"] + 1) > pods_killed_by(2, workers=spec["parallelism"])


def test_workers_whose_indexes_have_failed_are_followed_by_as_many() -> None:
    spec = load_cluster().workers["spec"]
    assert spec["completions"] >= 2 * spec["parallelism"]


def test_the_order_of_the_components_does_not_matter() -> None:
    assert load_cluster(*COMPONENTS) == load_cluster(*reversed(COMPONENTS))


def test_kustomize_refuses_a_base_that_stands_above_the_overlay(tmp_path: Path) -> None:
    """That is why job.yaml has a folder of its own."""
    shutil.copytree(FOLDER, tmp_path / "cluster")
    shutil.copy(manifests.FOLDER / "job" / "job.yaml", tmp_path)
    (tmp_path / "kustomization.yaml").write_text("resources: [job.yaml]\n")
    (tmp_path / "cluster" / "search" / "kustomization.yaml").write_text("resources: [../..]\n")
    with pytest.raises(subprocess.CalledProcessError, match="kustomize"):
        render(tmp_path / "cluster")


def readme() -> str:
    return (FOLDER / "README.md").read_text()


def test_the_readme_and_the_kustomization_name_every_component() -> None:
    chosen = (FOLDER / "kustomization.yaml").read_text()
    assert sorted(re.findall(r"^  # - ([\w-]+) ", chosen, re.MULTILINE)) == list(COMPONENTS)
    assert all(f"`{name}`" in readme() and (FOLDER / name / "kustomization.yaml").exists() for name in COMPONENTS)


def test_the_readme_scales_the_workers_by_what_kubernetes_and_the_rules_take() -> None:
    patch = re.search(r"kubectl patch job hpo-job-workers --patch '(.*)'", readme())
    assert patch is not None
    manifest = load_cluster().workers
    manifest["spec"].update(yaml.safe_load(patch[1])["spec"])
    assert kubernetes_validate.validate(manifest, VERSIONS[-1], strict=True)
    assert manifest["spec"]["parallelism"] <= manifest["spec"]["completions"]


def test_an_overlay_beside_the_checkout_changes_what_the_readme_says(tmp_path: Path) -> None:
    overlay = re.search(r"```yaml\n(.*?)```", readme(), re.DOTALL)
    assert overlay is not None
    checkout = tmp_path / "hpo-job" / "docker" / "kubernetes"
    shutil.copytree(manifests.FOLDER, checkout)
    (tmp_path / "kustomization.yaml").write_text(overlay[1])
    cluster = Cluster({name_of(each): each for each in render(tmp_path)})
    settings, (image,) = settings_of(cluster.search), {container_of(each)["image"] for each in cluster.jobs}

    assert complaints(cluster) == []
    assert image.startswith("registry.example/team/hpo-job:")
    assert (cluster.listens_at.scheme, settings.problem, settings.trials) == ("tls", "fashion-mnist", 100)
    assert str(settings.state) == "s3://team/fashion-mnist"


def test_the_readme_says_of_each_exit_code_of_a_worker_what_becomes_of_its_index() -> None:
    rows = re.findall(r"^\| ([\d, ]+) \|.*\| (\w+)[^|]* \|$", readme(), re.MULTILINE)
    told = {int(code): action for codes, action in rows for code in codes.split(",") if code != "0"}
    expected = {int(code): str(action_for_a_worker(code)) for code in ExitCode if code}
    assert told == {**expected, 137: "Count"}


def test_the_readme_tells_for_how_long_workers_wait_without_a_search() -> None:
    spec, seconds = load_cluster().workers["spec"], worker_options_of(load_cluster().workers)["wait_for_search"]
    hours = seconds / 3600 * (spec["backoffLimitPerIndex"] + 1)
    rounds = spec["completions"] / spec["parallelism"]
    assert f"after about {hours * rounds:g} hours" in readme().replace("\n", " ")


def secret_of_the_readme(option: str, name: str) -> list[str]:
    """Return the keys of a Secret that the README has users make."""
    created = re.search(rf"kubectl create secret generic {name} (.*)", readme())
    assert created is not None
    return re.findall(rf"{option}=([\w.]+)", created[1])


def test_the_readme_makes_the_secret_that_the_search_asks_for() -> None:
    entries = container_of(load_cluster().search)["env"]
    asked = [each["valueFrom"]["secretKeyRef"] for each in entries if "secretKeyRef" in each.get("valueFrom", {})]
    assert {each["name"] for each in asked} == {"hpo-job-store"}
    assert [each["key"] for each in asked] == secret_of_the_readme("--from-literal", "hpo-job-store")


def test_the_readme_makes_certificates_of_its_authority_and_the_secret_that_is_mounted(tmp_path: Path) -> None:
    folder, cluster = tmp_path / "tls", load_cluster("tls")
    make_certificates(folder)
    verify = ["openssl", "verify", "-CAfile", "ca.crt", "tls.crt"]
    done = subprocess.run(verify, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout

    assert {mounted_at("/tls", manifest)["secret"]["secretName"] for manifest in cluster.jobs} == {"hpo-job-tls"}
    files = secret_of_the_readme("--from-file", "hpo-job-tls")
    named = {value for manifest in cluster.jobs for value in environment_of(container_of(manifest), IDENTITY).values()}
    assert {f"/tls/{name}" for name in files} == {value for value in named if value.startswith("/tls/")}
    assert all((folder / name).exists() for name in files)
