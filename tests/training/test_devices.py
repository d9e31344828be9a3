"""What trials are trained on, as TensorFlow and the NVIDIA driver tell it; both are played here."""

import ctypes
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest

from job.errors import SettingsError
from job.training import driver
from job.training.cpu import read_cpu
from job.training.devices import (
    CudaBuild,
    Device,
    configure,
    describe,
    describe_briefly,
    enable_memory_growth,
    find_cuda_build,
    find_devices,
)

H100 = Device(kind="GPU", name="NVIDIA H100 80GB HBM3", memory_bytes=85_029_158_912, compute_capability=(9, 0))
CPU = Device(kind="CPU", name="AMD EPYC 9654", cores=2)
KNOWN_CPU = replace(CPU, generation="family 25 model 17 stepping 1", instruction_sets=("AVX2", "FMA"))


@dataclass
class FakeTensorFlow:
    """As much of TensorFlow as tells its devices; `grown` are the GPUs whose memory it was told to take bit by bit."""

    gpus: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)  # details by their number in CUDA's order
    build: Mapping[str, Any] = field(default_factory=dict)
    is_initialized: bool = False
    grown: list[str] = field(default_factory=list)
    limits: dict[str, list[int]] = field(default_factory=dict)  # MiB of the logical devices of each GPU
    intra_op_threads: int = 0  # by its own choice
    inter_op_threads: int = 0

    @property
    def config(self) -> "FakeTensorFlow":
        return self

    experimental = sysconfig = threading = config

    def get_intra_op_parallelism_threads(self) -> int:
        return self.intra_op_threads

    def set_intra_op_parallelism_threads(self, threads: int) -> None:
        if self.is_initialized and threads != self.intra_op_threads:
            raise RuntimeError("Intra op parallelism cannot be modified after initialization.")
        self.intra_op_threads = threads

    def set_inter_op_parallelism_threads(self, threads: int) -> None:
        if self.is_initialized and threads != self.inter_op_threads:
            raise RuntimeError("Inter op parallelism cannot be modified after initialization.")
        self.inter_op_threads = threads

    def get_visible_devices(self, kind: str) -> list[SimpleNamespace]:
        assert kind == "GPU"
        return [SimpleNamespace(name=f"/physical_device:GPU:{number}", number=number) for number in self.gpus]

    def get_device_details(self, gpu: SimpleNamespace) -> Mapping[str, Any]:
        return self.gpus[gpu.number]

    def set_memory_growth(self, gpu: SimpleNamespace, enable: bool) -> None:
        if self.is_initialized:
            raise RuntimeError("Physical devices cannot be modified after being initialized")
        if enable:
            self.grown.append(gpu.name)

    def LogicalDeviceConfiguration(self, *, memory_limit: int) -> int:  # noqa: N802  (TensorFlow's)
        return memory_limit

    def set_logical_device_configuration(self, gpu: SimpleNamespace, logical: list[int]) -> None:
        if self.limits.get(gpu.name) == logical:
            return
        if self.is_initialized:
            raise RuntimeError("Virtual devices cannot be modified after being initialized")
        self.limits[gpu.name] = logical

    def get_build_info(self) -> Mapping[str, Any]:
        return self.build


@dataclass
class FakeDriver:
    """libcuda with some GPUs of so many bytes; `failing` names the call that fails."""

    memory: Sequence[int] = ()
    failing: str = ""

    def __getattr__(self, name: str) -> Any:
        if name == self.failing:
            return lambda *_: 100
        calls = {
            "cuDriverGetVersion": lambda version: self._set(version, 12040),
            "cuInit": lambda _: 0,
            "cuDeviceGetCount": lambda count: self._set(count, len(self.memory)),
            "cuDeviceGet": lambda device, ordinal: self._set(device, ordinal.value),
            "cuDeviceGetName": lambda text, _, device: self._set_text(text, f"GPU of rank {device.value}"),
            "cuDeviceTotalMem_v2": lambda size, device: self._set(size, self.memory[device.value]),
            "cuGetErrorName": lambda _, text: self._set(text, b"CUDA_ERROR_NO_DEVICE"),
        }
        return calls[name]

    def _set(self, reference: Any, value: object) -> int:
        reference._obj.value = value
        return 0

    def _set_text(self, buffer: Any, text: str) -> int:
        buffer.value = text.encode()
        return 0


def use_tensorflow(monkeypatch: pytest.MonkeyPatch, fake: FakeTensorFlow) -> FakeTensorFlow:
    monkeypatch.setitem(sys.modules, "tensorflow", fake)
    return fake


def use_driver(monkeypatch: pytest.MonkeyPatch, fake: FakeDriver) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda name: fake if name == "libcuda.so.1" else None)


@pytest.fixture
def no_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> None:
        raise OSError(f"{name}: cannot open shared object file: No such file or directory")

    monkeypatch.setattr(ctypes, "CDLL", refuse)


def test_the_gpus_come_first_with_what_tensorflow_and_the_driver_say(monkeypatch: pytest.MonkeyPatch) -> None:
    details = {"device_name": "NVIDIA H100 80GB HBM3", "compute_capability": (9, 0)}
    use_tensorflow(monkeypatch, FakeTensorFlow(gpus={1: details}))
    use_driver(monkeypatch, FakeDriver(memory=[16_000_000_000, 85_029_158_912]))

    first, second = find_devices()
    assert first == H100
    assert (second.kind, second.name, second.cores) == ("CPU", read_cpu().name, len(os.sched_getaffinity(0)))


