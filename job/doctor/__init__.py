"""Whether a search will work on this machine, and how fast: everything that can be known before one begins."""

from pathlib import Path

from job.address import Address, StatePlace
from job.doctor import devices, gpu, machine, object_store, state
from job.doctor.check import Check
from job.doctor.probe import Devices, Probe
from job.executors import Executor


def examine(place: StatePlace, *, require_gpu: bool, executor: Executor) -> tuple[Check, ...]:
    """Look at the machine, at the state, and at the devices that TensorFlow trains on.

    What needs TensorFlow or the driver runs in processes of `executor`, so that a crash there is one more finding. A
    search that is at work there is not disturbed, and nothing is left there.
    """
    probe = Probe(executor)
    found = probe.devices()
    return (
        *machine.check_machine(),
        machine.check_workers(found.devices if isinstance(found, Devices) else ()),
        *(object_store.check_address(place) if isinstance(place, Address) else state.check_state(Path(str(place)))),
        *gpu.check_gpu(gpu.look(probe, found), require_gpu=require_gpu),
        *devices.check_devices(probe, found),
    )
