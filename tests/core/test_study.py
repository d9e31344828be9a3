"""The study: what can be asked of it, and what can happen to it."""

from collections.abc import Callable
from dataclasses import FrozenInstanceError, replace

import pytest

from job.core.ending import EndKind
from job.core.fingerprint import Fingerprint
from job.core.journal import Dropped
from job.core.limits import Limits
from job.core.objective import parse_objective
from job.core.run import Run, RunEnd
from job.core.space import Value
from job.core.study import Study
from job.core.tested import TestResult
from job.core.trial import EpochLogs, Status, best_epoch
from job.errors import SettingsError
from tests.fakes import START, TRIAL_SECONDS, study_of

LOGS: EpochLogs = {"loss": 0.5, "val_accuracy": 0.9}


def fingerprint() -> Fingerprint:
    return study_of().fingerprint


def complete(study: Study, number: int, score: float, *, now: float = START) -> Study:
    history: tuple[EpochLogs, ...] = ({"val_accuracy": score},)
    return study.complete(number, history, seconds=1.0, now=now, model_sha256="")


def test_trials_are_numbered_from_1_in_the_order_of_the_proposals() -> None:
    study = study_of(0.9, None, imported=[0.8], running_epochs=0)

    assert [trial.number for trial in study.trials] == [1, 2, 3, 4]
    assert [study.trial(number).number for number in (1, 2, 3, 4)] == [1, 2, 3, 4]


def test_the_score_is_the_objective_after_the_last_epoch_not_the_best_one() -> None:
    study = study_of(running_epochs=0)
    history: tuple[EpochLogs, ...] = ({"val_accuracy": 0.99}, {"val_accuracy": 0.7})
    study = study.complete(1, history, seconds=1.0, now=START, model_sha256="")

    assert study.trial(1).curve(study.fingerprint.objective) == (0.99, 0.7)
    assert study.trial(1).score(study.fingerprint.objective) == 0.7


def test_the_score_is_what_the_kept_weights_give_where_they_are_not_those_of_the_last_epoch() -> None:
    study = study_of(running_epochs=0)
    history: tuple[EpochLogs, ...] = ({"val_accuracy": 0.275}, {"val_accuracy": 0.45}, {"val_accuracy": 0.275})
    study = study.complete(1, history, seconds=1.0, now=START, model_sha256="").note_model(
        1, kept={"val_accuracy": 0.45}
    )

    assert study.trial(1).curve(study.fingerprint.objective) == (0.275, 0.45, 0.275)
    assert study.trial(1).score(study.fingerprint.objective) == 0.45


@pytest.mark.parametrize(("objective", "index"), [("val_accuracy:max", 1), ("val_loss:min", 0)])
def test_the_best_epoch_is_the_earliest_among_equals(objective: str, index: int) -> None:
    metric = objective.partition(":")[0]
    history: tuple[EpochLogs, ...] = tuple({metric: value} for value in (0.1, 0.9, 0.9, 0.1))

    assert best_epoch(history, parse_objective(objective)) == index


def test_an_imported_trial_has_the_score_it_came_with() -> None:
    study = study_of(imported=[0.8])

    assert study.trial(1).score(study.fingerprint.objective) == 0.8
    assert study.trial(1).epochs == 0


@pytest.mark.parametrize("study", [study_of(None), study_of(running_epochs=2), study_of(running_epochs=0)])
def test_a_trial_that_failed_or_still_runs_has_no_score(study: Study) -> None:
    assert study.trial(1).score(study.fingerprint.objective) is None
    assert study.trial(1).loss(study.fingerprint.objective) is None


@pytest.mark.parametrize(("objective", "loss"), [("val_accuracy:max", -0.75), ("val_loss:min", 0.75)])
def test_less_loss_is_better_whatever_the_objectives_direction(objective: str, loss: float) -> None:
    study = study_of(0.75, objective=objective)

    assert study.trial(1).loss(study.fingerprint.objective) == loss
    assert study.trial(1).score(study.fingerprint.objective) == 0.75


@pytest.mark.parametrize(("objective", "number"), [("val_accuracy:max", 3), ("val_loss:min", 2)])
def test_the_best_trial_is_that_with_the_best_score(objective: str, number: int) -> None:
    best = study_of(0.8, 0.7, 0.9, None, running_epochs=1, objective=objective).best

    assert best is not None and best.number == number


def test_the_earliest_of_equally_good_trials_is_the_best() -> None:
    best = study_of(0.8, 0.9, 0.9).best

    assert best is not None and best.number == 2


