"""The status of a search."""

import json
from dataclasses import replace

import pytest

from job.core.journal import Dropped, Enqueued, Request, Retried
from job.core.limits import Limits
from job.core.run import RunEnd
from job.core.study import Study
from job.report.status import State, describe_status, render_status
from job.state.owner import Holder
from tests.fake_confirmation import confirming
from tests.fake_rungs import begin_trial, plan_trial, reach, search_on_rungs, stop_trial
from tests.fakes import START, study_of

NOW = START + 3600


@pytest.mark.parametrize(
    ("ended", "holder", "state"),
    [
        (RunEnd.UNKNOWN, Holder("process 17 on node-3"), State.RUNNING),
        (RunEnd.FINISHED, None, State.FINISHED),
        (RunEnd.INTERRUPTED, None, State.INTERRUPTED),
        (RunEnd.FAILED, None, State.FAILED),
        (RunEnd.UNKNOWN, None, State.NOT_RUNNING),
        (RunEnd.INTERRUPTED, Holder("process 17 on node-3"), State.RUNNING),
        (RunEnd.UNKNOWN, Holder("process 17 on node-3", silent_since=NOW - 61), State.HELD),
    ],
)
def test_the_lock_and_the_last_run_tell_the_state(ended: RunEnd, holder: Holder | None, state: State) -> None:
    study = study_of(0.9).close_run(ended)

    assert describe_status(study, holder=holder, now=NOW)["state"] == state


def test_a_holder_that_may_have_been_killed_is_told_with_its_last_sign_of_life() -> None:
    holder = Holder("process 17 on node-3", silent_since=NOW - 200)
    status = describe_status(study_of(0.9, running_epochs=1), holder=holder, now=NOW, waiting=1)

    assert (status["holder"], status["silent_seconds"], status["at_work"]) == ("process 17 on node-3", 200, 0)
    text = render_status(status)
    said = "which may have been killed: its last sign of life was 3 min 20 s ago; run the same command to go on"
    assert text.startswith(f"state       held by process 17 on node-3, {said}\n")
    assert "trial 2 goes on after epoch 1 of 3" in text
    assert "1 request in the inbox, for the next hpo-job search to take in" in text


def test_a_search_with_a_trial_in_hand_is_not_finished_whatever_its_last_run_has_said() -> None:
    study = study_of(0.9, running_epochs=1).close_run(RunEnd.FINISHED)

    assert describe_status(study, holder=None, now=NOW)["state"] is State.INTERRUPTED


def test_a_study_without_a_run_is_not_running() -> None:
    status = describe_status(Study(fingerprint=study_of().fingerprint), holder=None, now=NOW)

    assert status["state"] == "not running"
    assert status["saved_seconds_ago"] is None
    assert "state       not running" in render_status(status)


def test_the_trials_done_are_those_completed_here() -> None:
    status = describe_status(study_of(0.9, None, imported=[0.8], running_epochs=1), holder=None, now=NOW)

    assert (status["done"], status["budget"]) == (1, 40)
    assert "1 of 40 done; 1 failed and 1 of evidence besides" in render_status(status)


def test_the_trial_in_hand_is_told_with_its_epoch() -> None:
    status = describe_status(study_of(0.9, running_epochs=2), holder=Holder("process 17"), now=NOW)

    (trial,) = status["running"]
    assert (trial["number"], trial["epoch"], trial["epochs"]) == (2, 2, 3)
    assert "trial 2, 2 of 3 epochs saved: learning_rate 9.1e-04" in render_status(status)


def test_a_trial_that_has_saved_within_an_epoch_is_told_with_its_batch() -> None:
    study = study_of(running_epochs=0, running_batch=16)
    status, at_work = (describe_status(study, holder=holder, now=NOW) for holder in (None, Holder("process 17")))

    (trial,) = status["running"]
    assert (trial["epoch"], trial["batch"], trial["batches"]) == (0, 16, 41)
    assert trial["goes_on"] == "at batch 17 of 41 of epoch 1"
    assert "trial 1 goes on at batch 17 of 41 of epoch 1: " in render_status(status)
    assert "trial 1, 0 of 3 epochs and batch 16 of 41 of the next saved: " in render_status(at_work)


def test_a_trial_of_which_nothing_is_saved_goes_on_nowhere() -> None:
    status = describe_status(study_of(running_epochs=0), holder=None, now=NOW)

    assert "trial 1, 0 of 3 epochs saved: " in render_status(status)


def test_a_trial_whose_last_attempt_died_tells_why() -> None:
    study = study_of(running_epochs=1).stumble(1, "its process was killed by SIGKILL", now=START)

    assert "(the attempt before: its process was killed by SIGKILL)" in render_status(
        describe_status(study, holder=None, now=NOW)
    )


