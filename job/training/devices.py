"""What TensorFlow trains on: the GPUs that it can use, else the CPU."""

import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Literal

from job.errors import SettingsError
from job.threads import INTRA_OP, pools_of_tensorflow
from job.training import driver
from job.training.cpu import read_cpu
from job.words import count

Kind = Literal["GPU", "CPU"]
_CORES = re.compile(r"\b\d+ cores?\b")  # in a description
_LATER = "leave --in-process out, or let the problem use TensorFlow in build_model at the earliest"


@dataclass(frozen=True, kw_only=True)
class Device:
    """A device that TensorFlow can train on; None stands for what is not known, or has no meaning there."""

    kind: Kind
    name: str
    memory_bytes: int | None = None  # of a GPU, all in all
    compute_capability: tuple[int, int] | None = None  # of a GPU, such as (9, 0)
    cores: int | None = None  # of a CPU, those that this process may use
    generation: str = ""  # of a CPU, such as "family 25 model 1 stepping 1"
    instruction_sets: tuple[str, ...] = ()  # of a CPU, such as AVX2


@dataclass(frozen=True)
class CudaBuild:
    """The versions of CUDA and cuDNN that this TensorFlow was built for."""

    cuda: str
    cudnn: str


def find_devices() -> tuple[Device, ...]:
    """Return what TensorFlow would train on, GPUs first and the CPU last.

    This initialises the GPUs, so a process that has called it must not be forked to train.
    """
    import tensorflow as tf

    gpus = tuple(_describe_gpu(gpu) for gpu in tf.config.get_visible_devices("GPU"))
    return (*gpus, _describe_cpu())


def find_cuda_build() -> CudaBuild | None:
    """Return what this TensorFlow needs in order to use an NVIDIA GPU; None when it was built for the CPU alone."""
    import tensorflow as tf

    build: dict[str, Any] = tf.sysconfig.get_build_info()
    if not build.get("is_cuda_build"):
        return None
    return CudaBuild(cuda=str(build["cuda_version"]), cudnn=str(build["cudnn_version"]))


def enable_memory_growth() -> None:
    """Let TensorFlow take a GPU's memory as it needs it, and not all at once; without a GPU this does nothing."""
    import tensorflow as tf

    for gpu in tf.config.get_visible_devices("GPU"):
        # TensorFlow refuses this once it works on its GPUs: then their memory has been taken already.
        with suppress(RuntimeError):
            tf.config.experimental.set_memory_growth(gpu, True)


def configure(*, deterministic: bool, threads: int | None = None, gpu_memory: int | None = None) -> None:
    """Set TensorFlow up in this process, to give the same bits each time where `deterministic`.

    It computes with `threads` then, or as many as it takes by itself, and takes `gpu_memory` MiB of a GPU, or as much
    as it needs; raise SettingsError where it has begun with others.
    """
    import tensorflow as tf

    if threads is not None:
        _set_threads(threads)
    if gpu_memory is None:
        enable_memory_growth()
    else:
        _limit_memory(gpu_memory)
    if deterministic:
        tf.config.experimental.enable_op_determinism()


def _set_threads(threads: int) -> None:
    import tensorflow as tf

    try:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
    except RuntimeError as error:  # it has computed in this process already
        begun_with = tf.config.threading.get_intra_op_parallelism_threads() or pools_of_tensorflow(None)[INTRA_OP]
        if begun_with != threads:
            raise SettingsError(
                f"expected TensorFlow to compute with {count(threads, 'thread')}, "
                f"found that it has begun to with {begun_with} in this process",
                hint=_LATER,
            ) from error
    with suppress(RuntimeError):  # how many operations run at once decides no bits
        tf.config.threading.set_inter_op_parallelism_threads(threads)


def _limit_memory(mebibytes: int) -> None:
    """Let TensorFlow take so much of each GPU, all of it at once, which excludes to take it as it is needed."""
    import tensorflow as tf

    limited = [tf.config.LogicalDeviceConfiguration(memory_limit=mebibytes)]
    for gpu in tf.config.get_visible_devices("GPU"):
        try:
            tf.config.set_logical_device_configuration(gpu, limited)
        except RuntimeError as error:  # it works on its GPUs in this process already; the same limit is no error
            raise SettingsError(
                f"expected TensorFlow to take {mebibytes} MiB of a GPU, as --gpu-memory says, found that it has begun "
                "to take it as it needs in this process",
                hint=_LATER,
            ) from error


def describe(devices: Sequence[Device]) -> str:
    """Return in one line what a trial trains on: the first of `devices`, of which there is at least one."""
    first = devices[0]
    if first.kind == "CPU":
        traits = ", ".join(filter(None, (first.generation, _cores(first), *first.instruction_sets)))
        return f"CPU: {first.name}{f' ({traits})' if traits else ''}"
    memory = "" if first.memory_bytes is None else f" ({first.memory_bytes / 1e9:.0f} GB)"
    n_gpus = sum(device.kind == "GPU" for device in devices)
    others = f", the first of {n_gpus}: a trial trains on one" if n_gpus > 1 else ""
    return f"GPU: {first.name}{memory}{others}"


def describe_briefly(devices: Sequence[Device]) -> str:
    """Return what `describe` does without the kind of a CPU, as the first releases kept it in their studies."""
    return describe([replace(each, generation="", instruction_sets=()) for each in devices])


def is_same_kind(before: str, devices: Sequence[Device], *, threads: int | None) -> bool:
    """Tell whether `devices` are of the kind that `before` describes, which is what a run before this one has noted.

    The number of cores counts where TensorFlow takes its number of threads from it, and not where `threads` is set.
    """
    known = (describe(devices), describe_briefly(devices))
    if threads is None:
        return before in known
    return _CORES.sub("", before) in (_CORES.sub("", each) for each in known)


def arithmetic_on(devices: Sequence[Device], settings: Mapping[str, str]) -> dict[str, str]:
    """Return the `settings` that decide bits with the CPU that makes the proposals, where trials run on a GPU."""
    if devices[0].kind == "CPU":
        return dict(settings)
    # How many cores it has does not matter: they are made on one thread.
    return {**settings, "proposals": f"on {describe([replace(devices[-1], cores=None)])}"}


def _cores(cpu: Device) -> str:
    return "" if cpu.cores is None else count(cpu.cores, "core")


def _describe_cpu() -> Device:
    cpu, cores = read_cpu(), len(os.sched_getaffinity(0))
    return Device(
        kind="CPU", name=cpu.name, cores=cores, generation=cpu.generation, instruction_sets=cpu.instruction_sets
    )


def _describe_gpu(gpu: Any) -> Device:
    """Describe a `tf.config.PhysicalDevice`, whose name ends with its number in CUDA's order."""
    import tensorflow as tf

    details: dict[str, Any] = tf.config.experimental.get_device_details(gpu)
    ordinal = int(str(gpu.name).rpartition(":")[2])
    return Device(
        kind="GPU",
        name=str(details.get("device_name", "of an unknown make")),
        memory_bytes=_memory_bytes(ordinal),
        compute_capability=details.get("compute_capability"),
    )


def _memory_bytes(ordinal: int) -> int | None:
    """Ask the driver, since TensorFlow tells a GPU's memory only after it has taken it."""
    try:
        return driver.devices()[ordinal].memory_bytes
    except (driver.DriverError, IndexError):  # as with a GPU that is no NVIDIA one
        return None
