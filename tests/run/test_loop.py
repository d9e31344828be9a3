"""The loop: what it proposes, saves and tells, and how it ends."""

from dataclasses import dataclass, replace

import pytest

from job.core.ending import EndKind
from job.core.events import (
    CheckpointLeft,
    EpochEnded,
    Event,
    Level,
    Notice,
    Phase,
    PhaseStarted,
    TrainingBegan,
    TrialEnded,
    TrialStarted,
)
from job.core.run import RunEnd
from job.core.space import Categorical, Params, Space
from job.core.study import Study
from job.core.trial import Status
from job.errors import (
    DataMissingError,
    DeviceMissingError,
    ExitCode,
    InterruptedRunError,
    NoProgressError,
    StateUnwritableError,
)
from job.executors import Died, Ending, Raised, Returned
from job.run.machine import Software
from job.training import Completed, Diverged
from tests.fake_search import (
    CONFUSION,
    CPU,
    GPU,
    TEST_METRICS,
    FakeStore,
    ask_to_stop,
    completes,
    history_of,
    notices,
    run_of,
)
from tests.fakes import study_of


def test_a_search_completes_its_trials_and_tests_the_best_model() -> None:
    run = run_of(trials=3)
    study = run.loop.go()
    assert [trial.status for trial in study.trials] == [Status.COMPLETED] * 3
    best = study.best
    assert best is not None and study.test is not None
    assert (study.test.number, study.test.metrics) == (best.number, TEST_METRICS)
    assert study.test.confusion == CONFUSION
    assert run.store.best == best.model_sha256
    assert run.executor.calls == ["advance 1", "advance 2", "advance 3", "evaluate", "close"]


def test_the_model_is_durable_before_the_study_that_speaks_of_it_and_files_go_last() -> None:
    run = run_of(trials=1)
    run.loop.go()
    steps = run.store.steps
    order = ["study with 0 completed", "model 1", "study with 1 completed", "clear 1"]
    assert [steps.index(step) for step in order] == sorted(steps.index(step) for step in order)


def test_an_attempt_is_counted_in_the_saved_study_before_it_begins() -> None:
    run = run_of(trials=1)

    def script(number: int, params: Params) -> list[Event | Ending]:
        assert run.store.generations[-1].trial(number).attempts == 1
        return completes(number, params)

    run.executor.script = script
    run.loop.go()


def test_the_result_is_durable_before_the_study_says_that_the_search_has_finished() -> None:
    run = run_of(trials=2)
    endings: list[RunEnd] = []  # that saved studies have told of when the result is written

    @dataclass
    class Store(FakeStore):
        def write_result(self, data: bytes) -> None:
            assert data and len(self.generations[-1].completed) == 2
            endings.extend(study.runs[-1].ended for study in self.generations)

    run.loop.run.store = run.store = Store()
    run.loop.go()
    assert set(endings) == {RunEnd.UNKNOWN}
    assert run.store.generations[-1].runs[-1].ended is RunEnd.FINISHED


def test_what_the_surrogate_expects_of_a_trial_is_in_the_first_study_that_has_the_trial() -> None:
    begun = study_of()
    fingerprint = replace(begun.fingerprint, initial_points=2)
    run = run_of(replace(begun, fingerprint=fingerprint, runs=()), trials=5)

    trials = run.loop.go().trials

    assert [trial.expected is not None for trial in trials] == [False, False, False, True, True]
    for trial in trials:
        first = next(study for study in run.store.generations if len(study.trials) >= trial.number)
        assert first.trial(trial.number).expected == trial.expected


def test_a_step_takes_the_batches_that_it_trains_and_one_more_in_virtual_time() -> None:
    def script(number: int, params: Params) -> list[Event | Ending]:
        began = TrainingBegan(number, 41)
        if number == 2:
            return [began, CheckpointLeft(2, history_of(params)[:1], 1.0, 0, 41), Returned(Diverged("loss is nan"))]
        return [began, *completes(number, params)]

    steps = run_of(trials=2, script=script).loop.go().steps
    assert [(step.trial, step.begins, step.ends, step.ended) for step in steps] == [
        (1, 0.0, 3 * 41 + 1, EndKind.COMPLETED),
        (2, 124.0, 124 + 2 * 41 + 1, EndKind.DIVERGED),  # the epoch in which it failed is taken as a whole
        (3, 207.0, 207 + 3 * 41 + 1, EndKind.COMPLETED),
    ]


def test_a_trial_that_runs_out_of_memory_has_failed_for_that() -> None:
    run = run_of(trials=1, max_failures=1, script=lambda *_: [Raised("ResourceExhaustedError", out_of_memory=True)])
    with pytest.raises(NoProgressError):
        run.loop.go()
    assert run.loop.study.steps[0].ended is EndKind.OUT_OF_MEMORY


