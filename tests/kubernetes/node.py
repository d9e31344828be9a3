"""A node of a cluster: runs pods of a manifest with the container engine of this machine, and has mishaps."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from tests.docker import engine
from tests.kubernetes.controller import Ended
from tests.kubernetes.manifests import Manifest, volumes_of
from tests.kubernetes.pod_environment import Identity, arguments_of, environment_of

LONGEST_MESSAGE_BYTES = 4096
# What the kubelet takes of the log for a container that failed without a message.
LOG_LINES = 80
LOG_BYTES = 2048
_UNITS = {"Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30}


class Mishap(Enum):
    """How a pod ends that does not end by itself."""

    PREEMPTED = "SIGTERM, and SIGKILL after the grace period; the pod has the condition DisruptionTarget"
    LOST = "SIGKILL with its node, and the condition from whoever clears up after the node"
    KILLED = "SIGKILL without any condition, as for want of memory"


@dataclass(frozen=True)
class Planned:
    """A mishap so many seconds after a pod's start, unless the pod has ended by then."""

    mishap: Mishap
    after_seconds: float


@dataclass
class Node:
    """Runs the pods of one manifest, each with the next of the mishaps, and those after without any."""

    pod: Manifest
    image: str
    disk: Path  # where claims are directories, and termination messages files
    mishaps: Iterator[Planned] = field(default_factory=lambda: iter(()))
    landed: list[Mishap] = field(default_factory=list)

    def __call__(self, identity: Identity) -> Ended:
        """Run a pod until it is gone."""
        (container,) = self.pod["containers"]
        message = self._message_file(identity)
        self._provide_claims()
        command = command_of(self.pod, identity, image=self.image, disk=self.disk, message=message)
        try:
            _engine("run", "--detach", *command)
            exit_code, mishap = self._live(identity.uid)
            text = read_message(container, message, log=_log(identity.uid), exit_code=exit_code)
        finally:
            engine.run("rm", "--force", identity.uid)
        return Ended(exit_code, disrupted=mishap in (Mishap.PREEMPTED, Mishap.LOST), message=text)

    def _live(self, container: str) -> tuple[int, Mishap | None]:
        """Return the exit code, and the mishap if one came before the end."""
        planned = next(self.mishaps, None)
        with subprocess.Popen([engine.ENGINE, "wait", container], stdout=subprocess.PIPE, text=True) as waiting:
            try:
                output, _ = waiting.communicate(timeout=planned.after_seconds if planned else None)
                return int(output), None
            except subprocess.TimeoutExpired:
                assert planned is not None, "only a mishap is waited for"
                self._strike(container, planned.mishap)
                output, _ = waiting.communicate()
        return int(output), planned.mishap

    def _strike(self, container: str, mishap: Mishap) -> None:
        self.landed.append(mishap)
        if mishap is Mishap.PREEMPTED:
            _engine("stop", "--time", str(self.pod["terminationGracePeriodSeconds"]), container)
        else:
            # One that ends this very moment can be killed no more.
            engine.run("kill", "--signal", "KILL", container)

    def _message_file(self, identity: Identity) -> Path:
        path = self.disk / "messages" / identity.name
        path.parent.mkdir(exist_ok=True)
        path.touch()
        path.chmod(0o666)
        return path

    def _provide_claims(self) -> None:
        """Make each claim that is written to a volume that is root's and, as fsGroup asks, the group's."""
        for volume in self.pod["volumes"]:
            claim = volume.get("persistentVolumeClaim")
            if claim is None:
                continue
            path = self.disk / claim["claimName"]
            path.mkdir(exist_ok=True)
            os.chown(path, -1, self.pod["securityContext"]["fsGroup"])
            path.chmod(0o2775)


def command_of(pod: Manifest, identity: Identity, *, image: str, disk: Path, message: Path) -> list[str]:
    """Return the arguments of the engine's `run` for a pod; raise LookupError for what this node does not have."""
    (container,) = pod["containers"]
    variables = environment_of(container, identity)
    return [
        f"--name={identity.uid}",
        f"--hostname={identity.name}",
        "--network=none",
        *_security(pod["securityContext"], container["securityContext"]),
        *_resources(container["resources"]),
        *(option for mount in container["volumeMounts"] for option in _volume(mount, volumes_of(pod), disk)),
        f"--volume={message}:{container.get('terminationMessagePath', '/dev/termination-log')}",
        *(f"--env={name}={value}" for name, value in variables.items()),
        image,
        *arguments_of(container, variables),
    ]


def _security(pod: Manifest, container: Manifest) -> Iterator[str]:
    yield f"--user={pod['runAsUser']}:{pod['runAsGroup']}"
    yield f"--group-add={pod['fsGroup']}"
    yield from (f"--cap-drop={capability}" for capability in container["capabilities"]["drop"])
    if not container["allowPrivilegeEscalation"]:
        yield "--security-opt=no-new-privileges"
    if container["readOnlyRootFilesystem"]:
        yield "--read-only"
        if Path(engine.ENGINE).name == "podman":
            yield "--read-only-tmpfs=false"  # which would make more writable than a pod has


def _resources(resources: Manifest) -> Iterator[str]:
    if unknown := resources["limits"].keys() - {"memory", "cpu"}:
        raise LookupError(f"this node has no {', '.join(unknown)}")
    yield f"--memory={bytes_of(resources['limits']['memory'])}"
    yield f"--cpu-shares={1024 * int(resources['requests']['cpu'])}"


def _volume(mount: Manifest, volumes: dict[str, Manifest], disk: Path) -> Iterator[str]:
    volume, path = volumes[mount["name"]], mount["mountPath"]
    if "emptyDir" in volume:
        yield f"--tmpfs={path}:rw,mode=1777,size={bytes_of(volume['emptyDir']['sizeLimit'])}"
    else:
        claim = volume["persistentVolumeClaim"]
        access = "ro" if mount.get("readOnly") or claim.get("readOnly") else "rw"
        yield f"--volume={disk / claim['claimName']}:{path}:{access}"


def bytes_of(quantity: str) -> int:
    """Return a quantity such as `8Gi` in bytes."""
    return int(quantity[:-2]) * _UNITS[quantity[-2:]]


def read_message(container: Manifest, message: Path, *, log: str, exit_code: int) -> str:
    """Return what the kubelet would show of a container that has ended."""
    written = message.read_bytes()[:LONGEST_MESSAGE_BYTES].decode(errors="replace")
    if written or exit_code == 0 or container.get("terminationMessagePolicy") != "FallbackToLogsOnError":
        return written
    return "\n".join(log.splitlines()[-LOG_LINES:])[-LOG_BYTES:]


def _log(container: str) -> str:
    done = engine.run("logs", container)
    return done.stdout + done.stderr


def _engine(*args: str) -> None:
    done = engine.run(*args)
    if done.returncode != 0:
        raise OSError(f"{engine.ENGINE} {' '.join(args)}: {done.stderr}")
