"""What a problem's code is asked for is asked in a process of its own, once, and told of however that process ends."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from job.core.events import Event, Phase, PhaseStarted
from job.core.objective import Objective
from job.core.problem import Declared, Sources
from job.core.space import Real, Space
from job.data import DataSource
from job.errors import DataMissingError, InterruptedRunError, NoProgressError
from job.executors import HERE, Died, Ending, Handle, Place, Raised, Returned, Tell
from job.run.asking import Asking
from job.run.stopping import StopFlag
from job.training import Setup
from job.training.devices import Device

SETUP = Setup(
    module="job.problems.digits",
    data=DataSource(),
    seed=0,
    epochs=1,
    batch_size=32,
    objective=Objective("val_accuracy", "max"),
    deterministic=True,
    checkpoint_seconds=60,
)
DECLARED = Declared(space=Space((Real("rate", 0.1, 1.0),)), epochs=2, batch_size=32)


@dataclass
class FakeExecutor:
    """Ends each call in the same way, or never, and knows of which calls."""

    ending: Ending | None
    calls: list[str] = field(default_factory=list)

    def start(self) -> None:
        self.calls.append("start")

    def prepare(self) -> None:
        raise AssertionError("whoever is asked prepares itself")

    def submit(
        self,
        function: Callable[..., Any],
        *args: Any,
        log: Path | None,
        timeout: float | None = None,
        place: Place | None = HERE,
        folder: Path | None = None,
    ) -> Handle:
        self.calls.append(function.__name__)
        return Handle(len(self.calls))

    def wait(self, handles: Collection[Handle], tell: Tell, seconds: float) -> Mapping[Handle, Ending]:
        return {} if self.ending is None else dict.fromkeys(handles, self.ending)

    def stop(self, handle: Handle) -> None:
        raise AssertionError("it is ended at once")

    def close(self, handle: Handle) -> None:
        raise AssertionError("nothing else is at work")

    def close_all(self) -> None:
        self.calls.append("close")


def sources(text: str) -> Sources:
    return Sources(folder="/mine", main="churn.py", texts={"churn.py": text})


def asking(ending: Ending | None) -> tuple[Asking, FakeExecutor, list[Event]]:
    executor, events = FakeExecutor(ending), list[Event]()
    return Asking(executor, StopFlag(), events.append), executor, events


def test_a_file_is_asked_once_for_what_it_declares() -> None:
    asks, executor, events = asking(Returned(DECLARED))
    assert [asks.declare(sources(text)) for text in ("x = 1", "x = 1  # the same")] == [DECLARED] * 2
    assert (executor.calls, events) == (["start", "declare", "close"], [PhaseStarted(Phase.PROBLEM)])
    asks.declare(sources("x = 2"))
    assert executor.calls.count("declare") == 2


def test_a_built_in_problem_is_asked_here_since_it_imports_no_keras() -> None:
    asks, executor, events = asking(Died("it is not called"))
    assert asks.declare("digits").space.names[0] == "learning_rate"
    assert (executor.calls, events) == ([], [])


@pytest.mark.parametrize(
    "ending", [Died("its process was killed by SIGKILL"), Raised("its process was killed by SIGKILL")]
)
def test_a_process_that_ends_without_an_answer_is_told(ending: Ending) -> None:
    asks, executor, _ = asking(ending)
    with pytest.raises(NoProgressError, match=r"^churn.py could not be loaded: its process was killed by SIGKILL$"):
        asks.declare(sources("x = 1"))
    with pytest.raises(NoProgressError, match=r"^the data could not be loaded: its process was killed by SIGKILL$"):
        asks.look_at_data(SETUP)
    assert executor.calls[-1] == "close"


def test_the_gpus_are_asked_for_once_and_in_another_process() -> None:
    gpu = Device(kind="GPU", name="NVIDIA T4", memory_bytes=16 * 2**30)
    asks, executor, events = asking(Returned((gpu, Device(kind="CPU", name="AMD EPYC 9654", cores=2))))
    assert [asks.machine().gpus for _ in range(2)] == [(16 * 2**30,)] * 2
    assert (executor.calls, events) == (["start", "look_for_devices", "close"], [PhaseStarted(Phase.DEVICES)])


def test_an_error_for_the_user_is_handed_on() -> None:
    asks, *_ = asking(Raised("there are none", DataMissingError("there are none")))
    with pytest.raises(DataMissingError, match="there are none"):
        asks.look_at_data(SETUP)


def test_an_answer_that_takes_longer_than_the_run_may_is_not_waited_for_where_no_signal_is_heard() -> None:
    asks, executor, _ = asking(None)
    asks.stop.limit(grace_seconds=10, run_seconds=0.01)
    with pytest.raises(InterruptedRunError, match="--run-for"):
        asks.look_at_data(SETUP)
    assert executor.calls == ["start", "look_at_data", "close"]
