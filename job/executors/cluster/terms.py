"""What a machine must be like to take calls of a search, so that they give the bits that they give elsewhere."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from job.executors.room import Machine
from job.training import Setup
from job.training.devices import Device, describe, is_same_kind
from job.versions import changed_arithmetic, changed_versions

_NANNY = "start it with hpo-job worker, or with DASK_DISTRIBUTED__WORKER__DAEMON=False in its environment"


@dataclass(frozen=True, kw_only=True)
class Terms:
    """Of one search."""

    setup: Setup
    data: str  # the digest of its data
    versions: Mapping[str, str]  # of the program and its libraries
    arithmetic: Mapping[str, str]  # the settings that decide bits
    trials_per_gpu: int = 1
    require_gpu: bool = False

    def refusal(self, introduced: Mapping[str, Any]) -> str:
        """Return why a worker that says this of itself cannot be taken; empty where it can."""
        there: Mapping[str, str] = introduced["versions"]
        if there.get("hpo-job") != self.versions.get("hpo-job"):
            return f"it has hpo-job {there.get('hpo-job')}, and the search {self.versions.get('hpo-job')}"
        if changed := changed_versions(self.versions, there):
            return f"it has other versions: {_here_and_there(changed)}"
        if not introduced["may_have_children"]:
            return f"Dask does not let it start processes: {_NANNY}"
        return ""

    def refusal_of_devices(self, devices: Sequence[Device]) -> str:
        """Return why a worker with these devices cannot be taken; empty where it can."""
        if self.require_gpu and devices[0].kind != "GPU":
            return f"expected a GPU, as --require-gpu says, found {describe(devices)}"
        return ""

    def refusal_of_data(self, digest: str) -> str:
        """Return why a worker whose data have this digest cannot be taken; empty where it can."""
        return "" if digest == self.data else f"it has other data: their digest is {digest[:16]}, here {self.data[:16]}"

    def doubts(self, introduced: Mapping[str, Any], devices: Sequence[Device], kind: str) -> Iterator[str]:
        """Yield why a worker that is taken may give other bits; `kind` describes the devices of the first one."""
        if kind and not is_same_kind(kind, devices, threads=self.setup.threads):
            yield f"others train on {kind}, and trials are alike to the last bit on the same kind of machine only"
        if changed := changed_arithmetic(self.arithmetic, introduced["arithmetic"]):
            yield f"{_here_and_there(changed)}: trials are alike to the last bit with the same settings only"


def _here_and_there(changed: str) -> str:
    return changed.replace(" before, ", " here, ").replace(" now", " there")


def machine_of(introduced: Mapping[str, Any], cores: int, devices: Sequence[Device]) -> Machine:
    """Return what a worker may use of its machine, which Dask has give `cores`."""
    gpus = tuple(each.memory_bytes for each in devices if each.kind == "GPU")
    return Machine(cores=cores, memory_bytes=introduced["memory_bytes"], gpus=gpus)
