"""What restricted clusters, the image and the program ask of a pod; each rule yields what a manifest does wrong."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from job import __version__
from job.settings.option import PREFIX
from tests.kubernetes.manifests import Manifest, container_of, pod_of, volumes_of
from tests.kubernetes.pod_environment import environment_of
from tests.kubernetes.search_settings import IDENTITY, VARIABLES, settings_of

USER = 10001
# Process 1, Python and the kubelet need a moment beyond the program's own grace.
GRACE_MARGIN_SECONDS = 5
WRITABLE = ("/state", "/tmp")


def security(manifest: Manifest) -> Iterator[str]:
    pod, own = pod_of(manifest).get("securityContext", {}), container_of(manifest).get("securityContext", {})
    expected: list[tuple[str, object, object]] = [
        ("runAsNonRoot", pod.get("runAsNonRoot"), True),
        ("runAsUser", pod.get("runAsUser"), USER),
        ("runAsGroup", pod.get("runAsGroup"), USER),
        ("fsGroup", pod.get("fsGroup"), USER),
        ("fsGroupChangePolicy", pod.get("fsGroupChangePolicy"), "OnRootMismatch"),
        ("seccompProfile", pod.get("seccompProfile"), {"type": "RuntimeDefault"}),
        ("allowPrivilegeEscalation", own.get("allowPrivilegeEscalation"), False),
        ("readOnlyRootFilesystem", own.get("readOnlyRootFilesystem"), True),
        ("capabilities", own.get("capabilities"), {"drop": ["ALL"]}),
        ("automountServiceAccountToken", pod_of(manifest).get("automountServiceAccountToken"), False),
        ("enableServiceLinks", pod_of(manifest).get("enableServiceLinks"), False),
    ]
    for name, found, value in expected:
        if found != value:
            yield f"{name}: expected {value}, found {found}"
    if contrary := {"runAsUser", "runAsGroup", "runAsNonRoot", "privileged"} & own.keys():
        yield f"securityContext of the container: expected the pod's to hold, found {sorted(contrary)}"


def volumes_are_mounted(manifest: Manifest) -> Iterator[str]:
    volumes = volumes_of(pod_of(manifest))
    mounts = container_of(manifest).get("volumeMounts", [])
    if unknown := {mount["name"] for mount in mounts} ^ volumes.keys():
        yield f"volumes: expected each to be declared and mounted, found only one of it for {sorted(unknown)}"
    writable = {mount["mountPath"]: volumes.get(mount["name"], {}) for mount in mounts if not mount.get("readOnly")}
    if sorted(writable) != sorted(WRITABLE):
        yield f"volumeMounts: expected {WRITABLE} to be writable and nothing else, found {sorted(writable)}"
    if "persistentVolumeClaim" not in writable.get("/state", {}):
        yield "/state: expected a claim, which outlives the pod"
    scratch = writable.get("/tmp", {}).get("emptyDir")
    if not scratch or "sizeLimit" not in scratch or "medium" in scratch:
        yield f"/tmp: expected an emptyDir on disk with a sizeLimit, found {scratch}"


def memory_is_reserved(manifest: Manifest) -> Iterator[str]:
    resources = container_of(manifest).get("resources", {})
    requests, limits = resources.get("requests", {}), resources.get("limits", {})
    if "memory" not in limits or requests.get("memory") != limits["memory"]:
        yield "memory: expected a request that is the limit"
    if "cpu" not in requests or "cpu" in limits:
        yield "cpu: expected a request and no limit"


def image_is_ours(manifest: Manifest) -> Iterator[str]:
    image, policy = container_of(manifest)["image"], container_of(manifest).get("imagePullPolicy")
    if PurePosixPath(image).name != f"hpo-job:{__version__}":
        yield f"image: expected hpo-job:{__version__}, found {image}"
    if policy != "IfNotPresent":
        yield f"imagePullPolicy: expected IfNotPresent, found {policy}"


def settings_are_accepted(manifest: Manifest) -> Iterator[str]:
    variables = environment_of(container_of(manifest), IDENTITY)
    if unknown := {name for name in variables if name.startswith(PREFIX)} - VARIABLES:
        yield f"env: expected variables that hpo-job reads, found {sorted(unknown)}"
    settings = settings_of(manifest)
    if not settings.require_gpu or "nvidia.com/gpu" not in container_of(manifest)["resources"]["limits"]:
        yield "expected one GPU among the limits, and HPO_JOB_REQUIRE_GPU"
    if PurePosixPath(str(settings.state)).parts[:2] != ("/", "state") or "$" in str(settings.state):
        yield f"expected the state on the claim, below /state, found {settings.state}"
    grace = pod_of(manifest).get("terminationGracePeriodSeconds", 30)
    if grace < settings.grace_seconds + GRACE_MARGIN_SECONDS:
        yield f"terminationGracePeriodSeconds: expected well above {settings.grace_seconds}, found {grace}"


def owner_is_named(manifest: Manifest) -> Iterator[str]:
    variables = environment_of(container_of(manifest), IDENTITY)
    expected = {"POD_NAME": IDENTITY.name, "POD_UID": IDENTITY.uid}
    if expected.items() - variables.items():
        yield "env: expected POD_NAME and POD_UID from the pod's metadata"


def story_is_told(manifest: Manifest) -> Iterator[str]:
    container = container_of(manifest)
    if container.get("terminationMessagePolicy") != "FallbackToLogsOnError":
        yield "terminationMessagePolicy: expected FallbackToLogsOnError, for what dies before its last words"
    if container.get("terminationMessagePath", "/dev/termination-log") != "/dev/termination-log":
        yield "terminationMessagePath: expected /dev/termination-log, where hpo-job writes"


def spot_nodes_are_tolerated(manifest: Manifest) -> Iterator[str]:
    tolerated = {toleration["key"] for toleration in pod_of(manifest).get("tolerations", ())}
    if missing := {"cloud.google.com/gke-spot", "nvidia.com/gpu"} - tolerated:
        yield f"tolerations: expected {sorted(missing)}"


RULES_OF_EACH_POD = (security, volumes_are_mounted, memory_is_reserved, image_is_ours)
RULES_OF_SEARCHES = (
    *RULES_OF_EACH_POD,
    settings_are_accepted,
    owner_is_named,
    story_is_told,
    spot_nodes_are_tolerated,
)
