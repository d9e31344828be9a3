"""A search with fakes at its seams: a store in memory, an executor that acts by a script, a flag."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from job.core.events import Event, Notice
from job.core.journal import Request
from job.core.limits import Limits
from job.core.space import Params
from job.core.study import Study
from job.core.tested import TestResult
from job.core.trial import EpochLogs, Status
from job.data import DataSource
from job.errors import StateUnreadableError
from job.executors import HERE, Died, Ending, Handle, Lost, Place, Raised, Returned, Tell
from job.run.intake import Intake
from job.run.loop import Loop
from job.run.open_run import OpenRun
from job.run.stopping import StopFlag
from job.state.directory import TrialFiles
from job.training import Completed, Evaluation, Setup, Stopped, advance, look_for_devices
from job.training.devices import Device
from tests.fakes import study_of

CPU = Device(kind="CPU", name="a processor", cores=2)
GPU = Device(kind="GPU", name="a graphics card", memory_bytes=8_000_000_000)
TEST_METRICS = {"accuracy": 0.9, "loss": 0.3}
CONFUSION = ((3, 1), (0, 4))
EVALUATION = Evaluation(
    test=TestResult(number=1, metrics=TEST_METRICS, confusion=CONFUSION),
    examples=8,
    class_names=("a", "b"),
    predictions=b"predictions",
    data_sha256="9f2c",
)
Script = Callable[[int, Params], list[Event | Ending]]


def score_of(params: Params) -> float:
    return 1 - abs(float(params["dropout"]) - 0.2)


def history_of(params: Params, epochs: int = 3) -> tuple[EpochLogs, ...]:
    return tuple({"loss": 0.1, "val_accuracy": score_of(params) - (2 - epoch) / 100} for epoch in range(epochs))


def completes(number: int, params: Params) -> list[Event | Ending]:
    return [Returned(Completed(history_of(params), 10.0, f"model {number}"))]


@dataclass
class FakeExecutor:
    """Answers each `advance` by its script, and each `evaluate` with the same answer; calls at work tell in turn."""

    script: Script = completes
    devices: tuple[Device, ...] | Raised | Died = (CPU,)
    evaluation: Evaluation = EVALUATION
    calls: list[str] = field(default_factory=list)
    timeouts: list[float | None] = field(default_factory=list)
    prepared: bool = False
    stopped: set[Handle] = field(default_factory=set)
    messages: dict[Handle, list[Event | Ending]] = field(default_factory=dict)  # that are not told yet
    submitted: int = 0
    at_work: dict[Handle, int] = field(default_factory=dict)  # the trials
    company: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)  # each as it begins, and those at work

    def start(self) -> None:
        pass

    def prepare(self) -> None:
        self.prepared = True

    def submit(
        self,
        function: Callable[..., Any],
        *args: Any,
        log: Path | None,
        timeout: float | None = None,
        place: Place | None = HERE,
        folder: Path | None = None,
    ) -> Handle:
        self.submitted += 1
        handle = Handle(self.submitted)
        if function is look_for_devices:
            self.messages[handle] = [Returned(self.devices) if isinstance(self.devices, tuple) else self.devices]
        elif function is advance:
            self.timeouts.append(timeout)
            self.calls.append(f"advance {args[1]}")
            self.company.append((args[1], tuple(self.at_work.values())))
            self.at_work[handle] = args[1]
            self.messages[handle] = self.script(args[1], args[2])
        else:
            self.calls.append("evaluate")
            self.messages[handle] = [Returned(self.evaluation)]
        return handle

    def wait(self, handles: Collection[Handle], tell: Tell, seconds: float) -> Mapping[Handle, Ending]:
        endings = dict[Handle, Ending]()
        for handle in handles:
            match self.messages[handle][0]:
                case (Returned() | Raised() | Died() | Lost()) as ending:
                    endings[handle] = ending
                case event:
                    del self.messages[handle][0]
                    tell(event)
        for handle in endings:
            self._forget(handle)
        return endings

    def stop(self, handle: Handle) -> None:
        if handle not in self.stopped:
            self.messages[handle] = [Returned(Stopped())]
        self.stopped.add(handle)

    def close(self, handle: Handle) -> None:
        self.calls.append("close")
        self._forget(handle)

    def close_all(self) -> None:
        self.calls.append("close")
        self.messages.clear()
        self.at_work.clear()

    def _forget(self, handle: Handle) -> None:
        self.messages.pop(handle, None)
        self.at_work.pop(handle, None)


@dataclass
class FakeStore:
    """Keeps every generation, and the order in which things were made durable."""

    generations: list[Study] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    best_model: Path = Path("best.keras")
    best: str = ""
    predictions: str = ""  # their digest
    kept_checkpoints: tuple[int, ...] = ()

    def trial_files(self, number: int) -> TrialFiles:
        return TrialFiles(Path("trials", str(number)))

    def save_progress(self, study: Study) -> None:
        self.save(study)

    def save(self, study: Study) -> None:
        self.generations.append(study)
        self.steps.append(f"study with {len(study.with_status(Status.COMPLETED))} completed")

    def keep_best(self, number: int) -> None:
        self.best = f"model {number}"
        self.steps.append(self.best)

    def set_best_aside(self) -> None:
        self.best = ""
        self.steps.append("aside")

    def best_model_is(self, digest: str) -> bool:
        return self.best == digest

    def has_model(self, number: int, digest: str) -> bool:
        is_left = number < 0  # of trials only the best model stays
        return is_left and digest == f"model {number}" and f"clear {number}" not in self.steps

    def write_predictions(self, data: bytes) -> None:
        self.predictions = sha256(data).hexdigest()
        self.steps.append("predictions")

    def has_predictions_of(self, study: Study) -> bool:
        return study.test is None or self.predictions == study.test.predictions_sha256

    def write_result(self, data: bytes) -> None:
        self.steps.append("result")

    def clear_trial(self, number: int) -> None:
        self.steps.append(f"clear {number}")

    def keep_checkpoints(self, study: Study, numbers: Collection[int]) -> None:
        self.kept_checkpoints = tuple(numbers)


@dataclass
class FakeInbox:
    """Holds requests by their names, and names that stand for files which cannot be read."""

    waiting: dict[str, Request | None] = field(default_factory=dict)

    def ask(self, request: Request | None) -> str:
        name = f"request {len(self.waiting)}"
        self.waiting[name] = request
        return name

    def names(self) -> tuple[str, ...]:
        return tuple(self.waiting)

    def read(self, name: str) -> Request:
        request = self.waiting[name]
        if request is None:
            raise StateUnreadableError(f"{name} is no request")
        return request

    def remove(self, name: str) -> None:
        del self.waiting[name]

    def set_aside(self, name: str) -> str:
        del self.waiting[name]
        return f"{name}.damaged-1"


@dataclass
class Run:
    """A search with its fakes, and what it told."""

    loop: Loop
    executor: FakeExecutor
    store: FakeStore
    stop: StopFlag
    events: list[Event]
    inbox: FakeInbox


def run_of(
    study: Study | None = None,
    *,
    trials: int = 3,
    script: Script = completes,
    workers: int | Callable[[], Sequence[Place]] = 1,
    **limits: Any,
) -> Run:
    executor, store, stop, events = FakeExecutor(script), FakeStore(), StopFlag(), list[Event]()
    inbox = FakeInbox()
    require_gpu = limits.pop("require_gpu", False)
    executor.devices = limits.pop("devices", executor.devices)
    setup = Setup(
        module="",
        data=DataSource(),
        seed=7,
        epochs=3,
        batch_size=1,
        objective=study_of().fingerprint.objective,
        deterministic=True,
        threads=limits.pop("threads", None),
        checkpoint_seconds=60,
    )
    run = OpenRun(
        study=study or replace(study_of(), runs=()),
        store=store,
        executor=executor,
        stop=stop,
        listener=lambda event, _: events.append(event),
        intake=Intake(inbox, seconds=0),
        clock=lambda: 1000.0,
    )
    loop = Loop(
        run=run,
        setup=setup,
        limits=Limits(trials=trials, **limits),
        require_gpu=require_gpu,
        workers=workers_here(workers) if isinstance(workers, int) else workers,
    )
    return Run(loop, executor, store, stop, events, inbox)


def workers_here(number: int) -> Callable[[], tuple[Place, ...]]:
    return lambda: tuple(Place(worker=worker) for worker in range(number))


def ask_to_stop(run: Run) -> None:
    run.stop.limit(grace_seconds=10, run_seconds=0)


def notices(run: Run) -> list[str]:
    return [event.message for event in run.events if isinstance(event, Notice)]
