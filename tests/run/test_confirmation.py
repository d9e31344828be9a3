"""What a run does to confirm the best trials: it trains them again, tests the models that measure, and keeps one."""

from dataclasses import replace
from typing import Any

import pytest

from job.core.confirmation import confirmation_of, model_of
from job.core.events import ConfirmationEnded, ConfirmationStarted, Event, RoundEnded, TrialEnded
from job.core.run import RunEnd
from job.core.space import Params
from job.core.study import Study
from job.executors import Ending, Raised, Returned
from job.run.best_model import is_finished
from job.training import Completed, Setup, advance
from tests.core.test_plan_properties import decided
from tests.fake_search import Run, notices, run_of

METRIC = "val_accuracy"
TOLD = (ConfirmationStarted, RoundEnded, ConfirmationEnded)


def script(number: int, params: Params) -> list[Event | Ending]:
    """Return what a call tells that trains a trial, or, below 0, a replicate: which have scores of their own."""
    score = 0.9 + number / 100 if number > 0 else 0.9 + (number * 7 % 10) / 100
    return [Returned(Completed(({METRIC: score},) * 3, 10.0, f"model {number}", weights_sha256=f"weights {number}"))]


def search(study: Study | None = None, **limits: Any) -> Run:
    return run_of(study, trials=3, script=script, **({"confirm": "2x2"} | limits))


def trained(run: Run) -> list[tuple[int, Setup]]:
    """Carry a run out, and return the number and the setup of each trial that it trains."""
    found = list[tuple[int, Setup]]()
    submit = run.executor.submit

    def noted(function: Any, *args: Any, **options: Any) -> Any:
        if function is advance:
            found.append((args[1], args[0]))
        return submit(function, *args, **options)

    run.executor.submit = noted  # type: ignore[method-assign]
    run.loop.go()
    return found


def test_the_best_trials_are_trained_again_after_the_search_on_the_seeds_of_replicates() -> None:
    run = search()
    seeds = [(number, setup.replicate) for number, setup in trained(run)]
    study = run.loop.study

    assert seeds == [(1, 0), (2, 0), (3, 0), (-1, 1), (-2, 1), (-3, 2), (-4, 2), (-5, 3), (-6, 4)]
    assert {each.of for each in study.replicates[:2]} == {3, 2}
    assert [trial.number for trial in study.trials] == [1, 2, 3]


def test_what_is_told_while_a_replicate_trains_names_the_trial_and_the_seed() -> None:
    run = search()
    titles = [(number, setup.title_of(number)) for number, setup in trained(run)]

    assert titles[:4] == [(1, "trial 1"), (2, "trial 2"), (3, "trial 3"), (-1, "trial 3 again on seed 1")]
    assert all(title == run.loop.study.trial(number).title for number, title in titles)


def test_a_replicate_is_trained_to_its_end_whatever_the_rungs_of_the_search() -> None:
    run = search()
    run.loop.setup = replace(run.loop.setup, rungs=(0.5,))
    assert {(number > 0, setup.rungs) for number, setup in trained(run)} == {(True, (0.5,)), (False, ())}
    assert all(not step.thresholds for step in run.loop.study.steps if step.trial < 0)


def test_all_models_that_measure_are_tested_and_that_in_the_middle_is_kept() -> None:
    run = search()
    study = run.loop.go()

    confirmation, model = confirmation_of(study), model_of(study)
    assert confirmation is not None and model is not None
    assert model == confirmation.middle
    assert run.store.best == model.model_sha256
    assert study.test is not None and study.test.number == model.number
    assert {test.number for test in study.tests} | {model.number} == {each.number for each in confirmation.measuring}
    assert run.executor.calls.count("evaluate") == 2
    assert is_finished(study, run.store)


def test_a_search_with_a_confirmation_that_is_over_has_nothing_left_to_do() -> None:
    first = search()
    run = search(first.loop.go())
    run.store.best, run.store.predictions = first.store.best, first.store.predictions
    study = run.loop.go()
    assert set(run.executor.calls) == {"close"}
    assert study.runs[-1].ended is RunEnd.FINISHED


@pytest.mark.parametrize("workers", [pytest.param(1, marks=pytest.mark.slow), 3])
def test_a_search_that_goes_on_from_any_saved_generation_is_confirmed_alike(workers: int) -> None:
    unbroken = search()
    study = unbroken.loop.go()
    assert len(unbroken.store.generations) > 20
    for saved in unbroken.store.generations:
        run = search(saved, workers=workers)
        model = model_of(saved)
        run.store.best = model.model_sha256 if model else ""
        again = run.loop.go()
        assert decided(again) == decided(study)
        assert (again.test, again.tests) == (study.test, study.tests)
        assert run.store.best == unbroken.store.best


def test_a_model_that_is_gone_before_it_is_tested_is_trained_again() -> None:
    unbroken = search()
    unbroken.loop.go()
    saved = next(each for each in unbroken.store.generations if (found := confirmation_of(each)) and found.is_over)
    run = search(saved)
    run.store.steps += [f"clear {each.number}" for each in saved.replicates]
    study = run.loop.go()
    assert sum("is missing or damaged" in notice for notice in notices(run)) == 2
    assert len(study.tests) == 1 and study.test is not None


@pytest.mark.parametrize("workers", [1, 3])
def test_it_is_told_once_that_a_confirmation_begins_who_has_won_and_that_it_is_over(workers: int) -> None:
    run = search(workers=workers)
    study = run.loop.go()
    confirmation = confirmation_of(study)
    assert confirmation is not None and confirmation.winner is not None
    assert [event for event in run.events if isinstance(event, TOLD)] == [
        ConfirmationStarted(confirmation.candidates, measuring=2, trainings=6),
        RoundEnded((confirmation.winner,), confirmation.winner),
        ConfirmationEnded(confirmation.winner),
    ]


def test_a_run_that_goes_on_in_a_confirmation_tells_only_what_comes() -> None:
    unbroken = search()
    unbroken.loop.go()
    saved = next(each for each in unbroken.store.generations if len(each.replicates) == 5)
    run = search(saved)
    study = run.loop.go()
    confirmation = confirmation_of(study)
    assert confirmation is not None
    assert [event for event in run.events if isinstance(event, TOLD)] == [ConfirmationEnded(confirmation.winner)]
    assert run.events.index(ConfirmationEnded(confirmation.winner)) == run.events.index(TrialEnded(-6)) + 1


def test_where_all_candidates_fail_the_confirmation_is_told_to_be_over_without_a_winner() -> None:
    def fails(number: int, params: Params) -> list[Event | Ending]:
        return script(number, params) if number > 0 else [Raised("ValueError: no such layer")]

    run = search()
    run.executor.script = fails
    run.loop.go()
    assert [event for event in run.events if isinstance(event, TOLD)][1:] == [ConfirmationEnded(None)]
