"""The search on many nodes, in `docker/kubernetes/cluster/`, as `kubectl apply -k` renders it."""

import copy
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import yaml

from tests.kubernetes import manifests
from tests.kubernetes.manifests import Manifest, container_of, pod_of, volumes_of
from tests.kubernetes.search_settings import settings_of
from tests.kubernetes.worker_options import worker_options_of

FOLDER = manifests.FOLDER / "cluster"
COMPONENTS = ("data", "deployment", "tls", "workload-identity")
GPU = "nvidia.com/gpu"
KUBECTL = Path(sys.executable).with_name("kubectl")


@dataclass(frozen=True)
class Cluster:
    """What is applied: each manifest by its kind and name, such as `Job/hpo-job`."""

    manifests: Mapping[str, Manifest]

    @property
    def search(self) -> Manifest:
        return self.manifests["Job/hpo-job"]

    @property
    def workers(self) -> Manifest:
        """A Job, or with the component for that a Deployment."""
        (name,) = {"Job/hpo-job-workers", "Deployment/hpo-job-workers"} & self.manifests.keys()
        return self.manifests[name]

    @property
    def jobs(self) -> tuple[Manifest, Manifest]:
        """What starts pods: the search, and the workers."""
        return self.search, self.workers

    @property
    def service(self) -> Manifest:
        return self.manifests["Service/hpo-job"]

    @property
    def policies(self) -> list[Manifest]:
        return [each for each in self.manifests.values() if each["kind"] == "NetworkPolicy"]

    @property
    def listens_at(self) -> SplitResult:
        return urlsplit(settings_of(self.search).listen or "")

    @property
    def workers_look_for(self) -> SplitResult:
        return urlsplit(str(worker_options_of(self.workers)["address"]))

    @property
    def workers_at_a_time(self) -> int:
        spec = self.workers["spec"]
        return int(spec["replicas"] if self.workers["kind"] == "Deployment" else spec["parallelism"])


def labels_of(manifest: Manifest) -> dict[str, str]:
    """Return the labels of the pods that a Job or a Deployment starts."""
    return dict(manifest["spec"]["template"]["metadata"]["labels"])


def selects(labels: dict[str, str], manifest: Manifest) -> bool:
    """Say whether a selector takes the pods of a Job or a Deployment."""
    return bool(labels) and labels.items() <= labels_of(manifest).items()


def mounted_at(path: str, manifest: Manifest) -> Manifest:
    """Return the volume that is mounted read-only there; empty where none is."""
    volumes, mounts = volumes_of(pod_of(manifest)), container_of(manifest)["volumeMounts"]
    return next((volumes[each["name"]] for each in mounts if each["mountPath"] == path and each.get("readOnly")), {})


def load_cluster(*components: str) -> Cluster:
    """Return the manifests with these components, as who removes the `#` before them gets them."""
    return Cluster({name_of(each): copy.deepcopy(each) for each in _rendered(components)})


def name_of(manifest: Manifest) -> str:
    return f"{manifest['kind']}/{manifest['metadata']['name']}"


@cache
def _rendered(components: tuple[str, ...]) -> list[Manifest]:
    if not components:
        return render(FOLDER)
    with tempfile.TemporaryDirectory() as folder:
        for name in ("job", FOLDER.name):
            shutil.copytree(manifests.FOLDER / name, Path(folder, name))
        chosen = Path(folder, FOLDER.name, "kustomization.yaml")
        chosen.write_text(_with_components(chosen.read_text(), components))
        return render(chosen.parent)


def _with_components(text: str, components: tuple[str, ...]) -> str:
    for name in components:
        text, found = re.subn(rf"^  # (- {name})\b", r"  \1", text, flags=re.MULTILINE)
        assert found == 1, f"expected a line for {name}, found {found}"
    return text


def render(folder: Path) -> list[Manifest]:
    """Return what `kubectl apply -k` would apply; raise CalledProcessError where kustomize refuses it."""
    done = subprocess.run([KUBECTL, "kustomize", folder], capture_output=True, text=True, check=True)
    return list(_documents(done.stdout))


def _documents(text: str) -> Iterator[Manifest]:
    yield from yaml.safe_load_all(text)