@pytest.mark.parametrize("generation", range(10))
def test_a_search_that_goes_on_from_any_saved_generation_ends_like_an_unbroken_one(generation: int) -> None:
    unbroken = run_of(trials=3)
    unbroken.loop.go()
    saved = unbroken.store.generations[min(generation, len(unbroken.store.generations) - 1)]
    run = run_of(saved, trials=3)
    run.store.best = saved.best.model_sha256 if saved.best else ""
    study = run.loop.go()
    points = [(trial.params, trial.history, trial.status) for trial in study.trials]
    assert points == [(trial.params, trial.history, trial.status) for trial in unbroken.loop.study.trials]
    assert study.test == unbroken.loop.study.test


def test_a_trial_is_scored_by_what_its_kept_weights_give_before_its_model_is_the_best() -> None:
    def script(number: int, params: Params) -> list[Event | Ending]:
        kept = {"val_accuracy": 0.99} if number == 2 else None
        return [Returned(Completed(history_of(params), 10.0, f"model {number}", kept=kept))]

    run = run_of(trials=3, script=script)
    run.loop.go()

    best = run.loop.study.best
    assert best is not None and (best.number, best.score(run.loop.study.fingerprint.objective)) == (2, 0.99)
    assert run.store.best == "model 2"


def test_a_trial_in_hand_goes_on_before_another_is_proposed() -> None:
    study = study_of(0.5, running_epochs=1)
    run = run_of(study, trials=2)
    run.store.best = "0" * 64
    run.loop.go()
    assert run.executor.calls[0] == "advance 2"
    assert len(run.loop.study.trials) == 2


def test_more_trials_than_before_go_on_with_the_rest() -> None:
    first = run_of(trials=2)
    run = run_of(first.loop.go(), trials=3)
    run.store.best = first.store.best
    run.loop.go()
    assert [call for call in run.executor.calls if call.startswith("advance")] == ["advance 3"]


def test_checkpoints_are_taken_into_the_study_and_forgive_the_attempts() -> None:
    def script(number: int, params: Params) -> list[Event | Ending]:
        history = history_of(params)
        left = CheckpointLeft(number, history[:1], 4.0, batch=16, batches=41)
        return [left, EpochEnded(number, 1, history[0]), *completes(number, params)]

    run = run_of(trials=1, script=script)
    run.loop.go()
    seen = [generation.trial(1) for generation in run.store.generations if generation.trials]
    assert any(trial.epochs == 1 and trial.seconds == 4.0 and trial.attempts == 1 for trial in seen)
    assert any((trial.batch, trial.batches) == (16, 41) for trial in seen)
    assert not any(isinstance(event, CheckpointLeft) for event in run.events)


def test_a_trial_that_raises_has_failed_for_good_and_the_next_one_follows() -> None:
    def script(number: int, params: Params) -> list[Event | Ending]:
        return [Raised("ValueError: no")] if number == 1 else completes(number, params)

    study = run_of(trials=2, script=script).loop.go()
    assert [trial.status for trial in study.trials] == [Status.FAILED, Status.COMPLETED, Status.COMPLETED]
    assert study.trial(1).reason == "ValueError: no"


def test_a_trial_that_diverges_has_failed_for_good() -> None:
    def script(number: int, params: Params) -> list[Event | Ending]:
        return [Returned(Diverged("loss is nan"))] if number == 1 else completes(number, params)

    assert run_of(trials=1, script=script).loop.go().trial(1).reason == "loss is nan"


def test_a_trial_whose_process_dies_is_tried_again() -> None:
    deaths = iter(range(2))

    def script(number: int, params: Params) -> list[Event | Ending]:
        return [Died("killed")] if next(deaths, None) is not None else completes(number, params)

    run = run_of(trials=1, script=script)
    study = run.loop.go()
    assert run.executor.calls[:3] == ["advance 1"] * 3
    assert (study.trial(1).status, study.trial(1).reason) == (Status.COMPLETED, "")
    assert [event.attempt for event in run.events if isinstance(event, TrialStarted)] == [1, 2, 3]
    assert any(isinstance(event, Notice) and event.level == "warning" for event in run.events)


def test_a_trial_whose_process_dies_every_time_fails_after_its_attempts() -> None:
    def script(number: int, params: Params) -> list[Event | Ending]:
        return [Died("killed by SIGKILL")] if number == 1 else completes(number, params)

    run = run_of(trials=1, script=script, max_attempts=3)
    study = run.loop.go()
    assert run.executor.calls[:4] == ["advance 1"] * 3 + ["advance 2"]
    assert study.trial(1).status is Status.FAILED
    assert study.trial(1).reason == "died 3 times without getting on: killed by SIGKILL"


