"""How fast each device computes that TensorFlow trains on."""

from collections.abc import Iterator

from job.doctor.check import Check, Verdict
from job.doctor.probe import Devices, NoAnswer, Probe
from job.executors import Died, Raised
from job.training.devices import Device, describe
from job.training.timing import ProductTiming, StepTiming
from job.words import format_duration

SUBJECT = "Speed"


def check_devices(probe: Probe, found: Devices | NoAnswer) -> Iterator[Check]:
    """Yield what TensorFlow does on each of its devices."""
    if isinstance(found, Died | Raised):
        yield Check(
            subject=SUBJECT,
            name="TensorFlow",
            verdict=Verdict.FAILURE,
            found=found.reason,
            hint="install hpo-job anew, or use its image; an import that is killed needs a higher memory limit, one "
            "that meets an illegal instruction a CPU with AVX",
        )
        return
    numbers = {"GPU": 0, "CPU": 0}
    for device in found.devices:
        yield from _check_device(probe, device, numbers[device.kind])
        numbers[device.kind] += 1


def _check_device(probe: Probe, device: Device, number: int) -> Iterator[Check]:
    label = device.kind if number == 0 and device.kind == "CPU" else f"{device.kind} {number}"
    yield _describe(device, label)
    yield _check_product(label, probe.product(device, number))
    yield _check_step(label, probe.step(device, number, jit_compile=False))
    yield _check_compiled_step(label, probe.step(device, number, jit_compile=True))


def _describe(device: Device, label: str) -> Check:
    capability = device.compute_capability
    text = describe([device]).removeprefix(f"{device.kind}: ")
    found = text if capability is None else f"{text}, compute capability {capability[0]}.{capability[1]}"
    values = {
        "name": device.name,
        "memory_bytes": device.memory_bytes,
        "compute_capability": None if capability is None else list(capability),
        "cores": device.cores,
        "generation": device.generation,
        "instruction_sets": list(device.instruction_sets),
    }
    return Check(subject=SUBJECT, name=label, found=found, values=values)


def _check_product(label: str, answer: ProductTiming | NoAnswer) -> Check:
    name = f"{label} matrix product"
    if isinstance(answer, Died | Raised):
        return _no_answer(name, answer)
    return Check(
        subject=SUBJECT,
        name=name,
        found=f"{answer.gigaflops:,.0f} GFLOP/s ({answer.side} x {answer.side}, float32)",
        values={"gigaflops": answer.gigaflops, "seconds": answer.seconds, "side": answer.side},
    )


def _check_step(label: str, answer: StepTiming | NoAnswer) -> Check:
    name = f"{label} training step"
    return _no_answer(name, answer) if isinstance(answer, Died | Raised) else _timed(name, answer)


def _check_compiled_step(label: str, answer: StepTiming | NoAnswer) -> Check:
    """Judge the step that XLA compiles, which the built-in problems do without."""
    name = f"{label} step with XLA"
    if isinstance(answer, StepTiming):
        return _timed(name, answer)
    hint = "the built-in problems do not use XLA; give a model of your own jit_compile=False"
    return Check(subject=SUBJECT, name=name, verdict=Verdict.WARNING, found=answer.reason, hint=hint)


def _timed(name: str, timing: StepTiming) -> Check:
    batch = f"{1000 * timing.seconds:.1f} ms a batch of {timing.batch_size}"
    first = format_duration(timing.first_seconds)
    return Check(
        subject=SUBJECT,
        name=name,
        found=f"{timing.images_per_second:,.0f} images/s ({batch}); the first batch took {first}",
        values={
            "images_per_second": timing.images_per_second,
            "seconds": timing.seconds,
            "first_seconds": timing.first_seconds,
            "batch_size": timing.batch_size,
        },
    )


def _no_answer(name: str, answer: NoAnswer) -> Check:
    if isinstance(answer, Died) and answer.timed_out:
        hint = "a GPU newer than this TensorFlow takes minutes the first time: keep CUDA_CACHE_PATH on a volume"
        return Check(subject=SUBJECT, name=name, verdict=Verdict.WARNING, found=answer.reason, hint=hint)
    hint = "a trial would end so too: see the driver, the CUDA libraries and the memory limit above"
    return Check(subject=SUBJECT, name=name, verdict=Verdict.FAILURE, found=answer.reason, hint=hint)
