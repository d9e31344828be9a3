"""The manifests in `docker/kubernetes/` as plain data, and the parts of one."""

import copy
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import yaml

FOLDER = Path(__file__).parents[2] / "docker" / "kubernetes"
# job.yaml has a folder of its own, which kustomize asks for; its kustomization is no manifest.
FILES = sorted([*FOLDER.glob("*.yaml"), FOLDER / "job" / "job.yaml"], key=lambda path: path.name)

Manifest: TypeAlias = dict[str, Any]


def load(name: str) -> list[Manifest]:
    """Return the documents of one file of `docker/kubernetes/`."""
    return copy.deepcopy(_documents(name))


def text_of(name: str) -> str:
    """Return one file of `docker/kubernetes/` with its comments."""
    (path,) = (path for path in FILES if path.name == name)
    return path.read_text()


@cache
def _documents(name: str) -> list[Manifest]:
    return list(yaml.safe_load_all(text_of(name)))


def load_one(name: str) -> Manifest:
    (manifest,) = load(name)
    return manifest


def job_of(manifest: Manifest) -> Manifest:
    """Return the Job: the manifest itself, or what a CronJob makes Jobs from, which is a Job but for its name."""
    return dict(manifest["spec"]["jobTemplate"]) if manifest["kind"] == "CronJob" else manifest


def pod_of(manifest: Manifest) -> Manifest:
    """Return the spec of the pods that a Job, a CronJob or a Deployment starts, or of the Pod that the manifest is."""
    return dict(manifest["spec"] if manifest["kind"] == "Pod" else job_of(manifest)["spec"]["template"]["spec"])


def container_of(manifest: Manifest) -> Manifest:
    (container,) = pod_of(manifest)["containers"]
    return dict(container)


def volumes_of(pod: Manifest) -> dict[str, Manifest]:
    """Return the volumes of a pod by their names."""
    return {volume["name"]: volume for volume in pod.get("volumes", ())}