def test_a_trial_that_kills_the_whole_job_is_found_out() -> None:
    """Nothing is there to see such an end: all that is left is the count that was saved before."""
    study = study_of().propose(run_of().loop.study.fingerprint.default)
    for _ in range(5):
        study = study.start(1, now=0)
    run = run_of(study, trials=1)
    assert run.loop.go().trial(1).reason == "started 5 times without getting on: killed each time"
    assert run.executor.calls[0] == "advance 2"


def test_a_trial_that_takes_too_long_has_failed_for_good_and_names_the_limit_whatever_was_left_of_it() -> None:
    def script(number: int, params: Params) -> list[Event | Ending]:
        return [Died("took longer than 0 s", timed_out=True)] if number == 1 else completes(number, params)

    trial = run_of(study_of(running_epochs=1), trials=1, script=script, trial_timeout=1200.0).loop.go().trial(1)
    assert trial.status is Status.FAILED
    assert trial.reason == "took longer than 20 min 00 s, over all its attempts"


def test_the_time_of_earlier_attempts_counts_towards_the_timeout() -> None:
    run = run_of(study_of(running_epochs=1, epochs=3), trials=1, trial_timeout=50.0)
    run.loop.go()
    assert run.executor.timeouts[0] == pytest.approx(50 - 20)


def test_one_failure_after_another_ends_the_job() -> None:
    run = run_of(trials=9, script=lambda number, _: [Raised(f"ValueError: {number}")], max_failures=3)
    with pytest.raises(NoProgressError, match="3 trials in a row have failed, the last one, 3, because: ValueError: 3"):
        run.loop.go()
    assert run.executor.calls == ["advance 1", "advance 2", "advance 3", "close"]
    assert run.store.generations[-1].runs[-1].ended == "failed"


def test_an_error_for_the_user_ends_the_run_and_costs_the_trial_nothing() -> None:
    error = DataMissingError("no images", hint="look elsewhere")
    run = run_of(script=lambda *_: [Raised("no images", error)])
    with pytest.raises(DataMissingError):
        run.loop.go()
    saved = run.store.generations[-1].trial(1)
    assert (saved.status, saved.attempts) == (Status.RUNNING, 0)


def test_a_request_to_stop_ends_the_trial_in_hand_and_costs_it_nothing() -> None:
    def script(number: int, params: Params) -> list[Event | Ending]:
        ask_to_stop(run)
        return [EpochEnded(number, 1, history_of(params)[0]), *completes(number, params)]

    run = run_of(script=script)
    with pytest.raises(InterruptedRunError, match="--run-for"):
        run.loop.go()
    last = run.store.generations[-1]
    assert run.executor.stopped
    assert run.events.count(PhaseStarted(Phase.STOP)) == 1
    assert (last.trial(1).status, last.trial(1).attempts, last.runs[-1].ended) == (
        Status.RUNNING,
        0,
        "interrupted",
    )


def test_a_request_to_stop_before_the_first_trial_starts_none() -> None:
    run = run_of()
    ask_to_stop(run)
    with pytest.raises(InterruptedRunError):
        run.loop.go()
    assert run.executor.calls == ["close"]


def test_a_space_of_nothing_but_failures_ends_the_job() -> None:
    fingerprint = study_of().fingerprint
    space = Space((Categorical("activation", ("relu", "tanh")),))
    study = Study(fingerprint=replace(fingerprint, space=space, default={"activation": "relu"}))
    run = run_of(study, script=lambda *_: [Raised("ValueError: no")])
    with pytest.raises(NoProgressError, match="none of 2 trials has succeeded"):
        run.loop.go()


def test_the_end_tells_why() -> None:
    run = run_of(trials=1)
    run.loop.go()
    assert run.loop.reason == "1 of 1 trial is complete"
    assert sum(isinstance(event, TrialEnded) for event in run.events) == 1


def test_patience_ends_a_search_without_gain() -> None:
    run = run_of(trials=40, patience=2)
    study = run.loop.go()
    assert study.trials_without_gain == 2
    assert len(study.trials) < 40


def test_a_run_says_and_keeps_what_it_trains_on() -> None:
    run = run_of(trials=1, devices=(GPU, CPU))
    study = run.loop.go()
    assert "trains on GPU: a graphics card (8 GB)" in notices(run)
    assert study.runs[-1].device == study.device == "GPU: a graphics card (8 GB)"


