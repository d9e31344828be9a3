"""How many workers a machine has room for."""

import pytest

from job.executors.room import Machine, environment_of, fair_share, machine_here, room_for_workers
from job.training.devices import Device

GIB = 2**30


@pytest.mark.parametrize(
    ("machine", "threads", "workers"),
    [
        (Machine(cores=8), None, 8),
        (Machine(cores=8), 2, 4),
        (Machine(cores=8), 3, 2),
        (Machine(cores=2), 64, 1),
        (Machine(cores=8, memory_bytes=3 * GIB), None, 3),
        (Machine(cores=8, memory_bytes=GIB // 2), None, 1),
        (Machine(cores=8, memory_bytes=64 * GIB), 1, 8),
    ],
)
def test_on_a_cpu_there_is_room_for_as_many_as_have_threads_and_memory(
    machine: Machine, threads: int | None, workers: int
) -> None:
    assert room_for_workers(machine, threads=threads) == workers


def test_on_gpus_there_is_room_for_as_many_as_each_takes_whatever_the_cores() -> None:
    two = Machine(cores=4, gpus=(80 * GIB, None))
    assert [room_for_workers(two, threads=4, trials_per_gpu=trials) for trials in (1, 3)] == [2, 6]
    assert room_for_workers(Machine(cores=4, memory_bytes=5 * GIB, gpus=two.gpus), trials_per_gpu=3) == 5


def test_a_fair_share_of_the_smallest_gpu_leaves_what_cuda_takes_for_each() -> None:
    machine = Machine(cores=8, gpus=(80 * GIB, 40 * GIB, None))
    assert [fair_share(machine, trials) for trials in (2, 4, 1000)] == [19456, 9216, None]
    assert fair_share(Machine(cores=8, gpus=(None,)), 2) is fair_share(Machine(cores=8), 2) is None


def test_the_machine_here_has_its_cores_its_memory_and_the_gpus_that_tensorflow_trains_on() -> None:
    devices = [Device(kind="GPU", name="a", memory_bytes=16 * GIB), Device(kind="CPU", name="b", cores=2)]
    here = machine_here(devices)
    assert here.gpus == (16 * GIB,)
    assert here.cores >= 1
    assert here.memory_bytes is not None and here.memory_bytes > 0


def test_each_worker_has_a_gpu_of_its_own_before_any_has_two() -> None:
    def shown(gpus: int, **environment: str) -> list[str | None]:
        return [environment_of(worker, gpus, environment).get("CUDA_VISIBLE_DEVICES") for worker in range(4)]

    assert shown(2) == ["0", "1", "0", "1"]
    assert shown(2, CUDA_VISIBLE_DEVICES="3, GPU-8f,-1") == ["3", "GPU-8f", "3", "GPU-8f"]
    assert shown(1) == shown(0) == [None] * 4
