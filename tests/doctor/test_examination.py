"""All checks together, with processes that end as an executor says; and what becomes of them as text and data."""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from job.doctor import examine
from job.doctor.check import Check, Verdict, exit_code
from job.doctor.probe import Devices, DriverAnswer
from job.doctor.text import describe_checks, render_checks
from job.errors import ExitCode, NoProgressError
from job.executors import HERE, Died, Ending, Handle, Place, Raised, Returned, Tell
from job.training.devices import CudaBuild, Device
from job.training.timing import ProductTiming, StepTiming

CPU = Device(kind="CPU", name="AMD EPYC 9654", cores=2)
GPU = Device(kind="GPU", name="NVIDIA T4", memory_bytes=16_000_000_000, compute_capability=(7, 5))
STEP = StepTiming(batch_size=128, first_seconds=1.5, seconds=0.01)
ANSWERS: dict[str, Ending] = {
    "_ask_tensorflow": Returned(Devices((CPU,), CudaBuild("12.5.1", "9"))),
    "_ask_driver": Returned(DriverAnswer(error="libcuda.so.1: cannot open shared object file")),
    "_ask_libraries": Returned({}),
    "_time_product": Returned(ProductTiming(side=1000, seconds=0.02)),
    "_time_step": Returned(STEP),
}


@dataclass
class FakeExecutor:
    """Answers each question by the name of its function; `asked` are the calls."""

    answers: dict[str, Ending] = field(default_factory=lambda: dict(ANSWERS))
    import_dies: bool = False
    asked: list[tuple[Any, ...]] = field(default_factory=list)

    def start(self) -> None:
        pass

    def prepare(self) -> None:
        if self.import_dies:
            raise NoProgressError("the process died while it imported TensorFlow")

    def submit(
        self,
        function: Callable[..., Any],
        *args: Any,
        log: Path | None,
        timeout: float | None = None,
        place: Place | None = HERE,
        folder: Path | None = None,
    ) -> Handle:
        assert log is None and timeout is not None
        self.asked.append((function.__name__, *args))
        return Handle(len(self.asked))

    def wait(self, handles: Collection[Handle], tell: Tell, seconds: float) -> Mapping[Handle, Ending]:
        name, *args = self.asked[-1]
        answer = self.answers.get(f"{name}{args[-1]}", self.answers[name]) if args else self.answers[name]
        return dict.fromkeys(handles, answer)

    def stop(self, handle: Handle) -> None: ...

    def close(self, handle: Handle) -> None: ...

    def close_all(self) -> None: ...


def examined(root: Path, executor: FakeExecutor) -> dict[str, Check]:
    return {check.name: check for check in examine(root, require_gpu=False, executor=executor)}


def test_the_speed_of_each_device_is_told(tmp_path: Path) -> None:
    executor = FakeExecutor({**ANSWERS, "_ask_tensorflow": Returned(Devices((GPU, GPU, CPU), None))})
    checks = examined(tmp_path, executor)

    assert checks["CPU matrix product"].found == "100 GFLOP/s (1000 x 1000, float32)"
    assert checks["GPU 1 training step"].found == "12,800 images/s (10.0 ms a batch of 128); the first batch took 1.5 s"
    assert checks["GPU 0"].found == "NVIDIA T4 (16 GB), compute capability 7.5"
    assert ("_time_step", "GPU", 1, False) in executor.asked
    assert ("_time_step", "CPU", 0, True) in executor.asked


def test_a_step_that_dies_is_a_failure_and_the_rest_is_told(tmp_path: Path) -> None:
    killed = Died("its process was killed by SIGKILL, as the kernel does when memory runs out")
    checks = examined(tmp_path, FakeExecutor({**ANSWERS, "_time_stepFalse": killed}))

    assert checks["CPU training step"].verdict is Verdict.FAILURE
    assert "SIGKILL" in checks["CPU training step"].found
    assert checks["CPU step with XLA"].verdict is Verdict.OK


