"""What a run computes with: its devices, versions and settings, which decide the last bits of what it trains."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from job.core.events import Notice
from job.errors import DeviceMissingError, NoProgressError
from job.executors import Died, Raised, Returned
from job.run.open_run import OpenRun
from job.training import Setup, Stopped, look_for_devices
from job.training.devices import Device, describe, is_same_kind
from job.versions import changed_arithmetic, changed_versions

_ALIKE = "trials are alike to the last bit"


@dataclass(frozen=True)
class Software:
    """The versions of the program and its libraries, and the settings of these that decide bits."""

    versions: Mapping[str, str] = field(default_factory=dict)
    arithmetic: Mapping[str, str] = field(default_factory=dict)


def find_devices(run: OpenRun, setup: Setup, software: Software, *, require_gpu: bool) -> None:
    """Tell and note what this run trains on, and whether that is what runs before it trained on.

    Raise DeviceMissingError where there is no GPU and one is required.
    """
    match run.call(look_for_devices, log=None, place=None):
        case Returned(Stopped()):
            run.stop.check()
        case Returned(devices):
            if require_gpu:
                _check_gpu(devices)
            _note(run, setup, software, devices)
        case Raised(_, error) if error is not None:
            raise error
        case Raised(reason) | Died(reason):
            raise NoProgressError(f"the devices could not be looked for: {reason}", hint="see hpo-job doctor")


def _check_gpu(devices: tuple[Device, ...]) -> None:
    if devices[0].kind != "GPU":
        raise DeviceMissingError(
            f"expected a GPU, as --require-gpu says, found {describe(devices)}",
            hint="see hpo-job doctor, which tells what is missing: the image's flavour, the driver, --gpus all or "
            "nvidia.com/gpu, CUDA_VISIBLE_DEVICES",
        )


def _note(run: OpenRun, setup: Setup, software: Software, devices: tuple[Device, ...]) -> None:
    before, now = run.study.last_at_work, describe(devices)
    arithmetic = dict(software.arithmetic)
    if devices[0].kind == "GPU":
        # How many cores it has does not matter: they are made on one thread.
        arithmetic["proposals"] = f"on {describe([replace(devices[-1], cores=None)])}"
    run.study = run.study.note_device(now, arithmetic)
    run.tell(Notice(f"trains on {now}"))
    if before is None:
        return
    if not is_same_kind(before.device, devices, threads=setup.threads):
        run.warn(f"trained on {before.device} before: {_ALIKE} on the same kind of machine only")
    if changed := changed_versions(before.versions, software.versions):
        run.warn(f"{changed}: {_ALIKE} with the same versions only")
    if changed := changed_arithmetic(before.arithmetic, arithmetic):
        run.warn(f"{changed}: {_ALIKE} with the same settings only")
