"""The loop with fakes at its three seams: a store in memory, an executor that acts by a script, a flag."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from job.budgets import Budgets
from job.data import DataSource
from job.errors import DataMissingError, DeviceMissingError, ExitCode, InterruptedRunError, NoProgressError
from job.events import CheckpointLeft, EpochEnded, Event, Notice, RunEnded, TrialEnded, TrialStarted
from job.executors import Died, Ending, Raised, Returned, Tell
from job.search import Search
from job.space import Categorical, Params, Space
from job.stopping import StopFlag
from job.store import TrialFiles
from job.study import Study, TestResult
from job.training import Completed, Diverged, Evaluation, Setup, Stopped, advance, evaluate, look_for_devices
from job.training.devices import Device
from job.trial import EpochLogs, Status
from tests.fakes import study_of

CPU = Device(kind="CPU", name="a processor", cores=2)
GPU = Device(kind="GPU", name="a graphics card", memory_bytes=8_000_000_000)
TEST_METRICS = {"accuracy": 0.9, "loss": 0.3}
CONFUSION = ((3, 1), (0, 4))
EVALUATION = Evaluation(
    metrics=TEST_METRICS,
    images=8,
    class_names=("a", "b"),
    confusion=CONFUSION,
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
    """Answers each `advance` by its script, and each `evaluate` with the same answer."""

    script: Script = completes
    devices: tuple[Device, ...] | Raised | Died = (CPU,)
    evaluation: Evaluation = EVALUATION
    calls: list[str] = field(default_factory=list)
    timeouts: list[float | None] = field(default_factory=list)
    prepared: bool = False
    stopped: bool = False
    messages: list[Event | Ending] = field(default_factory=list)

    def prepare(self) -> None:
        self.prepared = True

    def submit(self, function: Callable[..., Any], *args: Any, log: Path | None, timeout: float | None = None) -> None:
        if function is look_for_devices:
            self.messages = [Returned(self.devices) if isinstance(self.devices, tuple) else self.devices]
        elif function is advance:
            self.timeouts.append(timeout)
            self.calls.append(f"advance {args[1]}")
            self.messages = self.script(args[1], args[2])
        else:
            self.calls.append("evaluate")
            self.messages = [Returned(self.evaluation)]

    def wait(self, tell: Tell, seconds: float) -> Ending | None:
        message = self.messages.pop(0)
        if isinstance(message, Returned | Raised | Died):
            return message
        tell(message)
        return None

    def stop(self) -> None:
        if not self.stopped:
            self.messages = [Returned(Stopped())]
        self.stopped = True

    def close(self) -> None:
        self.calls.append("close")


@dataclass
class FakeStore:
    """Keeps every generation, and the order in which things were made durable."""

    generations: list[Study] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    best_model: Path = Path("best.keras")
    best: str = ""
    predictions: str = ""  # their digest

    def trial_files(self, number: int) -> TrialFiles:
        return TrialFiles(Path("trials", str(number)))

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

    def write_predictions(self, data: bytes) -> None:
        self.predictions = sha256(data).hexdigest()
        self.steps.append("predictions")

    def predictions_are(self, digest: str) -> bool:
        return self.predictions == digest

    def write_result(self, data: bytes) -> None:
        self.steps.append("result")

    def clear_trial(self, number: int) -> None:
        self.steps.append(f"clear {number}")


@dataclass
class Run:
    """A search with its fakes, and what it told."""

    search: Search
    executor: FakeExecutor
    store: FakeStore
    stop: StopFlag
    events: list[Event]


def run_of(study: Study | None = None, *, trials: int = 3, script: Script = completes, **limits: Any) -> Run:
    executor, store, stop, events = FakeExecutor(script), FakeStore(), StopFlag(), list[Event]()
    timeout, require_gpu = limits.pop("trial_timeout", None), limits.pop("require_gpu", False)
    executor.devices = limits.pop("devices", executor.devices)
    setup = Setup(
        module="",
        data=DataSource(),
        seed=7,
        batch_size=1,
        objective=study_of().fingerprint.objective,
        deterministic=True,
        checkpoint_seconds=60,
    )
    search = Search(
        study=study or replace(study_of(), sessions=()),
        setup=setup,
        budgets=Budgets(trials=trials, **limits),
        trial_timeout=timeout,
        require_gpu=require_gpu,
        store=store,
        executor=executor,
        stop=stop,
        listener=lambda event, _: events.append(event),
        clock=lambda: 1000.0,
    )
    return Run(search, executor, store, stop, events)


def ask_to_stop(run: Run) -> None:
    run.stop.limit(grace_seconds=10, run_seconds=0)


def test_a_search_completes_its_trials_and_tests_the_best_model() -> None:
    run = run_of(trials=3)
    study = run.search.run()
    assert [trial.status for trial in study.trials] == [Status.COMPLETED] * 3
    best = study.best
    assert best is not None and study.test is not None
    assert (study.test.number, study.test.metrics) == (best.number, TEST_METRICS)
    assert study.test.confusion == CONFUSION
    assert run.store.best == best.model_sha256
    assert run.executor.calls == ["advance 1", "advance 2", "advance 3", "evaluate", "close"]


def test_the_model_is_durable_before_the_study_that_speaks_of_it_and_files_go_last() -> None:
    run = run_of(trials=1)
    run.search.run()
    steps = run.store.steps
    order = ["study with 0 completed", "model 1", "study with 1 completed", "clear 1", "result"]
    assert [steps.index(step) for step in order] == sorted(steps.index(step) for step in order)


def test_an_attempt_is_counted_in_the_saved_study_before_it_begins() -> None:
    run = run_of(trials=1)

    def script(number: int, params: Params) -> list[Event | Ending]:
        assert run.store.generations[-1].trial(number).attempts == 1
        return completes(number, params)

    run.executor.script = script
    run.search.run()


def test_a_result_is_written_after_every_trial() -> None:
    run = run_of(trials=4)
    run.search.run()
    assert run.store.steps.count("result") == 4


@pytest.mark.parametrize("generation", range(10))
def test_a_search_that_goes_on_from_any_saved_generation_ends_like_an_unbroken_one(generation: int) -> None:
    unbroken = run_of(trials=3)
    unbroken.search.run()
    saved = unbroken.store.generations[min(generation, len(unbroken.store.generations) - 1)]
    run = run_of(saved, trials=3)
    run.store.best = saved.best.model_sha256 if saved.best else ""
    study = run.search.run()
    points = [(trial.params, trial.history, trial.status) for trial in study.trials]
    assert points == [(trial.params, trial.history, trial.status) for trial in unbroken.search.study.trials]
    assert study.test == unbroken.search.study.test


def test_a_trial_in_hand_goes_on_before_another_is_proposed() -> None:
    study = study_of(0.5, running_epochs=1)
    run = run_of(study, trials=2)
    run.store.best = "0" * 64
    run.search.run()
    assert run.executor.calls[0] == "advance 2"
    assert len(run.search.study.trials) == 2


def test_more_trials_than_before_go_on_with_the_rest() -> None:
    first = run_of(trials=2)
    run = run_of(first.search.run(), trials=3)
    run.store.best = first.store.best
    run.search.run()
    assert [call for call in run.executor.calls if call.startswith("advance")] == ["advance 3"]


def test_a_best_model_that_is_tested_is_not_tested_again() -> None:
    first = run_of(trials=1)
    study = first.search.run()
    run = run_of(study, trials=1)
    run.store.best, run.store.predictions = first.store.best, first.store.predictions
    run.search.run()
    assert "evaluate" not in run.executor.calls


def test_a_best_model_whose_predictions_are_lost_is_tested_again() -> None:
    first = run_of(trials=1)
    run = run_of(first.search.run(), trials=1)
    run.store.best = first.store.best
    study = run.search.run()
    assert run.executor.calls == ["evaluate", "close"]
    assert study.test is not None
    assert run.store.predictions_are(study.test.predictions_sha256)


def test_a_test_without_predictions_leaves_none_and_is_not_done_again() -> None:
    first = run_of(trials=1)
    first.executor.evaluation = replace(EVALUATION, confusion=None, predictions=b"")
    study = first.search.run()
    run = run_of(study, trials=1)
    run.store.best = first.store.best
    run.search.run()
    assert study.test == TestResult(number=1, metrics=TEST_METRICS)
    assert "predictions" not in first.store.steps
    assert "evaluate" not in run.executor.calls


def test_the_predictions_are_durable_before_the_study_that_speaks_of_them() -> None:
    run = run_of(trials=1)
    save, seen = run.store.save, list[bool]()

    def look(study: Study) -> None:
        if study.test is not None:
            seen.append(run.store.predictions_are(study.test.predictions_sha256))
        save(study)

    run.store.save = look  # type: ignore[method-assign]
    run.search.run()
    assert seen and all(seen)


def test_a_lost_best_model_is_trained_again() -> None:
    first = run_of(trials=1)
    run = run_of(first.search.run(), trials=1)
    run.store.predictions = first.store.predictions
    run.search.run()
    assert run.executor.calls == ["advance 1", "close"]
    assert run.store.best == "model 1"


def test_checkpoints_are_taken_into_the_study_and_forgive_the_attempts() -> None:
    def script(number: int, params: Params) -> list[Event | Ending]:
        history = history_of(params)
        left = CheckpointLeft(number, history[:1], 4.0)
        return [left, EpochEnded(number, 1, history[0]), *completes(number, params)]

    run = run_of(trials=1, script=script)
    run.search.run()
    seen = [generation.trial(1) for generation in run.store.generations if generation.trials]
    assert any(trial.epochs == 1 and trial.seconds == 4.0 and trial.attempts == 1 for trial in seen)
    assert not any(isinstance(event, CheckpointLeft) for event in run.events)


def test_a_trial_that_raises_has_failed_for_good_and_the_next_one_follows() -> None:
    def script(number: int, params: Params) -> list[Event | Ending]:
        return [Raised("ValueError: no")] if number == 1 else completes(number, params)

    study = run_of(trials=2, script=script).search.run()
    assert [trial.status for trial in study.trials] == [Status.FAILED, Status.COMPLETED, Status.COMPLETED]
    assert study.trial(1).reason == "ValueError: no"


def test_a_trial_that_diverges_has_failed_for_good() -> None:
    def script(number: int, params: Params) -> list[Event | Ending]:
        return [Returned(Diverged("loss is nan"))] if number == 1 else completes(number, params)

    assert run_of(trials=1, script=script).search.run().trial(1).reason == "loss is nan"


def test_a_trial_whose_process_dies_is_tried_again() -> None:
    deaths = iter(range(2))

    def script(number: int, params: Params) -> list[Event | Ending]:
        return [Died("killed")] if next(deaths, None) is not None else completes(number, params)

    run = run_of(trials=1, script=script)
    study = run.search.run()
    assert run.executor.calls[:3] == ["advance 1"] * 3
    assert (study.trial(1).status, study.trial(1).reason) == (Status.COMPLETED, "")
    assert [event.attempt for event in run.events if isinstance(event, TrialStarted)] == [1, 2, 3]
    assert any(isinstance(event, Notice) and event.level == "warning" for event in run.events)


def test_a_trial_whose_process_dies_every_time_fails_after_its_attempts() -> None:
    def script(number: int, params: Params) -> list[Event | Ending]:
        return [Died("killed by SIGKILL")] if number == 1 else completes(number, params)

    run = run_of(trials=1, script=script, max_attempts=3)
    study = run.search.run()
    assert run.executor.calls[:4] == ["advance 1"] * 3 + ["advance 2"]
    assert study.trial(1).status is Status.FAILED
    assert study.trial(1).reason == "started 3 times without getting on: killed by SIGKILL"


def test_a_trial_that_kills_the_whole_job_is_found_out() -> None:
    """Nothing is there to see such an end: all that is left is the count that was saved before."""
    study = study_of().propose(run_of().search.study.fingerprint.default)
    for _ in range(5):
        study = study.start(1, now=0)
    run = run_of(study, trials=1)
    assert run.search.run().trial(1).reason == "started 5 times without getting on: killed each time"
    assert run.executor.calls[0] == "advance 2"


def test_a_trial_that_takes_too_long_has_failed_for_good() -> None:
    def script(number: int, params: Params) -> list[Event | Ending]:
        return [Died("took longer than 5 s", timed_out=True)] if number == 1 else completes(number, params)

    assert run_of(trials=1, script=script).search.run().trial(1).status is Status.FAILED


def test_the_time_of_earlier_attempts_counts_towards_the_timeout() -> None:
    run = run_of(study_of(running_epochs=1, epochs=3), trials=1, trial_timeout=50.0)
    run.search.run()
    assert run.executor.timeouts[0] == pytest.approx(50 - 20)


def test_one_failure_after_another_ends_the_job() -> None:
    run = run_of(trials=9, script=lambda number, _: [Raised(f"ValueError: {number}")], max_failures=3)
    with pytest.raises(NoProgressError, match="3 trials in a row have failed, the last one, 3, because: ValueError: 3"):
        run.search.run()
    assert run.executor.calls == ["advance 1", "advance 2", "advance 3", "close"]
    assert run.store.generations[-1].sessions[-1].ended == "failed"


def test_an_error_for_the_user_ends_the_run_and_costs_the_trial_nothing() -> None:
    error = DataMissingError("no images", hint="look elsewhere")
    run = run_of(script=lambda *_: [Raised("no images", error)])
    with pytest.raises(DataMissingError):
        run.search.run()
    saved = run.store.generations[-1].trial(1)
    assert (saved.status, saved.attempts) == (Status.RUNNING, 0)


def test_a_request_to_stop_ends_the_trial_in_hand_and_costs_it_nothing() -> None:
    def script(number: int, params: Params) -> list[Event | Ending]:
        ask_to_stop(run)
        return [EpochEnded(number, 1, history_of(params)[0]), *completes(number, params)]

    run = run_of(script=script)
    with pytest.raises(InterruptedRunError, match="--run-for"):
        run.search.run()
    last = run.store.generations[-1]
    assert run.executor.stopped
    assert (last.trial(1).status, last.trial(1).attempts, last.sessions[-1].ended) == (
        Status.RUNNING,
        0,
        "interrupted",
    )


def test_a_request_to_stop_before_the_first_trial_starts_none() -> None:
    run = run_of()
    ask_to_stop(run)
    with pytest.raises(InterruptedRunError):
        run.search.run()
    assert run.executor.calls == ["close"]


def test_a_request_to_stop_within_the_test_leaves_the_test_to_the_next_run() -> None:
    run = run_of(trials=1)
    submit = run.executor.submit

    def stop_first(function: Callable[..., Any], *args: Any, log: Path | None, timeout: float | None = None) -> None:
        submit(function, *args, log=log, timeout=timeout)
        if function is evaluate:
            ask_to_stop(run)
            run.executor.messages = [Returned(Stopped())]

    run.executor.submit = stop_first  # type: ignore[method-assign]
    with pytest.raises(InterruptedRunError):
        run.search.run()
    assert run.store.generations[-1].test is None


def test_a_space_of_nothing_but_failures_ends_the_job() -> None:
    fingerprint = study_of().fingerprint
    space = Space((Categorical("activation", ("relu", "tanh")),))
    study = Study(fingerprint=replace(fingerprint, space=space, default={"activation": "relu"}))
    run = run_of(study, script=lambda *_: [Raised("ValueError: no")])
    with pytest.raises(NoProgressError, match="none of 2 trials has succeeded"):
        run.search.run()


def test_the_end_tells_why() -> None:
    run = run_of(trials=1)
    run.search.run()
    assert run.events[-1] == RunEnded("1 of 1 trials are complete", finished=True)
    assert sum(isinstance(event, TrialEnded) for event in run.events) == 1


def test_patience_ends_a_search_without_gain() -> None:
    run = run_of(trials=40, patience=2)
    study = run.search.run()
    assert study.trials_without_gain == 2
    assert len(study.trials) < 40


def notices(run: Run) -> list[str]:
    return [event.message for event in run.events if isinstance(event, Notice)]


def test_a_run_says_and_keeps_what_it_trains_on() -> None:
    run = run_of(trials=1, devices=(GPU, CPU))
    study = run.search.run()
    assert "trains on GPU: a graphics card (8 GB)" in notices(run)
    assert study.sessions[-1].device == study.device == "GPU: a graphics card (8 GB)"


def test_a_run_on_another_device_than_the_one_before_is_told_what_that_means() -> None:
    study = run_of(trials=1, devices=(GPU, CPU)).search.run()
    again, moved = run_of(study, trials=2, devices=(GPU, CPU)), run_of(study, trials=2)
    again.search.run()
    moved.search.run()
    assert not any("before" in notice for notice in notices(again))
    assert any("trained on GPU: a graphics card (8 GB) before" in notice for notice in notices(moved))


def test_a_run_without_the_gpu_that_is_required_trains_nothing() -> None:
    run = run_of(require_gpu=True)
    with pytest.raises(DeviceMissingError, match="found CPU: a processor") as caught:
        run.search.run()
    assert caught.value.exit_code == ExitCode.CONFIG
    assert "hpo-job doctor" in caught.value.hint
    assert run.executor.calls == ["close"]


def test_a_gpu_that_is_there_is_what_is_required() -> None:
    run = run_of(trials=1, require_gpu=True, devices=(GPU, CPU))
    assert len(run.search.run().scored) == 1


def test_devices_that_cannot_be_looked_for_end_the_run() -> None:
    run = run_of(devices=Died("its process was killed by SIGSEGV"))
    with pytest.raises(NoProgressError, match="SIGSEGV"):
        run.search.run()


def test_a_run_notes_its_versions_its_options_its_epochs_and_its_time() -> None:
    def script(number: int, params: Params) -> list[Event | Ending]:
        return [EpochEnded(number, 1, {}), EpochEnded(number, 2, {}), *completes(number, params)]

    run = run_of(trials=2, script=script)
    run.search.versions, run.search.options = {"Keras": "3.15.1"}, ("--trials", "2")
    session = run.search.run().sessions[-1]
    assert (session.versions, session.options, session.epochs) == ({"Keras": "3.15.1"}, ("--trials", "2"), 4)
    assert set(session.seconds) == {"start", "proposals", "trials", "saving", "test"}