def test_xla_that_does_not_compile_is_a_warning_since_the_problems_do_without(tmp_path: Path) -> None:
    checks = examined(tmp_path, FakeExecutor({**ANSWERS, "_time_stepTrue": Raised("InternalError: no libdevice")}))

    assert checks["CPU step with XLA"].verdict is Verdict.WARNING
    assert exit_code(tuple(checks.values())) == ExitCode.OK


def test_a_step_that_takes_too_long_is_a_warning(tmp_path: Path) -> None:
    late = Died("took longer than 120 s", timed_out=True)
    checks = examined(tmp_path, FakeExecutor({**ANSWERS, "_time_product": late}))

    assert checks["CPU matrix product"].verdict is Verdict.WARNING
    assert "CUDA_CACHE_PATH" in checks["CPU matrix product"].hint


def test_a_driver_that_hangs_is_a_failure(tmp_path: Path) -> None:
    late = Died("took longer than 120 s", timed_out=True)
    checks = examined(tmp_path, FakeExecutor({**ANSWERS, "_ask_driver": late}))

    assert checks["driver"].verdict is Verdict.FAILURE


def test_after_an_import_that_kills_its_process_nothing_more_is_asked_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tensorflow.py").write_text("raise SystemExit('no AVX here')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    executor = FakeExecutor(import_dies=True)
    checks = examined(tmp_path, executor)

    assert executor.asked == []
    assert "died while it imported TensorFlow" in checks["TensorFlow"].found
    assert "no AVX here" in checks["TensorFlow"].found
    assert checks["TensorFlow"].verdict is Verdict.FAILURE
    assert checks["driver"].verdict is Verdict.UNKNOWN


def test_devices_that_tensorflow_does_not_tell_are_a_failure(tmp_path: Path) -> None:
    broken = Raised("ImportError: libstdc++.so.6: cannot open shared object file")
    checks = examined(tmp_path, FakeExecutor({**ANSWERS, "_ask_tensorflow": broken}))

    assert checks["TensorFlow"].verdict is Verdict.FAILURE
    assert "libstdc++" in checks["TensorFlow"].found
    assert checks["in TensorFlow"].verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("codes", "worst"),
    [
        ([], ExitCode.OK),
        ([ExitCode.IO_ERROR, ExitCode.CONFIG], ExitCode.CONFIG),
        ([ExitCode.IO_ERROR, ExitCode.CONFIG, ExitCode.NO_PERMISSION], ExitCode.NO_PERMISSION),
    ],
)
def test_the_worst_failure_gives_the_exit_code(codes: list[ExitCode], worst: ExitCode) -> None:
    checks = [Check(subject="a", name="b", verdict=Verdict.FAILURE, found="c", exit_code=code) for code in codes]
    warning = Check(subject="a", name="b", verdict=Verdict.WARNING, found="c", exit_code=ExitCode.NO_PERMISSION)

    assert exit_code((*checks, warning)) == worst


def test_the_text_tells_each_finding_and_what_to_do(tmp_path: Path) -> None:
    wrong = Check(subject="GPU", name="driver", verdict=Verdict.FAILURE, found="too [old]", hint="update it")
    text = render_checks((Check(subject="Machine", name="CPU", found="2 cores"), wrong))

    assert text == (
        "Machine\n"
        "  ok       CPU     2 cores\n"
        "\n"
        "GPU\n"
        "  failure  driver  too [old]\n"
        "                   what to do: update it\n"
        "\n"
        "A search will not work here as it is: 1 failure, 0 warnings, 0 unknown.\n"
    )


def test_everything_that_is_found_is_json(tmp_path: Path) -> None:
    checks = examine(tmp_path, require_gpu=True, executor=FakeExecutor())
    described = describe_checks(checks)

    assert json.loads(json.dumps(described, allow_nan=False)) == described
    assert described["exit_code"] == ExitCode.CONFIG
    assert len(described["checks"]) == len(checks)
