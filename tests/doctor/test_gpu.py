"""Which link is missing between a GPU and TensorFlow, judged from facts."""

from dataclasses import replace

import pytest

from job.doctor.check import Check, Verdict, exit_code
from job.doctor.gpu import Facts, check_gpu
from job.doctor.probe import DriverAnswer
from job.errors import ExitCode
from job.training.devices import CudaBuild, Device
from job.training.driver import DriverDevice

H100 = Device(kind="GPU", name="NVIDIA H100", memory_bytes=85_000_000_000, compute_capability=(9, 0))
BUILD = CudaBuild(cuda="12.5.1", cudnn="9")
NO_DRIVER = DriverAnswer(error="libcuda.so.1: cannot open shared object file")
DRIVER = DriverAnswer(cuda=(12, 8), devices=(DriverDevice("NVIDIA H100", 85_000_000_000),))
MISSING = {"libcudnn.so.9": "libcudnn.so.9: cannot open shared object file"}

NOTHING = Facts(driver=NO_DRIVER, build=BUILD, gpus=(), missing=MISSING, packages={})
WORKING = Facts(
    device_files=("/dev/nvidia0",),
    kernel_driver="570.124.06",
    driver=DRIVER,
    build=BUILD,
    gpus=(H100,),
    missing={},
    packages={"nvidia-cudnn-cu12": "9.10.2"},
)
UNUSED = replace(WORKING, gpus=())


def judged(facts: Facts, *, require_gpu: bool = False) -> dict[str, Check]:
    return {check.name: check for check in check_gpu(facts, require_gpu=require_gpu)}


def failed(checks: dict[str, Check]) -> list[str]:
    return [check.name for check in checks.values() if check.verdict is Verdict.FAILURE]


@pytest.mark.parametrize("build", [None, BUILD])
def test_a_machine_without_a_gpu_is_well_and_trains_on_the_cpu(build: CudaBuild | None) -> None:
    checks = judged(replace(NOTHING, build=build))

    assert {check.verdict for check in checks.values()} == {Verdict.OK}
    assert "trained on the CPU" in checks["in TensorFlow"].found


def test_a_gpu_that_is_asked_for_and_not_there_is_a_failure() -> None:
    checks = judged(NOTHING, require_gpu=True)

    assert failed(checks) == ["in TensorFlow"]
    assert "--gpus all" in checks["in TensorFlow"].hint
    assert "nvidia.com/gpu" in checks["in TensorFlow"].hint
    assert exit_code(tuple(checks.values())) == ExitCode.CONFIG


def test_a_chain_that_holds_is_told_from_the_driver_to_the_gpu() -> None:
    checks = judged(WORKING, require_gpu=True)

    assert {check.verdict for check in checks.values()} == {Verdict.OK}
    assert checks["driver"].found == "570.124.06; CUDA up to 12.8; /dev/nvidia0"
    assert checks["in TensorFlow"].found == "NVIDIA H100 (85 GB)"
    assert checks["CUDA libraries"].values["packages"] == {"nvidia-cudnn-cu12": "9.10.2"}


@pytest.mark.parametrize(
    ("facts", "link", "hint"),
    [
        (replace(UNUSED, build=None), "CUDA libraries", "the GPU flavour of the image"),
        (replace(UNUSED, missing=MISSING), "CUDA libraries", "tensorflow[and-cuda]"),
        (replace(UNUSED, driver=NO_DRIVER), "driver", "NVIDIA_DRIVER_CAPABILITIES"),
        (replace(UNUSED, driver=None), "driver", "nvidia-smi"),
    ],
)
def test_a_gpu_that_tensorflow_cannot_use_fails_at_the_link_that_is_missing(facts: Facts, link: str, hint: str) -> None:
    checks = judged(facts)

    assert failed(checks) == [link, "in TensorFlow"]
    assert hint in checks[link].hint
    assert hint in checks["in TensorFlow"].hint


def test_a_library_that_is_missing_is_named() -> None:
    assert "libcudnn.so.9" in judged(replace(UNUSED, missing=MISSING))["CUDA libraries"].found


def test_a_driver_that_is_too_old_is_to_be_updated() -> None:
    old = replace(UNUSED, driver=replace(DRIVER, cuda=(11, 4)))

    assert "it serves CUDA up to 11.4" in judged(old)["in TensorFlow"].hint


@pytest.mark.parametrize("visible", ["", "-1", "none"])
def test_gpus_that_are_hidden_on_purpose_are_no_failure_unless_one_is_asked_for(visible: str) -> None:
    hidden = replace(UNUSED, visible=visible, driver=DriverAnswer(cuda=(12, 8), error="CUDA_ERROR_NO_DEVICE"))

    assert failed(judged(hidden)) == []
    assert failed(judged(hidden, require_gpu=True)) == ["in TensorFlow"]
    assert judged(hidden, require_gpu=True)["in TensorFlow"].hint == "unset CUDA_VISIBLE_DEVICES"


def test_a_number_that_no_gpu_has_is_found_in_the_variable() -> None:
    elsewhere = replace(UNUSED, visible="7", driver=DriverAnswer(cuda=(12, 8), error="cuInit: CUDA_ERROR_NO_DEVICE"))

    assert "let it name GPUs that are there" in judged(elsewhere)["in TensorFlow"].hint


def test_what_tensorflow_does_not_tell_is_unknown() -> None:
    checks = judged(replace(NOTHING, gpus=None))

    assert checks["in TensorFlow"].verdict is Verdict.UNKNOWN
