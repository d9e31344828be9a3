"""`hpo-job logs`: what a trial has printed, and what has happened to it."""

import threading
import time
from pathlib import Path

import pytest

from job.errors import ExitCode
from job.state.directory import StateDirectory
from tests.cli.here import hpo_job
from tests.fake_confirmation import confirming
from tests.fake_rungs import plan_trial, search_on_rungs, stop_trial
from tests.fakes import START, study_of


@pytest.fixture
def store(tmp_path: Path) -> StateDirectory:
    """A search whose first trial has completed, and whose second has died once and is in training."""
    store = StateDirectory(tmp_path / "state")
    study = study_of(0.9, running_epochs=1).stumble(2, "killed by SIGSEGV", now=START + 70)
    store.root.mkdir()
    store.save(study.start(2, now=START + 71))
    for number, text in ((1, "ähre\n"), (2, "epoch 1\n")):
        log = store.trial_files(number).log
        log.parent.mkdir(parents=True)
        log.write_text(text, encoding="utf-8")
    return store


def test_the_log_goes_to_standard_output_as_it_is_and_what_happened_to_standard_error(store: StateDirectory) -> None:
    done = hpo_job("logs", "2", f"--state={store.root}")
    assert (done.returncode, done.stdout) == (0, "epoch 1\n")
    assert done.stderr.splitlines() == [
        "trial 2, proposed: unfinished: killed by SIGSEGV",
        "  run 1, 2025-06-15 15:07:40 UTC: died at 2025-06-15 15:07:50: killed by SIGSEGV",
        "  run 1, 2025-06-15 15:07:51 UTC: no end is known: it is at work, or was killed with its run",
    ]
    assert hpo_job("logs", "1", f"--state={store.root}").stdout == "ähre\n"


def test_a_trial_that_is_not_there_is_refused_with_those_that_are(store: StateDirectory) -> None:
    done = hpo_job("logs", "3", f"--state={store.root}")
    assert done.returncode == ExitCode.USAGE
    assert "expected the number of a trial from 1 to 2, found 3" in done.stderr


def test_a_trial_without_a_log_says_so(store: StateDirectory) -> None:
    store.trial_files(1).log.unlink()
    done = hpo_job("logs", "1", f"--state={store.root}")
    assert done.returncode == ExitCode.USAGE
    assert "trial 1 has left no log" in done.stderr


def test_a_trial_that_stopped_early_says_why_and_one_that_waits_for_a_worker_so(
    store: StateDirectory,
) -> None:
    store.save(plan_trial(stop_trial(search_on_rungs(0.9))))
    stopped, planned = (hpo_job("logs", number, f"--state={store.root}").stderr for number in ("2", "3"))
    why = "stopped at 0.33 epochs with val_accuracy 41.20 %: it needed 63.00 % to go on"
    assert stopped.startswith(f"trial 2, proposed: {why}\n  run 1, 2025-06-15 15:06:40 UTC: paused at ")
    assert planned.startswith("trial 3, proposed: planned\n")
    assert "trial 3 has no log yet" in planned


def test_following_ends_where_no_run_is_at_work(store: StateDirectory) -> None:
    assert hpo_job("logs", "2", "--follow", f"--state={store.root}").stdout == "epoch 1\n"


def test_following_goes_on_as_the_trial_prints_until_it_has_ended(store: StateDirectory) -> None:
    def go_on() -> None:
        time.sleep(0.3)
        with store.trial_files(2).log.open("a") as log:
            log.write("epoch 2\n")
        study = store.read().study
        assert study is not None
        store.save(study.fail(2, "diverged", now=START + 80))

    with store.lock():
        thread = threading.Thread(target=go_on)
        thread.start()
        done = hpo_job("logs", "2", "--follow", f"--state={store.root}")
        thread.join()
    assert done.stdout == "epoch 1\nepoch 2\n"


def test_the_log_of_a_trial_that_was_trained_again_is_asked_for_by_its_seed(store: StateDirectory) -> None:
    store.save(confirming(0.91, 0.94, 0.95, running=True))
    log = store.trial_files(-4).log
    log.parent.mkdir(parents=True)
    log.write_text("again\n", encoding="utf-8")

    done = hpo_job("logs", "3", "--seed=2", f"--state={store.root}")
    assert (done.returncode, done.stdout) == (0, "again\n")
    assert done.stderr.startswith(
        "trial 3 again on seed 2: unfinished\n  run 1, 2025-06-15 15:06:40 UTC: no end is known"
    )
    assert "trial 3 again on seed 1 has left no log" in hpo_job("logs", "3", "--seed=1", f"--state={store.root}").stderr


def test_a_seed_on_which_a_trial_was_not_trained_again_is_refused_with_those_on_which_it_was(
    store: StateDirectory,
) -> None:
    store.save(confirming(0.91, 0.94, 0.95, 0.93))
    refused, none = (hpo_job("logs", number, "--seed=4", f"--state={store.root}") for number in ("3", "4"))
    assert refused.returncode == ExitCode.USAGE
    assert "expected one on which trial 3 has been trained again, found 4\nwhat to do: those are 1, 2" in refused.stderr
    assert "no confirmation has trained trial 4 again" in none.stderr
