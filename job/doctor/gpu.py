"""Whether TensorFlow can use the GPUs of the machine, and which link of the chain is missing where it cannot.

The chain: a device file and the driver's library, which come into a container from its host; CUDA's libraries, which
come as Python packages; and a TensorFlow that was built for them.
"""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from job.doctor import libraries
from job.doctor.check import Check, Verdict
from job.doctor.probe import Devices, DriverAnswer, NoAnswer, Probe
from job.training.devices import CudaBuild, Device, describe

SUBJECT = "GPU"
SHOW_GPU = "give the container a GPU: --gpus all, or in a pod resources.limits nvidia.com/gpu: 1"
GPU_IMAGE = "use the GPU flavour of the image, or install tensorflow[and-cuda]"

_ASK_DRIVER = "look at the driver on the host: does nvidia-smi answer there?"
_BRING_DRIVER = "NVIDIA_DRIVER_CAPABILITIES must have compute, so that the driver's library comes with it"
_DRIVER_FILE = Path("/proc/driver/nvidia/version")
_DEVICE_FILES = ("nvidia[0-9]*", "nvidiactl", "nvidia-uvm", "dxg")  # the last one in the Linux of Windows
_VISIBLE = "CUDA_VISIBLE_DEVICES"
_check = partial(Check, subject=SUBJECT)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What was found of the chain; None stands for what could not be found out."""

    visible: str | None = None  # CUDA_VISIBLE_DEVICES; here None is for a variable that is not set
    device_files: tuple[str, ...] = ()
    kernel_driver: str = ""  # version; empty without a driver
    driver: DriverAnswer | None = None
    build: CudaBuild | None = None  # here None is also for a TensorFlow of the CPU alone
    gpus: tuple[Device, ...] | None = None
    missing: Mapping[str, str] | None = None  # why a library cannot be loaded
    packages: Mapping[str, str]

    @property
    def has_gpu(self) -> bool:
        """Whether the machine shows a GPU, usable or not."""
        return bool(self.device_files or self.kernel_driver or self.gpus or (self.driver and self.driver.devices))

    @property
    def is_hidden(self) -> bool:
        """Whether CUDA_VISIBLE_DEVICES leaves no GPU: CUDA stops at the first entry that names none."""
        return self.visible is not None and re.match(r"\d|GPU-|MIG-", self.visible.strip()) is None


def look(probe: Probe, found: Devices | NoAnswer) -> Facts:
    """Gather the facts; `found` is what TensorFlow has said already."""
    known = found if isinstance(found, Devices) else None
    driver, missing = probe.driver(), probe.missing_libraries()
    return Facts(
        visible=os.environ.get(_VISIBLE),
        device_files=tuple(sorted(str(path) for name in _DEVICE_FILES for path in Path("/dev").glob(name))),
        kernel_driver=_kernel_driver(),
        driver=driver if isinstance(driver, DriverAnswer) else None,
        build=known.build if known else None,
        gpus=tuple(device for device in known.devices if device.kind == "GPU") if known else None,
        missing=missing if isinstance(missing, dict) else None,
        packages=libraries.installed_packages(),
    )


def check_gpu(facts: Facts, *, require_gpu: bool) -> Iterator[Check]:
    """Yield the links of the chain, and whether it holds."""
    yield _check_driver(facts)
    if facts.visible is not None:
        yield _check_visible(facts, facts.visible)
    if facts.gpus is not None:
        yield _check_libraries(facts)
    yield _check_use(facts, require_gpu=require_gpu)


def _check_driver(facts: Facts) -> Check:
    driver, verdict, hint = facts.driver, Verdict.OK, ""
    cuda = ".".join(map(str, driver.cuda)) if driver and driver.cuda else None
    parts = [facts.kernel_driver or "no driver in the kernel", ", ".join(facts.device_files) or "no /dev/nvidia*"]
    if cuda is not None:
        parts.insert(1, f"CUDA up to {cuda}")
    if driver is None:
        parts.append("asking the driver ended without an answer")
        # Without TensorFlow there was no process to ask it in.
        verdict, hint = (Verdict.UNKNOWN, "") if facts.gpus is None else (Verdict.FAILURE, _ASK_DRIVER)
    elif not facts.has_gpu and cuda is None:
        parts = ["none, and no GPU is to be seen"]
    elif driver.error and not facts.is_hidden:
        parts.append(driver.error)
        verdict = Verdict.FAILURE if facts.has_gpu else Verdict.WARNING
        hint = f"{SHOW_GPU}; if it has one: {_ASK_DRIVER if cuda else _BRING_DRIVER}"
    values = {"kernel_driver": facts.kernel_driver or None, "cuda": cuda, "device_files": list(facts.device_files)}
    return _check(name="driver", verdict=verdict, found="; ".join(parts), hint=hint, values=values)


def _check_visible(facts: Facts, visible: str) -> Check:
    meaning = "hides every GPU" if facts.is_hidden else "shows these GPUs alone"
    return _check(name="visible", found=f'{_VISIBLE}="{visible}" {meaning}', values={"value": visible})


def _check_libraries(facts: Facts) -> Check:
    build, missing = facts.build, facts.missing
    values = {
        "cuda": build.cuda if build else None,
        "cudnn": build.cudnn if build else None,
        "packages": dict(facts.packages),
        "missing": None if missing is None else dict(missing),
    }
    verdict, found = _judge_libraries(facts)
    hint = GPU_IMAGE if verdict is Verdict.FAILURE else ""
    return _check(name="CUDA libraries", verdict=verdict, found=found, hint=hint, values=values)


def _judge_libraries(facts: Facts) -> tuple[Verdict, str]:
    build, missing = facts.build, facts.missing
    if_missing = Verdict.FAILURE if facts.has_gpu and not facts.is_hidden else Verdict.OK
    if build is None:
        return if_missing, "this TensorFlow is built for the CPU alone"
    needs = f"TensorFlow is built for CUDA {build.cuda} and cuDNN {build.cudnn}"
    if missing is None or not build.cuda.startswith(f"{libraries.CUDA_MAJOR}."):
        return Verdict.UNKNOWN, f"{needs}; which of their libraries are there could not be found out"
    if not missing:
        return Verdict.OK, f"{needs}, and their libraries can be loaded"
    if if_missing is Verdict.OK:
        return Verdict.OK, f"{needs}; their libraries are not here, and only a GPU needs them"
    return Verdict.FAILURE, f"{needs}; cannot be loaded: {', '.join(missing)}"


def _check_use(facts: Facts, *, require_gpu: bool) -> Check:
    name, if_none = "in TensorFlow", Verdict.FAILURE if require_gpu else Verdict.OK
    required = ", and --require-gpu asks for one" if require_gpu else ""
    if facts.gpus is None:
        return _check(name=name, verdict=Verdict.UNKNOWN, found="TensorFlow does not tell its devices: see below")
    if facts.gpus:
        return _check(name=name, found=describe(facts.gpus).removeprefix("GPU: "))
    if facts.is_hidden:
        hint = f"unset {_VISIBLE}" if require_gpu else ""
        return _check(name=name, verdict=if_none, found=f"none: {_VISIBLE} hides them{required}", hint=hint)
    if facts.has_gpu:
        found = f"none, though the machine shows one{required}"
        return _check(name=name, verdict=Verdict.FAILURE, found=found, hint=_chain_hint(facts))
    hint = f"{SHOW_GPU}; {GPU_IMAGE}" if facts.build is None or facts.missing else SHOW_GPU
    found = f"none: trials are trained on the CPU{required}"
    return _check(name=name, verdict=if_none, found=found, hint=hint if require_gpu else "")


def _chain_hint(facts: Facts) -> str:
    """Return what to do about the first link that is missing."""
    driver = facts.driver
    if facts.build is None or facts.missing:
        return GPU_IMAGE
    if driver is None:
        return _ASK_DRIVER
    if driver.cuda is None:
        return f"{SHOW_GPU}; {_BRING_DRIVER}"
    if driver.cuda[0] < int(facts.build.cuda.partition(".")[0]):
        return f"update the driver on the host: it serves CUDA up to {driver.cuda[0]}.{driver.cuda[1]}"
    if not driver.devices and facts.visible is not None:
        return f"unset {_VISIBLE}, or let it name GPUs that are there"
    return "see what TensorFlow says: TF_CPP_MIN_LOG_LEVEL=0, and hpo-job search --in-process"


def _kernel_driver() -> str:
    if not _DRIVER_FILE.exists():
        return ""
    text = _DRIVER_FILE.read_text()
    found = re.search(r"\b\d+\.\d+(?:\.\d+)?\b", text)
    return found[0] if found else text.splitlines()[0]