def test_an_imported_trial_is_not_the_best_since_there_is_no_model_of_it() -> None:
    best = study_of(0.8, imported=[0.99]).best

    assert best is not None and best.number == 2
    assert study_of(imported=[0.99]).best is None


def test_ranking_puts_the_best_first_equals_by_number_and_those_without_a_score_last() -> None:
    study = study_of(0.8, None, 0.9, 0.9, imported=[0.95], running_epochs=1)

    assert [trial.number for trial in study.ranked] == [4, 5, 2, 3, 6]
    assert [trial.number for trial in study_of(imported=[0.7, 0.9]).scored_elsewhere] == [2, 1]


def test_training_counts_over_all_trials_the_running_one_included() -> None:
    assert study_of(0.8, 0.9, running_epochs=1, epochs=3).training_seconds == TRIAL_SECONDS * (2 + 1 / 3)


def test_a_change_leaves_the_study_it_began_from_as_it_was() -> None:
    before = study_of(0.8, running_epochs=1)
    copy = replace(before, trials=tuple(before.trials))

    before.fail(2, "out of memory", now=START)
    before.get_on(2, (LOGS, LOGS), seconds=9.0)
    before.close_run(RunEnd.FINISHED)

    assert before == copy
    with pytest.raises(FrozenInstanceError):
        before.trials = ()  # type: ignore[misc]


def test_a_proposal_does_not_change_with_the_mapping_it_was_made_from() -> None:
    params: dict[str, Value] = dict(fingerprint().default)
    study = Study(fingerprint=fingerprint()).propose(params)
    params["filters"] = 9

    assert study.trial(1).params == fingerprint().default


@pytest.mark.parametrize(
    "add",
    [lambda study, params: study.propose(params), lambda study, params: study.import_trial(params, 0.9)],
    ids=["proposed", "imported"],
)
def test_a_point_outside_the_space_is_refused(add: Callable[[Study, dict[str, Value]], Study]) -> None:
    with pytest.raises(SettingsError, match="filters"):
        add(Study(fingerprint=fingerprint()), {**fingerprint().default, "filters": 65})


def test_each_start_is_counted_and_the_first_one_keeps_its_time() -> None:
    study = study_of().propose(fingerprint().default).start(1, now=START).start(1, now=START + 10)

    assert (study.trial(1).attempts, study.trial(1).started_at) == (2, START)


def test_getting_on_forgets_the_starts_that_got_nowhere() -> None:
    study = study_of(running_epochs=0).start(1, now=START).start(1, now=START)
    study = study.get_on(1, (LOGS,), seconds=20.0)

    assert (study.trial(1).attempts, study.trial(1).epochs, study.trial(1).seconds) == (1, 1, 20.0)


def test_an_attempt_that_tells_of_the_checkpoint_it_goes_on_from_has_not_got_on_yet() -> None:
    study = study_of(running_epochs=0).get_on(1, (LOGS,), seconds=20.0, batch=3).start(1, now=START)
    study = study.stumble(1, "killed by SIGSEGV", now=START).start(1, now=START)
    again = study.get_on(1, (LOGS,), seconds=20.0, batch=3)
    assert (again.trial(1).attempts, again.trial(1).deaths) == (3, 1)
    further = again.get_on(1, (LOGS,), seconds=21.0, batch=4)
    assert (further.trial(1).attempts, further.trial(1).deaths) == (1, 0)


def test_a_trial_in_hand_knows_the_batch_that_is_saved_until_it_has_ended() -> None:
    study = study_of(running_epochs=0).get_on(1, (LOGS,), seconds=20.0, batch=16, batches=41)

    assert (study.trial(1).batch, study.trial(1).batches) == (16, 41)
    assert study.get_on(1, (LOGS, LOGS), seconds=40.0, batches=41).trial(1).batch == 0
    assert complete(study, 1, 0.9).trial(1).batch == 0
    assert study.fail(1, "diverged", now=START).trial(1).batch == 0


def test_what_a_kill_undid_is_not_counted_as_training() -> None:
    study = study_of(running_epochs=0).get_on(1, (LOGS,), seconds=20.0).start(1, now=START)

    assert study.get_on(1, (LOGS, LOGS), seconds=40.0).training_seconds == 40.0


def test_an_interruption_costs_no_attempt() -> None:
    before = study_of().propose(fingerprint().default)

    assert before.start(1, now=START).interrupt(1, now=START).trial(1).attempts == before.trial(1).attempts
    assert before.interrupt(1, now=START).trial(1).attempts == 0


