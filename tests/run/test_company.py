"""Several steps at work at a time: who has company, who must do without, and what an end does to the others."""

from dataclasses import dataclass, replace

import pytest

from job.core.ending import EndKind
from job.core.events import BatchesDone, CheckpointLeft, EpochEnded, Event, TrainingBegan, TrialEnded
from job.core.journal import Dropped, Request, Retried
from job.core.run import RunEnd
from job.core.space import Params
from job.core.study import Study
from job.core.trial import RungScore, Status
from job.errors import DataMissingError, InterruptedRunError, StateUnwritableError
from job.executors import Died, Ending, Raised, Returned
from job.training import Completed, Paused
from tests.fake_search import FakeStore, Run, Script, ask_to_stop, completes, history_of, notices, run_of
from tests.fakes import study_of

BATCHES = 41  # of an epoch
DIED = Died("killed by SIGKILL")
OUT_OF_MEMORY = Raised("ResourceExhaustedError", out_of_memory=True)
TIMED_OUT = Died("took longer than 50 s", timed_out=True)
FULL = DataMissingError("no images", hint="look elsewhere")


def search(*, lookahead: int = 4, rungs: tuple[float, ...] = ()) -> Study:
    begun = study_of()
    return replace(begun, fingerprint=replace(begun.fingerprint, lookahead=lookahead, rungs=rungs), runs=())


def takes(ticks: int, *ending: Event | Ending) -> list[Event | Ending]:
    """Return what a call tells that ends after so many looks at it."""
    return [*(EpochEnded(0, 0, {}) for _ in range(ticks)), *ending]


def script_of(first: dict[int, list[list[Event | Ending]]], *, ticks: int = 2) -> Script:
    """Return a script by which calls about these trials tell that, one after another, and all others complete."""
    left = {number: iter(calls) for number, calls in first.items()}

    def script(number: int, params: Params) -> list[Event | Ending]:
        told = next(left.get(number, iter(())), None)
        return takes(ticks, TrainingBegan(number, BATCHES), *completes(number, params)) if told is None else told

    return script


def attempts(run: Run, trial: int) -> list[tuple[bool, EndKind | None]]:
    """Return of each attempt at a trial whether it had company, and how it has ended."""
    steps = run.loop.study.steps_of(trial)
    return [(each.in_company, each.ended) for step in steps for each in step.attempts]


def begun_alone(run: Run, trial: int) -> list[bool]:
    """Return of each start of a trial whether nothing else was at work then, nor began while it was."""
    company = run.executor.company
    return [
        not beside and not any(trial in others for _, others in company[index + 1 : index + 2])
        for index, (number, beside) in enumerate(company)
        if number == trial
    ]


def most_at_work(run: Run) -> int:
    return max(len(beside) + 1 for _, beside in run.executor.company)


def killed_together(*, times: int, alone: int = 0) -> Study:
    """Return a search of which so many runs were killed with trials 1 and 2 at work, and then some with 1 `alone`."""
    study = search()
    for worker in (1, 2):
        study = study.propose({**study.fingerprint.default, "filters": 8 + worker}, worker=worker, begins=0.0)
    for _ in range(times):
        study = study.open_run(now=0.0).start(1, now=0.0).start(2, now=0.0, beside=(1,))
    for _ in range(alone):
        study = study.open_run(now=0.0).start(1, now=0.0)
    return study


@pytest.mark.parametrize(("workers", "lookahead", "most"), [(1, 4, 1), (3, 4, 3), (5, 2, 2)])
def test_as_many_steps_are_at_work_as_there_are_workers_and_are_planned_at_a_time(
    workers: int, lookahead: int, most: int
) -> None:
    run = run_of(search(lookahead=lookahead), trials=6, workers=workers, script=script_of({}))

    assert len(run.loop.go().completed) == 6
    assert most_at_work(run) == most


