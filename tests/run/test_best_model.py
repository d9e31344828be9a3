"""What is done with the best model at the end of a search, and what is not done again."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from job.core.events import Event
from job.core.fingerprint import DataDescription
from job.core.space import Params
from job.core.study import Study
from job.core.tested import TestResult
from job.errors import InterruptedRunError, JobError, NoProgressError, StateUnwritableError
from job.executors import Died, Ending, Handle, Raised, Returned
from job.run.best_model import is_finished
from job.training import Completed, Diverged, Stopped, evaluate
from tests.fake_search import EVALUATION, TEST_METRICS, ask_to_stop, completes, history_of, notices, run_of
from tests.fakes import study_of


def test_there_is_nothing_left_to_do_once_model_test_and_predictions_are_there() -> None:
    run = run_of(trials=2)
    study = run.loop.go()
    assert is_finished(study, run.store)
    assert not is_finished(replace(study, test=None), run.store)
    assert not is_finished(study, replace(run.store, best=""))
    assert not is_finished(study, replace(run.store, predictions=""))


def test_the_test_of_an_earlier_best_model_is_none_of_the_best_one() -> None:
    run = run_of(trials=2)
    study = run.loop.go()
    assert study.test is not None
    earlier = replace(study, test=replace(study.test, number=3 - study.test.number))
    assert not is_finished(earlier, run.store)


def test_without_a_test_set_the_best_model_is_not_tested_and_the_search_is_finished() -> None:
    data = DataDescription(train=9, validation=9, test=0, image_shape=(), class_names=())
    run = run_of(replace(study_of(), runs=(), data=data), trials=1)
    study = run.loop.go()
    assert "evaluate" not in run.executor.calls
    assert is_finished(study, run.store)


def test_where_no_trial_has_completed_there_is_no_model_to_finish() -> None:
    assert is_finished(study_of(None, imported=[0.8]), run_of().store)


def test_a_best_model_that_is_tested_is_not_tested_again() -> None:
    first = run_of(trials=1)
    study = first.loop.go()
    run = run_of(study, trials=1)
    run.store.best, run.store.predictions = first.store.best, first.store.predictions
    run.loop.go()
    assert "evaluate" not in run.executor.calls


def test_a_best_model_whose_predictions_are_lost_is_tested_again() -> None:
    first = run_of(trials=1)
    run = run_of(first.loop.go(), trials=1)
    run.store.best = first.store.best
    study = run.loop.go()
    assert run.executor.calls == ["evaluate", "close"]
    assert study.test is not None
    assert run.store.has_predictions_of(study)


@pytest.mark.parametrize(("weights", "warnings"), [("those scored", 0), ("others", 1)])
def test_a_best_model_that_is_trained_again_to_other_weights_is_warned_of(weights: str, warnings: int) -> None:
    def script(number: int, params: Params) -> list[Event | Ending]:
        return [Returned(Completed(history_of(params), 10.0, f"model {number}", weights_sha256=weights))]

    first = run_of(trials=1, script=completes)
    scored = first.loop.go().note_model(1, weights_sha256="those scored")
    run = run_of(scored, trials=1, script=script)
    study = run.loop.go()

    assert sum("has other weights now" in notice for notice in notices(run)) == warnings
    assert study.trial(1).weights_sha256 == weights


def test_a_test_without_predictions_leaves_none_and_is_not_done_again() -> None:
    first = run_of(trials=1)
    first.executor.evaluation = replace(EVALUATION, test=TestResult(number=1, metrics=TEST_METRICS), predictions=b"")
    study = first.loop.go()
    run = run_of(study, trials=1)
    run.store.best = first.store.best
    run.loop.go()
    assert study.test == TestResult(number=1, metrics=TEST_METRICS)
    assert "predictions" not in first.store.steps
    assert "evaluate" not in run.executor.calls


def test_the_predictions_are_durable_before_the_study_that_speaks_of_them() -> None:
    run = run_of(trials=1)
    save, seen = run.store.save, list[bool]()

    def look(study: Study) -> None:
        if study.test is not None:
            seen.append(run.store.has_predictions_of(study))
        save(study)

    run.store.save = look  # type: ignore[method-assign]
    run.loop.go()
    assert seen and all(seen)


def test_a_lost_best_model_is_trained_again() -> None:
    first = run_of(trials=1)
    run = run_of(first.loop.go(), trials=1)
    run.store.predictions = first.store.predictions
    run.loop.go()
    assert run.executor.calls == ["advance 1", "close"]
    assert run.store.best == "model 1"


def test_a_request_to_stop_within_the_test_leaves_the_test_to_the_next_run() -> None:
    run = run_of(trials=1)
    submit = run.executor.submit

    def stop_first(function: Callable[..., Any], *args: Any, **options: Any) -> Handle:
        handle = submit(function, *args, **options)
        if function is evaluate:
            ask_to_stop(run)
            run.executor.messages[handle] = [Returned(Stopped())]
        return handle

    run.executor.submit = stop_first  # type: ignore[method-assign]
    with pytest.raises(InterruptedRunError):
        run.loop.go()
    assert run.store.generations[-1].test is None


NO_SPACE = StateUnwritableError("cannot use best.keras: No space left on device", hint="free some space")


@pytest.mark.parametrize(
    ("ending", "kind", "message"),
    [
        (Raised(str(NO_SPACE), NO_SPACE), StateUnwritableError, "^cannot use best.keras: No space left on device$"),
        (
            Raised("ValueError: no"),
            NoProgressError,
            "^the model of trial 1 could not be trained again: ValueError: no$",
        ),
        (Died("killed"), NoProgressError, "^the model of trial 1 could not be trained again: killed$"),
        (Returned(Diverged("nan")), NoProgressError, "^the model of trial 1 could not be trained again: nan$"),
    ],
)
def test_a_best_model_that_cannot_be_trained_again_ends_the_run_with_what_kept_it_from_that(
    ending: Ending, kind: type[JobError], message: str
) -> None:
    run = run_of(run_of(trials=1).loop.go(), trials=1, script=lambda *_: [ending])
    with pytest.raises(kind, match=message):
        run.loop.go()


@pytest.mark.parametrize("ending", [Raised("ValueError: no"), Died("ValueError: no")])
def test_a_test_that_fails_ends_the_run_with_where_to_look(ending: Ending) -> None:
    run = run_of(trials=1)
    submit = run.executor.submit

    def fail(function: Callable[..., Any], *args: Any, **options: Any) -> Handle:
        handle = submit(function, *args, **options)
        if function is evaluate:
            run.executor.messages[handle] = [ending]
        return handle

    run.executor.submit = fail  # type: ignore[method-assign]
    with pytest.raises(NoProgressError, match="could not be tested: ValueError: no") as caught:
        run.loop.go()
    assert "log.txt" in caught.value.hint
    assert run.store.generations[-1].test is None