def test_an_attempt_that_died_tells_why_and_the_trial_goes_on() -> None:
    trial = study_of(running_epochs=1).stumble(1, "killed by SIGKILL", now=START, log_tail="epoch 2").trial(1)

    assert (trial.status, trial.reason, trial.log_tail) == (Status.RUNNING, "killed by SIGKILL", "epoch 2")
    assert trial.epochs == 1


def test_a_trial_that_completes_has_no_reason_of_an_attempt_before_it() -> None:
    study = complete(study_of(running_epochs=1).stumble(1, "killed", now=START, log_tail="tail"), 1, 0.9, now=START + 5)
    trial = study.trial(1)

    assert (trial.status, trial.reason, trial.log_tail, trial.attempts) == (Status.COMPLETED, "", "", 0)
    assert trial.ended_at == START + 5


def test_a_failed_trial_keeps_its_reason_and_the_training_it_took() -> None:
    trial = study_of(running_epochs=1).fail(1, "out of memory", now=START + 5, log_tail="OOM").trial(1)

    assert (trial.status, trial.reason, trial.log_tail) == (Status.FAILED, "out of memory", "OOM")
    assert (trial.epochs, trial.seconds, trial.ended_at) == (1, TRIAL_SECONDS / 3, START + 5)


TRANSITIONS: dict[str, Callable[[Study], Study]] = {
    "start": lambda study: study.start(1, now=START),
    "get_on": lambda study: study.get_on(1, (LOGS,), seconds=1.0),
    "stumble": lambda study: study.stumble(1, "killed", now=START),
    "interrupt": lambda study: study.interrupt(1, now=START),
    "complete": lambda study: complete(study, 1, 0.9),
    "fail": lambda study: study.fail(1, "diverged", now=START),
}


@pytest.mark.parametrize("ended", [study_of(0.9), study_of(None), study_of(imported=[0.9])])
@pytest.mark.parametrize("happening", TRANSITIONS)
def test_nothing_more_happens_to_a_trial_that_has_ended(happening: str, ended: Study) -> None:
    with pytest.raises(SettingsError, match=f"^trial 1 is {ended.trial(1).status}"):
        TRANSITIONS[happening](ended)


def test_a_model_that_is_trained_again_has_another_digest_and_the_same_score() -> None:
    before = study_of(0.9, 0.8)
    after = before.remake_model(1, "f" * 64)

    assert after.trial(1) == replace(before.trial(1), model_sha256="f" * 64)
    assert after.trial(2) == before.trial(2)


def test_the_result_of_the_test_is_kept() -> None:
    result = TestResult(number=1, metrics={"accuracy": 0.97})

    assert study_of(0.9).record_test(result).test == result


def test_a_run_that_was_interrupted_or_killed_counts_as_an_interruption() -> None:
    study = Study(fingerprint=fingerprint())
    for ended in (RunEnd.INTERRUPTED, RunEnd.UNKNOWN, RunEnd.FAILED, RunEnd.FINISHED):
        study = study.open_run(now=START, limits=Limits(trials=3)).close_run(ended)

    assert study.interruptions == 2


def test_the_last_run_is_not_counted_as_killed_while_it_may_still_be_at_work() -> None:
    study = Study(fingerprint=fingerprint()).open_run(now=START)

    assert study.interruptions == 0
    assert study.open_run(now=START).interruptions == 1


def test_a_run_notes_when_it_was_last_alive_and_the_runs_before_stay_as_they_were() -> None:
    study = Study(fingerprint=fingerprint()).open_run(now=START).close_run(RunEnd.INTERRUPTED)
    study = study.open_run(now=START + 100, limits=Limits(trials=9)).touch_run(now=START + 150)

    assert study.runs == (
        Run(started_at=START, last_saved_at=START, ended=RunEnd.INTERRUPTED),
        Run(started_at=START + 100, last_saved_at=START + 150),
    )
    assert study.limits == Limits(trials=9)


@pytest.mark.parametrize(
    ("scores", "failures"),
    [((), 0), ((None,), 1), ((None, None, 0.9), 0), ((0.9, None, None), 2), ((None, 0.9, None), 1)],
)
def test_failures_in_a_row_are_those_since_a_trial_last_completed(
    scores: tuple[float | None, ...], failures: int
) -> None:
    assert study_of(*scores).failures_in_a_row == failures


