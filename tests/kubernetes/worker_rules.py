"""What a search with several workers asks of its pod; each rule yields what a manifest does wrong."""

from collections.abc import Iterator

from job.executors.room import Machine, room_for_workers
from tests.kubernetes.manifests import Manifest, container_of
from tests.kubernetes.node import bytes_of
from tests.kubernetes.search_settings import settings_of

# That job.yaml gives a search with one worker: for the search itself and its data, which workers share.
_WITHOUT_WORKERS = bytes_of("8Gi")
_CPUS_OF_A_WORKER = 2


def each_gpu_has_its_worker(manifest: Manifest) -> Iterator[str]:
    if settings_of(manifest).workers is not None:
        yield "--workers: expected auto, so that a node with more or fewer GPUs takes one change"
    if gpus_of(manifest) < 2:
        yield f"nvidia.com/gpu: expected several, found {gpus_of(manifest)}"


def workers_have_room(manifest: Manifest) -> Iterator[str]:
    """Yield what a worker for each trial that the GPUs take would lack."""
    settings, resources = settings_of(manifest), container_of(manifest)["resources"]
    memory = bytes_of(resources["limits"]["memory"]) - _WITHOUT_WORKERS
    pod = Machine(cores=int(resources["requests"]["cpu"]), memory_bytes=memory, gpus=(None,) * gpus_of(manifest))
    workers = gpus_of(manifest) * settings.trials_per_gpu
    if (room := room_for_workers(pod, trials_per_gpu=settings.trials_per_gpu)) < workers:
        yield f"memory: expected enough for {workers} workers, found room for {room}"
    if pod.cores < workers * _CPUS_OF_A_WORKER:
        yield f"cpu: expected {_CPUS_OF_A_WORKER} for each of {workers} workers, found {pod.cores}"


def gpus_of(manifest: Manifest) -> int:
    """Return how many GPUs a pod of the manifest gets."""
    return int(container_of(manifest)["resources"]["limits"].get("nvidia.com/gpu", 0))


RULES = (each_gpu_has_its_worker, workers_have_room)