def test_a_search_ends_in_the_same_steps_with_any_number_of_workers() -> None:
    def end(workers: int) -> list[object]:
        # The later a trial begins, the sooner it ends.
        run = run_of(
            search(),
            trials=6,
            workers=workers,
            script=lambda number, params: takes(
                9 - number, TrainingBegan(number, BATCHES + number), *completes(number, params)
            ),
        )
        study = run.loop.go()
        trials = [(each.params, each.history, each.status) for each in study.trials]
        return [*trials, *(replace(step, attempts=()) for step in study.steps), study.test, run.store.best]

    assert end(1) == end(2) == end(4)


def test_while_all_workers_are_busy_the_next_step_lies_ready() -> None:
    waiting = list[int]()

    def script(number: int, params: Params) -> list[Event | Ending]:
        waiting.append(len(run.loop.study.steps) - number)
        return takes(2, TrainingBegan(number, BATCHES), *completes(number, params))

    run = run_of(search(lookahead=8), trials=6, workers=2, script=script)
    run.loop.go()

    assert waiting == [2, 1, 2, 1, 1, 0]


@pytest.mark.parametrize("ending", [DIED, OUT_OF_MEMORY, TIMED_OUT])
def test_a_step_that_fails_in_company_is_run_again_alone_and_that_costs_it_nothing(ending: Ending) -> None:
    run = run_of(search(), trials=4, workers=2, script=script_of({2: [[ending]]}), trial_timeout=50.0)
    trial = run.loop.go().trial(2)

    assert (trial.status, trial.deaths) == (Status.COMPLETED, 0)
    failed, completed = attempts(run, 2)
    assert failed[0] and failed[1] in (EndKind.DIED, EndKind.OUT_OF_MEMORY, EndKind.TIMED_OUT)
    assert completed == (False, EndKind.COMPLETED)
    assert begun_alone(run, 2) == [False, True]
    assert most_at_work(run) == 2
    assert any("tried again from its checkpoint, alone" in notice for notice in notices(run))


@pytest.mark.parametrize(("ending", "kind"), [(OUT_OF_MEMORY, EndKind.OUT_OF_MEMORY), (TIMED_OUT, EndKind.TIMED_OUT)])
def test_a_step_that_runs_out_of_memory_or_time_alone_too_has_failed_for_good(ending: Ending, kind: EndKind) -> None:
    run = run_of(search(), trials=3, workers=2, script=script_of({2: [[ending], [ending]]}), trial_timeout=50.0)
    study = run.loop.go()

    assert (study.trial(2).status, study.steps_of(2)[-1].ended) == (Status.FAILED, kind)
    assert attempts(run, 2) == [(True, kind), (False, kind)]


def test_a_step_that_was_late_in_company_has_all_of_the_time_alone() -> None:
    late: list[Event | Ending] = [TIMED_OUT]
    run = run_of(search(), trials=3, workers=2, script=script_of({2: [late]}), trial_timeout=50.0)
    run.loop.go()

    assert set(run.executor.timeouts) == {50.0}


def test_only_deaths_alone_count_against_a_trial() -> None:
    run = run_of(search(), trials=3, workers=2, script=script_of({2: [[DIED]] * 9}), max_attempts=3)
    study = run.loop.go()

    assert study.trial(2).reason == "died 3 times without getting on: killed by SIGKILL"
    assert attempts(run, 2) == [(True, EndKind.DIED), *[(False, EndKind.DIED)] * 3]


def test_a_step_that_must_run_alone_waits_for_those_at_work_and_holds_new_ones_back() -> None:
    # While trial 1 goes on for long, a worker is idle: nothing begins on it before trial 2 has had its turn.
    long = takes(20, TrainingBegan(1, BATCHES), *completes(1, search().fingerprint.default))
    run = run_of(search(), trials=4, workers=2, script=script_of({1: [long], 2: [[DIED]]}))
    run.loop.go()

    assert run.executor.company[:4] == [(1, ()), (2, (1,)), (2, ()), (3, ())]
    assert run.executor.company[4] == (4, (3,))