def test_without_a_gpu_the_cpu_is_the_only_device(monkeypatch: pytest.MonkeyPatch) -> None:
    use_tensorflow(monkeypatch, FakeTensorFlow())

    assert [device.kind for device in find_devices()] == ["CPU"]


def test_a_gpu_whose_driver_does_not_answer_has_no_known_memory(
    monkeypatch: pytest.MonkeyPatch, no_driver: None
) -> None:
    use_tensorflow(monkeypatch, FakeTensorFlow(gpus={0: {}}))

    assert find_devices()[0] == Device(kind="GPU", name="of an unknown make")


def test_memory_grows_on_every_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = use_tensorflow(monkeypatch, FakeTensorFlow(gpus={0: {}, 1: {}}))
    enable_memory_growth()

    assert fake.grown == ["/physical_device:GPU:0", "/physical_device:GPU:1"]


def test_a_gpu_at_work_keeps_its_memory_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = use_tensorflow(monkeypatch, FakeTensorFlow(gpus={0: {}}, is_initialized=True))
    enable_memory_growth()

    assert fake.grown == []


def test_a_gpu_gives_a_trial_the_memory_of_the_search_at_once_and_does_not_grow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake = use_tensorflow(monkeypatch, FakeTensorFlow(gpus={0: {}}))
    configure(deterministic=False, gpu_memory=8192)
    fake.is_initialized = True
    configure(deterministic=False, gpu_memory=8192)

    assert (fake.limits, fake.grown) == ({"/physical_device:GPU:0": [8192]}, [])
    with pytest.raises(SettingsError, match="expected TensorFlow to take 4096 MiB of a GPU, as --gpu-memory says"):
        configure(deterministic=False, gpu_memory=4096)


def test_both_pools_of_tensorflow_have_the_threads_of_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = use_tensorflow(monkeypatch, FakeTensorFlow())
    configure(deterministic=False, threads=3)

    assert (fake.intra_op_threads, fake.inter_op_threads) == (3, 3)


def test_threads_that_are_not_told_are_left_to_tensorflow(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = use_tensorflow(monkeypatch, FakeTensorFlow())
    configure(deterministic=False)

    assert (fake.intra_op_threads, fake.inter_op_threads) == (0, 0)


def test_a_process_may_train_again_with_the_threads_that_it_has_begun_with(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = use_tensorflow(monkeypatch, FakeTensorFlow(is_initialized=True, intra_op_threads=3))
    configure(deterministic=False, threads=3)

    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "5")
    fake.intra_op_threads = 0
    configure(deterministic=False, threads=5)


def test_a_process_that_has_begun_with_other_threads_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    use_tensorflow(monkeypatch, FakeTensorFlow(is_initialized=True, intra_op_threads=3))

    with pytest.raises(SettingsError, match="with 4 threads, found that it has begun to with 3") as refusal:
        configure(deterministic=False, threads=4)
    assert "--in-process" in refusal.value.hint


def test_the_build_tells_cuda_and_cudnn_or_that_there_is_neither(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = use_tensorflow(monkeypatch, FakeTensorFlow(build={"is_cuda_build": False}))
    assert find_cuda_build() is None

    fake.build = {"is_cuda_build": True, "cuda_version": "12.5.1", "cudnn_version": "9"}
    assert find_cuda_build() == CudaBuild(cuda="12.5.1", cudnn="9")


@pytest.mark.parametrize(
    ("devices", "line"),
    [
        ([H100, CPU], "GPU: NVIDIA H100 80GB HBM3 (85 GB)"),
        ([H100, H100, CPU], "GPU: NVIDIA H100 80GB HBM3 (85 GB), the first of 2: a trial trains on one"),
        ([Device(kind="GPU", name="NVIDIA T4"), CPU], "GPU: NVIDIA T4"),
        ([CPU], "CPU: AMD EPYC 9654 (2 cores)"),
        ([KNOWN_CPU], "CPU: AMD EPYC 9654 (family 25 model 17 stepping 1, 2 cores, AVX2, FMA)"),
        ([Device(kind="CPU", name="aarch64", cores=1)], "CPU: aarch64 (1 core)"),
    ],
)
def test_one_line_tells_what_a_trial_trains_on(devices: list[Device], line: str) -> None:
    assert describe(devices) == line


def test_a_device_is_known_by_what_the_first_releases_called_it() -> None:
    assert describe_briefly([KNOWN_CPU]) == describe([CPU])
    assert describe_briefly([H100, KNOWN_CPU]) == describe([H100, CPU])


def test_the_driver_tells_its_cuda_and_its_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    use_driver(monkeypatch, FakeDriver(memory=[16, 32]))

    assert driver.cuda_version() == (12, 4)
    assert driver.devices() == (driver.DriverDevice("GPU of rank 0", 16), driver.DriverDevice("GPU of rank 1", 32))


def test_a_call_of_the_driver_that_fails_is_named_with_its_error(monkeypatch: pytest.MonkeyPatch) -> None:
    use_driver(monkeypatch, FakeDriver(failing="cuInit"))

    with pytest.raises(driver.DriverError, match="cuInit failed: CUDA_ERROR_NO_DEVICE"):
        driver.devices()


def test_a_driver_that_is_not_there_is_told(no_driver: None) -> None:
    with pytest.raises(driver.DriverError, match=r"libcuda\.so\.1: cannot open"):
        driver.cuda_version()