def test_the_last_save_is_told_as_a_time_ago() -> None:
    study = study_of(0.9).touch_run(now=NOW - 5)

    assert describe_status(study, holder=None, now=NOW)["saved_seconds_ago"] == 5
    assert "5.0 s ago" in render_status(describe_status(study, holder=None, now=NOW))


def test_a_save_by_a_clock_ahead_of_ours_is_of_this_moment() -> None:
    study = study_of(0.9).touch_run(now=NOW + 5)

    assert describe_status(study, holder=None, now=NOW)["saved_seconds_ago"] == 0


def test_no_time_left_is_told_of_a_search_that_has_finished() -> None:
    finished = study_of(0.9).close_run(RunEnd.FINISHED)

    assert describe_status(finished, holder=None, now=NOW)["seconds_left"] is None


def test_trials_that_stopped_early_are_counted_among_those_done() -> None:
    status = describe_status(stop_trial(search_on_rungs(0.9)), holder=None, now=NOW)

    assert (status["done"], status["totals"]["stopped"], status["running"]) == (2, 1, [])
    assert "trials      2 of 40 done, 1 of them stopped early\n" in render_status(status)


def test_all_trials_at_work_are_told_and_those_that_wait_for_a_worker_are_counted() -> None:
    study = begin_trial(begin_trial(search_on_rungs(0.9)))
    study = plan_trial(reach(study, 3, 0.33, 0.7))
    status = describe_status(study, holder=Holder("process 17"), now=NOW)
    text = render_status(status)

    assert ([trial["number"] for trial in status["running"]], status["at_work"], status["planned"]) == ([2, 3], 2, 1)
    assert "at work     2 trials\n" in text
    assert "in hand     trial 2, 0 of 3 epochs saved: learning_rate" in text
    assert "trial 3, 0 of 3 epochs and batch 14 of 41 of the next saved, with 70.00 % at 0.33 epochs: " in text
    assert "planned     1 trial, for the next worker that is idle\n" in text


def test_trials_on_a_cluster_are_told_with_their_machines_while_they_are_at_work() -> None:
    study = begin_trial(begin_trial(search_on_rungs(0.9), machine="gpu-1:4001"), machine="gpu-2:4002")
    status = describe_status(study, holder=Holder("process 17"), now=NOW)

    assert [trial["machine"] for trial in status["running"]] == ["gpu-1:4001", "gpu-2:4002"]
    assert "at work     2 trials on 2 machines\n" in render_status(status)
    assert "trial 3 on gpu-2:4002, 0 of 3 epochs saved: learning_rate" in render_status(status)
    assert "gpu-2" not in render_status(describe_status(study, holder=None, now=NOW))


def test_what_a_trial_had_at_a_rung_is_told_until_an_epoch_has_ended() -> None:
    study = reach(begin_trial(search_on_rungs(0.9)), 2, 1.0, 0.7)
    later = study.get_on(2, (*study.trial(2).history, {"loss": 0.2, "val_accuracy": 0.8}), seconds=40.0, batches=41)
    at_rung, beyond = (describe_status(each, holder=Holder("a run"), now=NOW) for each in (study, later))

    assert "trial 2, 1 of 3 epochs saved, with 70.00 % at 1 epoch: " in render_status(at_rung)
    assert "trial 2, 2 of 3 epochs saved: " in render_status(beyond)
    assert beyond["running"][0]["rung"] == {"epochs": 1.0, "score": 0.7}


def test_a_stopped_trial_that_is_to_be_gone_on_with_is_planned_until_a_worker_begins() -> None:
    study = stop_trial(search_on_rungs(0.9)).go_on(2)
    planned, begun = (
        describe_status(each, holder=Holder("a run"), now=NOW) for each in (study, study.start(2, now=NOW))
    )

    assert (planned["running"], planned["planned"], planned["done"]) == ([], 1, 1)
    assert ([trial["number"] for trial in begun["running"]], begun["planned"]) == ([2], 0)


def test_a_trial_that_died_while_others_go_on_is_told_with_where_it_goes_on() -> None:
    study = reach(begin_trial(begin_trial(search_on_rungs(0.9))), 2, 0.33, 0.7)
    status = describe_status(study.stumble(2, "killed by SIGKILL", now=NOW), holder=Holder("process 17"), now=NOW)

    assert [trial["at_work"] for trial in status["running"]] == [False, True]
    assert "trial 2 goes on at batch 15 of 41 of epoch 1, with 70.00 % at 0.33 epochs: " in render_status(status)