def test_after_one_kill_of_the_run_its_steps_go_on_together() -> None:
    run = run_of(killed_together(times=1), trials=2, workers=2, script=script_of({}))
    run.loop.go()

    assert run.executor.company == [(1, ()), (2, (1,))]


def test_after_two_kills_each_step_goes_on_alone() -> None:
    run = run_of(killed_together(times=2), trials=2, workers=2, script=script_of({}))
    study = run.loop.go()

    assert run.executor.company == [(1, ()), (2, ())]
    assert len(study.completed) == 2


def test_a_step_that_kills_the_run_alone_again_and_again_is_given_up_and_those_that_were_beside_it_are_not() -> None:
    run = run_of(killed_together(times=2, alone=3), trials=1, workers=2, script=script_of({}), max_attempts=3)
    study = run.loop.go()

    assert study.trial(1).reason == "started 3 times without getting on: killed each time"
    assert study.trial(2).status is Status.COMPLETED
    assert run.executor.company == [(2, ())]


def test_kills_in_company_do_not_count_among_those_alone() -> None:
    run = run_of(killed_together(times=2, alone=2), trials=2, workers=2, script=script_of({}), max_attempts=3)

    assert len(run.loop.go().completed) == 2


def test_a_request_to_stop_ends_all_steps_at_work_and_costs_none_of_them_anything() -> None:
    def script(number: int, params: Params) -> list[Event | Ending]:
        if number == 3:
            ask_to_stop(run)
        return takes(9, TrainingBegan(number, BATCHES), *completes(number, params))

    run = run_of(search(), trials=5, workers=3, script=script)
    with pytest.raises(InterruptedRunError):
        run.loop.go()

    last = run.store.generations[-1]
    assert len(run.executor.stopped) == 3
    assert [(each.status, each.attempts) for each in last.trials[:3]] == [(Status.RUNNING, 0)] * 3
    assert [attempts(run, number) for number in (1, 2, 3)] == [[(True, EndKind.LOST)]] * 3
    again = run_of(last, trials=5, workers=3, script=script_of({}))
    assert len(again.loop.go().completed) == 5
    assert again.executor.company[:3] == [(1, ()), (2, (1,)), (3, (1, 2))]


def failing_beside(*endings: Ending) -> Run:
    """Return a run of three workers, of which the last ones end so at the same moment, the first goes on for long."""
    calls: dict[int, list[list[Event | Ending]]] = {1: [takes(20)]}
    for number, ending in zip((2, 3), endings, strict=True):
        calls[number] = [takes(2, ending)]
    return run_of(search(), trials=5, workers=3, script=script_of(calls))


def test_an_error_for_the_user_from_one_step_ends_the_run_and_costs_no_step_anything() -> None:
    error = Raised(str(FULL), FULL)
    run = failing_beside(error, error)
    with pytest.raises(DataMissingError):
        run.loop.go()

    last = run.store.generations[-1]
    assert [(each.status, each.attempts) for each in last.trials[:3]] == [(Status.RUNNING, 0)] * 3
    assert [attempts(run, number) for number in (1, 2, 3)] == [[(True, EndKind.LOST)]] * 3


def test_what_ends_at_the_same_moment_as_an_error_counts() -> None:
    run = failing_beside(Raised(str(FULL), FULL), Returned(Completed(history_of({"dropout": 0.1}), 1.0, "model 3")))
    with pytest.raises(DataMissingError):
        run.loop.go()

    assert run.store.generations[-1].trial(3).status is Status.COMPLETED


def test_a_trial_that_is_dropped_among_others_is_ended_and_they_are_not() -> None:
    def script(number: int, params: Params) -> list[Event | Ending]:
        if number == 3:
            run.inbox.ask(Dropped(2))
        return takes(9, TrainingBegan(number, BATCHES), *completes(number, params))

    run = run_of(search(), trials=4, workers=3, script=script)
    study = run.loop.go()

    assert study.trial(2).status is Status.DROPPED
    assert len(study.completed) == 4
    assert run.executor.calls.count("close") == 2  # of the trial, and of the run