def test_imported_and_running_trials_do_not_break_a_row_of_failures() -> None:
    assert study_of(None, None, imported=[0.9], running_epochs=1).failures_in_a_row == 2


def test_failures_in_a_row_are_counted_in_the_order_of_the_virtual_ends() -> None:
    study = _three_at_the_same_time(batches=(30, 10, 10))
    study = study.fail(2, "diverged", now=START + 1).fail(3, "diverged", now=START + 2)

    assert complete(study, 1, 0.9, now=START + 3).failures_in_a_row == 0


@pytest.mark.parametrize(
    ("scores", "count"),
    [((), 0), ((None,), 0), ((0.9,), 0), ((0.9, 0.8), 1), ((0.9, 0.9), 1), ((0.9, 0.8, 0.95), 0), ((0.9, None), 0)],
)
def test_trials_without_gain_are_those_completed_since_the_best_one(
    scores: tuple[float | None, ...], count: int
) -> None:
    assert study_of(*scores).trials_without_gain == count


def test_trials_without_gain_are_counted_in_the_order_of_the_virtual_ends() -> None:
    study = complete(_three_at_the_same_time(batches=(20, 30, 10)), 3, 0.9, now=START + 1)
    study = complete(complete(study, 1, 0.8, now=START + 2), 2, 0.8, now=START + 3)

    assert study.trials_without_gain == 2


def _three_at_the_same_time(*, batches: tuple[int, int, int]) -> Study:
    """Return a study with three trials on as many virtual workers, each with so many batches an epoch."""
    study = Study(fingerprint=fingerprint())
    for number, each in enumerate(batches, start=1):
        params = {**fingerprint().default, "filters": 7 + number}
        study = study.propose(params, worker=number, begins=0.0).tell_batches(number, each)
    return study


def test_a_step_takes_the_batches_that_it_trains_and_its_start_in_virtual_time() -> None:
    study = _three_at_the_same_time(batches=(20, 30, 10))
    slow = replace(study, fingerprint=replace(study.fingerprint, epochs=3, start_batches=50, start_share=0.1))

    ends = [complete(each, 2, 0.9, now=START).steps[1].ends for each in (study, slow)]
    assert ends == [30 + 1, 30 + 50 + 9]  # of the 90 batches of a whole trial a tenth


def test_a_trial_that_is_dropped_ends_after_all_that_is_planned_whether_or_not_it_has_ended_in_reality() -> None:
    study = _three_at_the_same_time(batches=(20, 30, 10))
    ended = complete(study, 2, 0.9, now=START).enter(Dropped(2), now=START)
    at_work = study.enter(Dropped(2), now=START)

    assert ended.steps[1].ends == at_work.steps[1].ends == 1.0
    assert (ended.steps[1].ended, at_work.steps[1].ended) == (EndKind.COMPLETED, EndKind.DROPPED)


def test_a_trial_that_is_dropped_after_its_virtual_end_keeps_it() -> None:
    study = complete(_three_at_the_same_time(batches=(20, 30, 10)), 3, 0.9, now=START)
    ends = study.steps[2].ends
    study = study.propose(study.fingerprint.default, worker=3, begins=ends)

    assert study.enter(Dropped(3), now=START).steps[2].ends == ends


def test_a_trial_that_fails_short_of_where_it_once_was_ends_after_what_has_been_planned_since() -> None:
    study = _three_at_the_same_time(batches=(20, 30, 10)).get_on(2, ({},), seconds=1.0, batches=30)
    study = study.propose(study.fingerprint.default, worker=3, begins=25.0)
    study = study.get_on(2, (), seconds=0.0, batch=1, batches=20).fail(2, "killed each time", now=START)

    assert study.steps[1].ends == 26.0


def test_the_device_is_that_of_the_last_run_that_trained() -> None:
    study = study_of(0.9).open_run(now=START).note_device("GPU: a graphics card")
    assert study.device == study.open_run(now=START).device == "GPU: a graphics card"
    assert study_of(0.9).device == ""


def test_the_order_in_which_trials_end_outlives_a_clock_that_is_put_back() -> None:
    study = Study(fingerprint=fingerprint())
    for number, (score, now) in enumerate(((0.5, START), (0.9, START - 86_400), (0.6, START + 1)), start=1):
        study = study.propose({**study.fingerprint.default, "filters": 8 + number})
        study = complete(study, number, score, now=now)
    assert [trial.number for trial in study.ended] == [1, 2, 3]
    assert study.trials_without_gain == 1