def test_status_is_json() -> None:
    status = describe_status(study_of(0.9, None, running_epochs=1), holder=None, now=NOW)

    assert json.loads(json.dumps(status, allow_nan=False)) == status


def test_the_text_tells_the_best_trial_and_what_to_do() -> None:
    study = study_of(0.91, 0.988).open_run(now=NOW, limits=Limits(trials=40))
    text = render_status(describe_status(study.close_run(RunEnd.INTERRUPTED), holder=None, now=NOW))

    assert "interrupted: all is saved; run the same command to go on" in text
    assert "trials      2 of 40 done\n" in text
    assert "val_accuracy 98.80 %, trial 2: learning_rate 9.1e-04, filters 30" in text
    assert "2 interruptions survived" in text


def test_a_time_left_that_is_beyond_all_numbers_is_not_told() -> None:
    study = study_of(0.9, budget=60_000_000)
    endless = replace(study, trials=(replace(study.trials[0], seconds=1e303),))
    assert describe_status(endless, holder=Holder("a run"), now=START)["seconds_left"] is None


def test_what_users_have_asked_for_is_told_with_who_takes_it_in() -> None:
    idle, at_work = (
        describe_status(study_of(0.9), holder=each, now=NOW, waiting=1) for each in (None, Holder("process 17"))
    )

    assert "1 request in the inbox, for the next hpo-job search to take in" in render_status(idle)
    assert "1 request in the inbox, for the run at work to take in" in render_status(at_work)
    assert "inbox" not in render_status(describe_status(study_of(0.9), holder=None, now=NOW))


def test_what_has_been_taken_in_and_not_begun_is_told_as_its_commands() -> None:
    study = study_of(0.9, None)
    requests: list[Request] = [Enqueued({"filters": 8}), Dropped(1), Retried(2), *[Enqueued({"filters": 9})] * 3]
    for number, request in enumerate(requests):
        study = study.enter(request, now=START, request=str(number))
    status = describe_status(study, holder=None, now=NOW)

    assert status["asked_for"] == ["enqueue filters=8", "retry 2", *["enqueue filters=9"] * 3]
    assert "asked for   enqueue filters=8; retry 2; enqueue filters=9; and 2 more\n" in render_status(status)
    begun = study.propose({**study.trial(1).params, "filters": 8}, request="0")
    assert describe_status(begun, holder=None, now=NOW)["asked_for"][0] == "retry 2"


def test_a_confirmation_is_told_with_what_it_is_at_and_the_training_in_hand_by_its_trial_and_seed() -> None:
    first, second, winner = (
        describe_status(confirming(*scores, running=True), holder=Holder("process 17"), now=NOW)
        for scores in ((), (0.91, 0.94, 0.95), (0.91, 0.94, 0.95, 0.93, 0.96))
    )
    assert "confirming  0 of 7 trainings; the candidates are all on their first seeds" in render_status(first)
    assert "confirming  3 of 7 trainings; trials 3 and 2 are left to choose from" in render_status(second)
    assert "in hand     trial 3 again on seed 2, 0 of 3 epochs saved: learning_rate" in render_status(second)
    assert "made for" not in render_status(second)
    assert "trained     21 epochs in 7 min 00 s" in render_status(second)
    assert "confirming  5 of 7 trainings; trial 2 has won, and is measured" in render_status(winner)

    (replicate,) = winner["running"]
    assert (replicate["number"], replicate["replicate_of"], replicate["seed"]) == (-6, 2, 3)
    assert (winner["planned"], winner["seconds_left"]) == (0, 120.0)


def test_a_confirmation_that_is_over_is_told_with_what_it_has_found() -> None:
    study = confirming(0.91, 0.94, 0.95, 0.93, 0.96, 0.90, 0.94).close_run(RunEnd.FINISHED)
    status = describe_status(study, holder=None, now=NOW)
    found = "confirmed   trial 2: val_accuracy 92.00 % in the mean of 2 seeds that chose nothing"
    assert found in render_status(status)
    assert status["confirmation"] is not None and status["confirmation"]["is_over"]
    assert json.loads(json.dumps(status)) == status


def test_a_confirmation_that_the_hours_have_ended_is_none() -> None:
    status = describe_status(confirming(0.91).close_run(RunEnd.FINISHED), holder=None, now=NOW)
    assert "unconfirmed 1 of 7 trainings were through when the hours of training were spent" in render_status(status)


def test_a_search_with_a_replicate_in_hand_is_not_finished_whatever_its_last_run_has_said() -> None:
    study = confirming(running=True).close_run(RunEnd.FINISHED)
    assert describe_status(study, holder=None, now=NOW)["state"] is State.INTERRUPTED
