"""The message that a pod leaves behind."""

from pathlib import Path

import pytest

from job.core.events import RunEnded, RunStarted, TrialEnded
from job.core.tested import TestResult
from job.display.last_words import LARGEST_BYTES, LastWords
from tests.fakes import study_of
from tests.report.confirmations import confirmed_study

STUDY = study_of(0.8, 0.9, None, 0.7)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """What the kubelet mounts: an empty file."""
    path = tmp_path / "termination-log"
    path.touch()
    return path


def test_a_finished_search_leaves_its_result(log: Path) -> None:
    study = STUDY.record_test(TestResult(number=2, metrics={"accuracy": 0.95, "loss": 0.2}))
    LastWords(log)(RunEnded("40 trials are done", finished=True), study)
    assert log.read_text().splitlines() == [
        "finished: 40 trials are done",
        "3 of 40 trials done",
        "best val_accuracy 90.00 % (trial 2)",
        "test accuracy 95.00 %, loss 0.2",
    ]


def test_a_confirmed_search_leaves_what_is_confirmed(log: Path) -> None:
    LastWords(log)(RunEnded("4 trials are done", finished=True), confirmed_study())
    confirmed, test = log.read_text().splitlines()[2:]
    assert confirmed.startswith("confirmed val_accuracy 96.97 % on fresh seeds (95 % interval")
    assert confirmed.endswith(": trial 3")
    assert test.startswith("test accuracy 95.97 % (") and test.endswith("loss 0.3, on average of 3 models")


def test_a_run_that_is_stopped_leaves_why_how_far_and_what_to_do(log: Path) -> None:
    words = LastWords(log)
    words(RunStarted(), STUDY)
    hint = "run the same command again to go on"
    words(RunEnded("stopped: received SIGTERM", finished=False, hint=hint, exit_code=75), None)
    assert log.read_text().splitlines() == [
        "exit code 75: stopped: received SIGTERM",
        "3 of 40 trials done",
        "best val_accuracy 90.00 % (trial 2)",
        "what to do: run the same command again to go on",
    ]


def test_a_run_that_is_killed_has_left_how_far_it_was(log: Path) -> None:
    words = LastWords(log)
    words(TrialEnded(4), STUDY)
    assert log.read_text().splitlines() == [
        "running when this was written",
        "3 of 40 trials done",
        "best val_accuracy 90.00 % (trial 2)",
    ]


def test_a_bug_is_named(log: Path) -> None:
    LastWords(log)(RunEnded("a bug: TypeError: no such thing", finished=False, exit_code=1), None)
    assert log.read_text() == "exit code 1: a bug: TypeError: no such thing"


def test_the_message_is_no_longer_than_what_is_kept_of_it(log: Path) -> None:
    LastWords(log)(RunEnded("x" * 10_000, finished=False, exit_code=2), None)
    assert len(log.read_bytes()) == LARGEST_BYTES


def test_outside_a_pod_no_file_is_made(tmp_path: Path) -> None:
    LastWords(tmp_path / "termination-log")(RunStarted(), STUDY)
    assert list(tmp_path.iterdir()) == []


def test_a_message_that_cannot_be_written_changes_nothing(tmp_path: Path) -> None:
    LastWords(tmp_path)(RunStarted(), STUDY)  # a directory, which nobody can write to as a file
