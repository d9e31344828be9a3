"""Questions that may crash or hang whoever asks them, asked in processes of their own."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from job.doctor import libraries
from job.errors import NoProgressError
from job.executors import Died, Executor, Raised, Returned, await_ending
from job.training import Control, driver, timing
from job.training.devices import CudaBuild, Device, Kind, find_cuda_build, find_devices

# A question takes seconds. Only a GPU newer than TensorFlow takes longer, whose code is translated first.
_TIMEOUT_SECONDS = 120.0

NoAnswer = Died | Raised
_Answer = TypeVar("_Answer")


@dataclass(frozen=True)
class Devices:
    """What TensorFlow trains on here, and which CUDA it was built for."""

    devices: tuple[Device, ...]
    build: CudaBuild | None


@dataclass(frozen=True)
class DriverAnswer:
    """What the NVIDIA driver says; `error` if it is not there, or fails."""

    cuda: tuple[int, int] | None = None
    devices: tuple[driver.DriverDevice, ...] = ()
    error: str = ""


class Probe:
    """Asks each question in a process of `executor`; the answer is what was asked for, or why there is none."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._died: Died | None = None  # how the process ended that the others are to come from

    def devices(self) -> Devices | NoAnswer:
        try:
            self._executor.prepare()
        except NoProgressError as error:
            self._died = Died(f"{error}; {_import_alone()}")
        return self._ask(Devices, _ask_tensorflow)

    def driver(self) -> DriverAnswer | NoAnswer:
        return self._ask(DriverAnswer, _ask_driver)

    def missing_libraries(self) -> dict[str, str] | NoAnswer:
        return self._ask(dict, _ask_libraries)

    def product(self, device: Device, number: int) -> timing.ProductTiming | NoAnswer:
        return self._ask(timing.ProductTiming, _time_product, device.kind, number)

    def step(self, device: Device, number: int, *, jit_compile: bool) -> timing.StepTiming | NoAnswer:
        return self._ask(timing.StepTiming, _time_step, device.kind, number, jit_compile)

    def _ask(self, kind: type[_Answer], function: Callable[..., Any], *args: Any) -> _Answer | NoAnswer:
        if self._died is not None:
            return self._died
        try:
            handle = self._executor.submit(function, *args, log=None, timeout=_TIMEOUT_SECONDS)
        except NoProgressError as error:
            return Died(str(error))
        ending = await_ending(self._executor, handle, lambda _: None)
        if isinstance(ending, Died | Raised):
            return ending
        assert isinstance(ending, Returned) and isinstance(ending.value, kind), ending
        return ending.value


def _ask_tensorflow(_: Control) -> Devices:
    return Devices(find_devices(), find_cuda_build())


def _ask_driver(_: Control) -> DriverAnswer:
    try:
        cuda = driver.cuda_version()
    except driver.DriverError as error:
        return DriverAnswer(error=str(error))
    try:
        return DriverAnswer(cuda, driver.devices())
    except driver.DriverError as error:
        return DriverAnswer(cuda, error=str(error))


def _ask_libraries(_: Control) -> dict[str, str]:
    return libraries.missing_libraries()


def _time_product(kind: Kind, number: int, _: Control) -> timing.ProductTiming:
    return timing.time_product(kind, number)


def _time_step(kind: Kind, number: int, jit_compile: bool, _: Control) -> timing.StepTiming:
    return timing.time_step(kind, number, jit_compile=jit_compile)


def _import_alone() -> str:
    """Return how an import of TensorFlow ends whose words can be heard."""
    command = [sys.executable, "-P", "-c", "import tensorflow"]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", check=False, timeout=_TIMEOUT_SECONDS
        )
    except subprocess.TimeoutExpired:
        return f"by itself it is not over after {_TIMEOUT_SECONDS:.0f} s"
    said = done.stderr.strip().splitlines()
    return f"by itself it ends with {done.returncode}: {said[-1] if said else 'it says nothing'}"
