"""How many workers a machine has room for: processes that train trials at the same time."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from job.memory import usable_memory
from job.threads import cores_here
from job.training.devices import Device

# On a CPU a worker took up to 130 MiB of its own on digits and 220 MiB on MNIST, and 430 and 530 MiB with the pages
# that it shares with the others: the rest is for models and data that are larger.
WORKER_BYTES = 2**30
# Left for what CUDA, cuBLAS and cuDNN take of a GPU for each process, which counts in no limit of TensorFlow's: an
# allowance, not a figure that was measured.
_CUDA_MEBIBYTES = 1024
_MEBIBYTE = 2**20
VISIBLE = "CUDA_VISIBLE_DEVICES"


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What workers share; `gpus` is the memory of each GPU in bytes, of those that TensorFlow trains on."""

    cores: int
    memory_bytes: int | None = None  # that may be used; None: not known
    gpus: tuple[int | None, ...] = ()  # None: of one whose memory is not known

    @property
    def gpu_mebibytes(self) -> int | None:
        """The memory of the smallest GPU; None where there is none, or it is not known."""
        known = [each for each in self.gpus if each is not None]
        return min(known) // _MEBIBYTE if known else None


def machine_here(devices: Sequence[Device] = ()) -> Machine:
    """Return what this process may use of its machine, whose `devices` are those that TensorFlow trains on."""
    gpus = tuple(each.memory_bytes for each in devices if each.kind == "GPU")
    return Machine(cores=cores_here(), memory_bytes=usable_memory(), gpus=gpus)


def room_for_workers(machine: Machine, *, threads: int | None = None, trials_per_gpu: int = 1) -> int:
    """Return how many workers the machine has room for, at least one.

    On GPUs that is how many trials these take at a time; elsewhere how many times the `threads` of a trial go into the
    cores, of which a trial has one where nothing is given. No more than the memory is enough for.
    """
    at_work = len(machine.gpus) * trials_per_gpu or machine.cores // (threads or 1)
    in_memory = at_work if machine.memory_bytes is None else machine.memory_bytes // WORKER_BYTES
    return max(min(at_work, in_memory), 1)


def fair_share(machine: Machine, trials_per_gpu: int) -> int | None:
    """Return how many MiB of its GPU each of so many trials may take; None where the GPU's memory is not known.

    It is rounded down to a quarter of a GiB, so that GPUs of a kind give the same.
    """
    if machine.gpu_mebibytes is None:
        return None
    share = machine.gpu_mebibytes // trials_per_gpu - _CUDA_MEBIBYTES
    return share // 256 * 256 if share >= 256 else None


def environment_of(worker: int, gpus: int, environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the variables that give a worker, counted from 0, one of so many GPUs, and each its own while they last.

    `environment` may show processes certain GPUs alone, of which there are so many.
    """
    if gpus < 2:
        return {}
    visible = environment.get(VISIBLE)
    names = visible.split(",") if visible else [str(number) for number in range(gpus)]
    return {VISIBLE: names[worker % gpus].strip()}