def test_a_run_on_another_device_than_the_one_before_is_told_what_that_means() -> None:
    study = run_of(trials=1, devices=(GPU, CPU)).loop.go()
    again, moved = run_of(study, trials=2, devices=(GPU, CPU)), run_of(study, trials=2)
    again.loop.go()
    moved.loop.go()
    assert not any("before" in notice for notice in notices(again))
    assert any("trained on GPU: a graphics card (8 GB) before" in notice for notice in notices(moved))


def warnings_of_a_run_after(study: Study, software: Software) -> list[str]:
    """Return what a run on the processor is warned of that goes on with `study`."""
    run = run_of(study, trials=2)
    run.loop.software = software
    run.loop.go()
    return [event.message for event in run.events if isinstance(event, Notice) and event.level is Level.WARNING]


def test_a_run_with_other_versions_or_settings_than_the_one_before_is_told_which() -> None:
    before = run_of(trials=1)
    before.loop.software = Software({"Keras": "3.15.1"}, {"intra-op threads": "4"})
    study = before.loop.go()

    assert warnings_of_a_run_after(study, Software({"Keras": "3.16.0"}, {"intra-op threads": "2"})) == [
        "Keras 3.15.1 before, 3.16.0 now: trials are alike to the last bit with the same versions only",
        "intra-op threads 4 before, 2 now: trials are alike to the last bit with the same settings only",
    ]
    assert not warnings_of_a_run_after(study, before.loop.software)


def test_a_run_that_did_not_get_to_work_is_none_that_others_are_compared_with() -> None:
    before = run_of(trials=1)
    before.loop.software = Software({"Keras": "3.15.1"})
    study = before.loop.go().open_run(now=0.0, versions={"Keras": "3.16.0"})

    assert not warnings_of_a_run_after(study, Software({"Keras": "3.15.1"}))


def test_a_device_is_known_again_by_the_shorter_description_of_the_first_releases() -> None:
    study = run_of(trials=1).loop.go()
    run = run_of(study, trials=2, devices=(replace(CPU, generation="family 25 model 1", instruction_sets=("AVX2",)),))
    run.loop.go()

    assert run.loop.study.device == "CPU: a processor (family 25 model 1, 2 cores, AVX2)"
    assert not any("before" in notice for notice in notices(run))


def test_more_cores_are_another_device_only_where_the_threads_are_left_to_tensorflow() -> None:
    left, fixed = run_of(trials=1).loop.go(), run_of(trials=1, threads=4).loop.go()
    larger = (replace(CPU, cores=64),)
    other, same = run_of(left, trials=2, devices=larger), run_of(fixed, trials=2, devices=larger, threads=4)
    other.loop.go()
    same.loop.go()

    assert any("(2 cores) before" in notice for notice in notices(other))
    assert not any("before" in notice for notice in notices(same))


def test_with_a_gpu_the_processor_that_proposes_is_noted_too() -> None:
    study = run_of(trials=1, devices=(GPU, CPU)).loop.go()

    assert study.runs[-1].arithmetic["proposals"] == "on CPU: a processor"


def test_a_run_without_the_gpu_that_is_required_trains_nothing() -> None:
    run = run_of(require_gpu=True)
    with pytest.raises(DeviceMissingError, match="found CPU: a processor") as caught:
        run.loop.go()
    assert caught.value.exit_code == ExitCode.CONFIG
    assert "hpo-job doctor" in caught.value.hint
    assert run.executor.calls == ["close"]


def test_a_gpu_that_is_there_is_what_is_required() -> None:
    run = run_of(trials=1, require_gpu=True, devices=(GPU, CPU))
    assert len(run.loop.go().scored) == 1


def test_an_error_for_the_user_while_devices_are_looked_for_ends_the_run_as_it_is() -> None:
    full = StateUnwritableError("cannot use log.txt: No space left on device", hint="free some space")
    run = run_of(devices=Raised(str(full), full))
    with pytest.raises(StateUnwritableError, match="No space left"):
        run.loop.go()


def test_devices_that_cannot_be_looked_for_end_the_run() -> None:
    run = run_of(devices=Died("its process was killed by SIGSEGV"))
    with pytest.raises(NoProgressError, match="SIGSEGV"):
        run.loop.go()


def test_a_run_notes_its_versions_its_options_its_epochs_and_its_time() -> None:
    def script(number: int, params: Params) -> list[Event | Ending]:
        return [EpochEnded(number, 1, {}), EpochEnded(number, 2, {}), *completes(number, params)]

    run = run_of(trials=2, script=script)
    run.loop.software, run.loop.options = Software({"Keras": "3.15.1"}), ("--trials", "2")
    last = run.loop.go().runs[-1]
    assert (last.versions, last.options, last.epochs) == ({"Keras": "3.15.1"}, ("--trials", "2"), 4)
    assert set(last.seconds) == {"start", "proposals", "trials", "saving", "report", "test"}
