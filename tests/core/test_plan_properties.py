"""The plan is the same for any workers, any speeds of theirs and any kills, and answers the same when asked again."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from job.core.ending import EndKind
from job.core.journal import Dropped, Enqueued
from job.core.known import Known
from job.core.limits import Limits
from job.core.past import known_at
from job.core.plan import End, GoOn, NewTrial, Replicate, TryAgain, plan
from job.core.space import Params
from job.core.step import Step
from job.core.study import Study
from job.core.trial import Status
from job.proposals import propose as proposals
from tests.fake_workers import MOST_ATTEMPTS, REAL, Asked, Fate, Pruner, Workers, contenders, propose, search
from tests.searches import ALL_FATES, CHANCES, LIMITS, NUMBERS, REQUESTS, SEARCHES

few = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def decided(study: Study) -> tuple[list[Any], list[Any]]:
    """Return the steps and the trials of a search without what clocks and kills leave in them, and drops in midst."""
    dropped = {trial.number for trial in study.with_status(Status.DROPPED)}
    steps = [
        replace(step, attempts=(), ended=None, seconds=0.0) if step.trial in dropped else replace(step, attempts=())
        for step in study.steps
    ]
    trials = [
        (each.params, each.origin, each.status, each.number not in dropped and (each.history, each.reason))
        for each in (*study.trials, *study.replicates)
    ]
    return steps, trials


def assert_that_the_plan_answers_again(study: Study, end: End) -> None:
    """Check that the plan answers for each step of a study what has been done, and why it is over."""
    begun = set[int]()
    for step in study.steps:
        answer = plan(study, propose, prune=Pruner(), contenders=contenders, number=step.number)
        assert answer == _planned(study, step, again=step.trial in begun)
        begun.add(step.trial)
    assert plan(study, propose, prune=Pruner(), contenders=contenders) == end


def _planned(study: Study, step: Step, *, again: bool) -> NewTrial | TryAgain | GoOn | Replicate:
    """Return what was planned as a step of a study."""
    worker, begins, thresholds, request = step.worker, step.begins, step.thresholds, step.request
    if again and not step.begins_trial:
        return GoOn(trial=step.trial, worker=worker, begins=begins, thresholds=thresholds)
    if again:
        return TryAgain(trial=step.trial, worker=worker, begins=begins, request=request, thresholds=thresholds)
    trial = study.trial(step.trial)
    if trial.of is not None:
        return Replicate(of=trial.of, replicate=trial.replicate, worker=worker, begins=begins)
    return NewTrial(
        params=trial.params,
        origin=trial.origin,
        worker=worker,
        begins=begins,
        request=request,
        thresholds=thresholds,
    )


@few
@given(SEARCHES, ALL_FATES, st.integers(1, 16), CHANCES, st.integers(0, MOST_ATTEMPTS - 1))
def test_any_workers_at_any_speeds_killed_at_any_time_do_the_same(
    study: Study, fates: list[Fate], number: int, chance: Random, kills: int
) -> None:
    one, end = Workers(study, fates).carry_out()
    workers = Workers(study, fates, number=min(number, study.fingerprint.lookahead), chance=chance, kills=kills)
    many, same_end = workers.carry_out()

    assert decided(many) == decided(one)
    assert same_end == end


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_any_workers_killed_at_any_time_do_the_same_with_the_surrogate_that_searches_have_by_default(seed: int) -> None:
    fates = [Fate(EndKind.COMPLETED, 2, 0, 3, score / 10, 1.0) for score in (3, 7, 5, 8, 6)]
    fates.insert(2, Fate(EndKind.RAISED, 1, 1, 3, 0.0, 1.0))
    study = search(8, Limits(trials=14, max_failures=99, max_attempts=MOST_ATTEMPTS), space=REAL)
    of_it: dict[str, Any] = {"surrogate": "additive-gp", "initial_points": 2, "design": "sobol", "seed": seed}
    study = replace(study, fingerprint=replace(study.fingerprint, **of_it))

    one, end = Workers(study, fates, propose=proposals.propose).carry_out()
    workers = Workers(study, fates, number=8, chance=Random(seed), kills=2, propose=proposals.propose)
    many, same_end = workers.carry_out()

    assert decided(many) == decided(one)
    assert same_end == end
    assert len(many.completed) >= 14 and any(trial.status is Status.FAILED for trial in many.trials)


@few
@given(SEARCHES, ALL_FATES, st.integers(1, 16), CHANCES, st.integers(0, 20))
def test_the_plan_answers_for_each_step_what_has_been_done(
    study: Study, fates: list[Fate], number: int, chance: Random, kills: int
) -> None:
    study, end = Workers(study, fates, number=number, chance=chance, kills=kills).carry_out()

    assert_that_the_plan_answers_again(study, end)


@few
@given(
    SEARCHES,
    ALL_FATES,
    st.integers(1, 16),
    CHANCES,
    st.integers(0, 20),
    st.lists(st.builds(Asked, REQUESTS | LIMITS), max_size=6),
)
def test_whatever_is_asked_at_any_moment_the_plan_answers_what_has_been_done(
    study: Study, fates: list[Fate], number: int, chance: Random, kills: int, asked: list[Asked]
) -> None:
    workers = Workers(study, fates, number=number, chance=chance, kills=kills, asked=asked, propose=untold_of_dropped)
    study, end = workers.carry_out()

    assert_that_the_plan_answers_again(study, end)
    carried_out = [step.request for step in study.steps if step.request]
    assert len(carried_out) == len(set(carried_out))
    for entry in study.journal:
        if isinstance(entry.input, Enqueued) and set(entry.input.params) == set(study.fingerprint.space.names):
            number = next(step.number for step in study.steps if step.request == entry.request)
            assert all(step.request for step in study.steps[entry.step - 1 : number]), "it comes before any proposal"


def untold_of_dropped(known: Known, fixed: Params) -> Params | None:
    """Propose, and check that no score of a trial that was dropped is known."""
    dropped = {entry.input.trial for entry in known.journal if isinstance(entry.input, Dropped)}
    assert not dropped & {trial.number for trial in (*known.scored, *known.tried)}
    return propose(known, fixed)


@few
@given(
    SEARCHES,
    ALL_FATES,
    st.integers(1, 16),
    CHANCES,
    st.integers(0, MOST_ATTEMPTS - 1),
    st.lists(st.builds(Asked, REQUESTS, NUMBERS), max_size=6),
)
def test_what_is_asked_before_the_same_steps_has_the_same_answers(
    study: Study, fates: list[Fate], number: int, chance: Random, kills: int, asked: list[Asked]
) -> None:
    fates = [replace(fate, seconds=0.0) for fate in fates]  # of a trial that is dropped, seconds depend on the clock
    one, end = Workers(study, fates, asked=asked).carry_out()
    workers = Workers(study, fates, number=number, chance=chance, kills=kills, asked=asked)
    many, same_end = workers.carry_out()

    assert decided(many) == decided(one)
    assert same_end == end


@few
@given(SEARCHES, ALL_FATES, st.integers(1, 16), CHANCES, st.lists(st.builds(Asked, REQUESTS | LIMITS), max_size=6))
def test_a_step_begins_on_the_first_free_worker_and_knows_exactly_what_has_ended_by_then(
    study: Study, fates: list[Fate], number: int, chance: Random, asked: list[Asked]
) -> None:
    study, _ = Workers(study, fates, number=number, chance=chance, asked=asked).carry_out()

    assert [step.begins for step in study.steps] == sorted(step.begins for step in study.steps)
    for step in study.steps:
        before, now = study.steps[: step.number - 1], step.begins
        ended = {each.number for each in before if each.ends is not None and each.ends <= now}
        busy = {each.worker for each in before if each.number not in ended}
        assert step.worker == min({*range(1, study.fingerprint.lookahead + 1)} - busy)
        assert now in {0.0, *(each.ends for each in before)}
        known = known_at(study, step.number, now)
        assert {each.number for each in known.steps if not each.is_pending} == ended
        heard = [entry for entry in study.journal if entry.step <= step.number]
        assert list(known.journal) == heard
        dropped = {entry.input.trial for entry in heard if isinstance(entry.input, Dropped)}
        trials = {each.trial for each in before if each.number in ended} - dropped
        in_hand = {each.trial for each in before if each.number not in ended} - dropped
        assert {each.number for each in known.tried} == {each for each in trials - in_hand if each > 0}
        assert {each.number for each in known.planned} == in_hand
