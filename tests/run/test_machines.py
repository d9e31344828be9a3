"""Steps on several machines: who shares one, what is lost with one, and what is done while there is none."""

from collections.abc import Callable, Sequence

import pytest

from job.core.ending import EndKind
from job.core.events import Event, Phase, PhaseStarted, TrainingBegan
from job.core.journal import Dropped
from job.core.space import Params
from job.core.trial import Status
from job.executors import Died, Ending, Lost, Place
from tests.fake_search import Run, completes, notices, run_of
from tests.run.test_company import BATCHES, OUT_OF_MEMORY, script_of, search, takes

LOST = Lost("worker gpu-1:40001: it has not answered for 60 s")


def two_machines(workers: int = 1) -> Callable[[], Sequence[Place]]:
    return lambda: tuple(Place(machine, worker) for machine in ("one", "two") for worker in range(workers))


def attempts(run: Run, trial: int) -> list[tuple[str, bool, EndKind | None]]:
    """Return of each attempt at a trial on which machine it was, whether it had company there, and how it ended."""
    steps = run.loop.study.steps_of(trial)
    return [(each.place, each.in_company, each.ended) for step in steps for each in step.attempts]


def test_steps_are_shared_out_among_the_machines_and_have_company_on_their_own_alone() -> None:
    run = run_of(search(), trials=4, workers=two_machines(), script=script_of({}))
    run.loop.go()
    assert [attempts(run, trial)[0] for trial in (1, 2)] == [
        ("one", False, EndKind.COMPLETED),
        ("two", False, EndKind.COMPLETED),
    ]


def test_a_step_fails_for_good_where_it_was_alone_on_its_machine() -> None:
    run = run_of(search(), trials=3, workers=two_machines(), script=script_of({2: [[OUT_OF_MEMORY]]}))
    assert run.loop.go().trial(2).status is Status.FAILED
    assert [ended for _, _, ended in attempts(run, 2)] == [EndKind.OUT_OF_MEMORY]


def test_a_step_that_failed_in_company_has_a_machine_to_itself_and_others_begin_elsewhere_meanwhile() -> None:
    failed = list[int]()

    def script(number: int, params: Params) -> list[Event | Ending]:
        if number == 1 and not failed:
            failed.append(number)
            return [Died("killed by SIGKILL")]
        return takes(9 if number == 3 else 3, TrainingBegan(number, BATCHES), *completes(number, params))

    run = run_of(search(lookahead=8), trials=8, workers=two_machines(2), script=script)
    study = run.loop.go()
    first, second = attempts(run, 1)
    assert study.trial(1).status is Status.COMPLETED
    assert (first[1:], second[1:]) == ((True, EndKind.DIED), (False, EndKind.COMPLETED))
    begun = [number for number, _ in run.executor.company]
    assert begun[:4] == [1, 2, 3, 4] and begun.index(1, 1) > begun.index(6), "5 and 6 do not wait for it"


def test_a_machine_is_kept_for_no_trial_that_is_set_aside() -> None:
    def script(number: int, params: Params) -> list[Event | Ending]:
        if number == 1:
            run.inbox.ask(Dropped(1))
            return [Died("killed by SIGKILL")]
        return takes(9 if number == 2 else 3, TrainingBegan(number, BATCHES), *completes(number, params))

    run = run_of(search(), trials=5, workers=lambda: (Place("one", 0), Place("one", 1)), script=script)
    assert run.loop.go().trial(1).status is Status.DROPPED


def test_what_is_lost_with_its_machine_goes_on_elsewhere() -> None:
    run = run_of(search(), trials=3, workers=two_machines(), script=script_of({2: [[LOST]]}))
    study = run.loop.go()
    assert (study.trial(2).status, study.trial(2).deaths) == (Status.COMPLETED, 0)
    assert [ended for _, _, ended in attempts(run, 2)] == [EndKind.GONE, EndKind.COMPLETED]
    assert any(f"{LOST.reason}; it goes on elsewhere" in notice for notice in notices(run))


def test_a_trial_that_takes_one_machine_after_another_with_it_fails_as_one_does_that_kills_its_runs() -> None:
    run = run_of(search(), trials=3, workers=two_machines(), script=script_of({2: [[LOST]] * 5}), max_attempts=3)
    trial = run.loop.go().trial(2)
    assert trial.status is Status.FAILED and "started 3 times without getting on" in trial.reason


@pytest.mark.parametrize("max_attempts", [1, 3])
def test_runs_that_are_killed_count_against_no_trial_that_is_on_another_machine(max_attempts: int) -> None:
    study = search()
    study = study.propose(study.fingerprint.default, worker=1, begins=0.0)
    for _ in range(7):
        study = study.open_run(now=0.0).start(1, now=0.0, place="one")
    assert study.trial(1).attempts == 1

    trial = run_of(study, trials=2, workers=two_machines(), max_attempts=max_attempts).loop.go().trial(1)
    assert trial.status is Status.COMPLETED


def test_what_a_search_is_at_does_not_depend_on_machines_that_are_lost() -> None:
    def end(losses: dict[int, list[list[Event | Ending]]], workers: Callable[[], Sequence[Place]]) -> list[object]:
        run = run_of(search(), trials=5, workers=workers, script=script_of(losses))
        study = run.loop.go()
        return [(each.number, each.params, each.history, each.status) for each in study.trials]

    assert end({}, two_machines()) == end({1: [[LOST]], 3: [[LOST], [LOST]]}, two_machines(2))


def test_a_search_waits_for_workers_and_says_so_once() -> None:
    asked = list[int]()

    def workers() -> Sequence[Place]:
        asked.append(1)
        return (Place("one"),) if len(asked) > 20 else ()

    run = run_of(search(), trials=2, workers=workers)
    assert len(run.loop.go().completed) == 2
    assert [event for event in run.events if event == PhaseStarted(Phase.WORKERS)] == [PhaseStarted(Phase.WORKERS)]