def ask_when_ended(run: Run, number: int, request: Request) -> None:
    """Have a user ask for something as soon as a trial has ended."""

    def hear(event: Event, _: Study | None) -> None:
        if event == TrialEnded(number):
            run.inbox.ask(request)

    run.loop.run.listener = hear


def test_a_step_begins_beside_a_trial_that_has_just_been_dropped() -> None:
    long = takes(30, TrainingBegan(2, BATCHES), *completes(2, search().fingerprint.default))
    run = run_of(search(), trials=4, workers=2, script=script_of({2: [long]}))
    ask_when_ended(run, 1, Dropped(2))
    study = run.loop.go()

    assert (len(study.completed), study.trial(2).status) == (4, Status.DROPPED)


def test_an_error_ends_the_run_as_it_is_though_a_trial_at_work_has_just_been_dropped() -> None:
    @dataclass
    class Full(FakeStore):
        def save(self, study: Study) -> None:
            super().save(study)
            if study.trials[1:] and study.trial(2).history and study.runs[-1].ended is RunEnd.UNKNOWN:
                raise StateUnwritableError("no space left on device", hint="free some space")

    def script(number: int, params: Params) -> list[Event | Ending]:
        if number == 2:
            run.inbox.ask(Dropped(1))
        return [CheckpointLeft(number, history_of(params, 1), 1.0), *takes(9)] if number == 2 else takes(9)

    run = run_of(search(), trials=4, workers=2, script=script)
    run.loop.run.store = run.store = Full()
    with pytest.raises(StateUnwritableError):
        run.loop.go()
    assert run.store.generations[-1].trial(1).status is Status.DROPPED


def test_how_far_a_trial_came_before_it_failed_says_nothing_of_it_once_it_begins_again() -> None:
    far: list[Event | Ending] = [
        TrainingBegan(1, BATCHES),
        BatchesDone(1, 3, BATCHES, BATCHES),
        Raised("ValueError: no"),
    ]
    soon: list[Event | Ending] = [TrainingBegan(1, BATCHES), *takes(9), Raised("ValueError: still no")]
    beside: list[Event | Ending] = [TrainingBegan(3, BATCHES), Raised("ValueError: no")]
    run = run_of(search(lookahead=2), trials=4, workers=2, script=script_of({1: [far, soon], 3: [beside]}))
    ask_when_ended(run, 1, Retried(1))
    study = run.loop.go()

    again = study.steps_of(1)[-1]
    assert (again.ends, len(study.steps_of(1))) == (again.begins + BATCHES + 1, 2)


def test_of_stopped_trials_those_keep_their_checkpoints_that_have_come_farthest_with_the_best_scores() -> None:
    rungs = {1: (0.5, 0.9), 2: (1.0, 0.3), 3: (1.0, 0.4), 4: (0.5, 0.8)}

    def paused(number: int) -> list[Event | Ending]:
        epochs, score = rungs[number]
        batches = int(epochs * 40)
        reached = (RungScore(epochs=epochs, batches=batches, score=score),)
        history = history_of({"dropout": 0.1}, int(epochs))
        return [Returned(Paused(history, 1.0, batches % 40, 40, reached, stopped_at=epochs))]

    script = script_of({number: [paused(number)] for number in rungs})
    run = run_of(search(rungs=(0.5, 1.0)), trials=4, workers=2, script=script)
    run.loop.run.keep_paused = 3
    study = run.loop.go()

    clears = [step for step in run.store.steps if step.startswith("clear")]
    assert clears[0] == "clear 4", "when the fourth stopped, it was the least promising"
    assert clears[1:] == ["clear 3"] * bool(study.completed), "which was finished, since no other was"
