"""The display of a line an event."""

import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest

from job.core import events
from job.core.events import (
    BatchesDone,
    CheckpointLeft,
    DownloadProgress,
    EpochEnded,
    Event,
    Level,
    Notice,
    Phase,
    PhaseStarted,
    ReadingProgress,
    RunEnded,
    RungReached,
    RunStarted,
    TrainingBegan,
    TrialEnded,
    TrialStarted,
)
from job.core.journal import Dropped
from job.core.study import Study
from job.display import open_display
from job.display.lines import LineDisplay
from job.errors import SettingsError
from tests.fake_rungs import begin_trial, search_on_rungs, stop_trial
from tests.fakes import START, study_of


def _lines(*happened: Event, study: Study | None) -> list[str]:
    stream = StringIO()
    with LineDisplay(stream, clock=lambda: START) as display:
        for event in happened:
            display(event, study)
    lines = stream.getvalue().splitlines()
    assert all(line.startswith("2025-06-15T15:06:40Z ") for line in lines)
    return [line.removeprefix("2025-06-15T15:06:40Z ") for line in lines]


def test_a_run_tells_how_far_the_search_is() -> None:
    study = study_of(0.91, 0.988)

    assert _lines(RunStarted(), study=study) == [
        "search of mnist: 2 of 40 trials done, best val_accuracy 98.80 % (trial 2)"
    ]


def test_a_trial_tells_its_parameters_when_it_starts() -> None:
    assert _lines(TrialStarted(2, 1), study=study_of(0.9, running_epochs=0)) == [
        "trial 2 starts: learning_rate 9.1e-04, filters 30, dropout 0.110, activation relu"
    ]


def test_a_trial_on_a_cluster_tells_its_machine_when_it_starts() -> None:
    study = begin_trial(search_on_rungs(0.9), machine="gpu-1:4001")
    assert _lines(TrialStarted(2, 1), study=study)[0].startswith("trial 2 starts on gpu-1:4001: learning_rate")


def test_a_trial_that_was_interrupted_tells_where_it_goes_on() -> None:
    (line,) = _lines(TrialStarted(1, 2), study=study_of(running_epochs=2))

    assert line.startswith("trial 1 goes on after epoch 2 of 3 (attempt 2): learning_rate")


def test_a_trial_that_was_interrupted_within_an_epoch_tells_at_which_batch_it_goes_on() -> None:
    (first,) = _lines(TrialStarted(1, 1), study=study_of(running_epochs=0, running_batch=16))
    (second,) = _lines(TrialStarted(1, 1), study=study_of(running_epochs=1, running_batch=1))

    assert first.startswith("trial 1 goes on at batch 17 of 41 of epoch 1: learning_rate")
    assert second.startswith("trial 1 goes on at batch 2 of 41 of epoch 2: learning_rate")


def test_an_epoch_tells_its_metrics() -> None:
    event = EpochEnded(1, 2, {"loss": 0.25, "val_accuracy": 0.9712})

    assert _lines(event, study=study_of(running_epochs=2)) == ["trial 1: epoch 2 of 3, loss 0.25, val_accuracy 97.12 %"]


def test_a_completed_trial_tells_its_score_and_whether_it_is_the_best() -> None:
    study = study_of(0.988, 0.91)

    assert _lines(TrialEnded(1), TrialEnded(2), study=study) == [
        "trial 1 completed in 1 min 00 s: val_accuracy 98.80 %, the best so far",
        "trial 2 completed in 1 min 00 s: val_accuracy 91.00 %, best val_accuracy 98.80 % (trial 1)",
    ]


def test_a_failed_trial_tells_its_reason() -> None:
    assert _lines(TrialEnded(1), study=study_of(None)) == [
        "trial 1 failed: the loss became NaN in epoch 1 (log: trials/0001/log.txt)"
    ]


def test_a_trial_that_is_dropped_in_training_tells_what_it_has_taken() -> None:
    study = study_of(running_epochs=1).enter(Dropped(1), now=START)

    assert _lines(TrialEnded(1), study=study) == ["trial 1 is set aside after 20 s of training"]


def test_a_rung_within_an_epoch_tells_the_score_and_one_at_its_end_leaves_that_to_the_epoch() -> None:
    reached = (RungReached(2, 0.33, 0.412), RungReached(2, 1.0, 0.6))

    assert _lines(*reached, study=begin_trial(search_on_rungs(0.9))) == ["trial 2: val_accuracy 41.20 % at 0.33 epochs"]


def test_a_trial_that_stops_at_a_rung_tells_what_it_needed() -> None:
    assert _lines(TrialEnded(2), study=stop_trial(search_on_rungs(0.9))) == [
        "trial 2 stopped at 0.33 epochs with val_accuracy 41.20 %: it needed 63.00 % to go on"
    ]


def test_a_trial_that_is_gone_on_with_tells_from_which_rung() -> None:
    study = stop_trial(search_on_rungs(0.9)).go_on(2).start(2, now=START)
    further = study.get_on(2, ({"loss": 0.3, "val_accuracy": 0.7},), seconds=20.0, batches=41)

    (taken_up,), (later,) = (_lines(TrialStarted(2, 1), study=each) for each in (study, further))
    assert taken_up.startswith("trial 2 goes on from 0.33 epochs, where it had stopped: learning_rate")
    assert later.startswith("trial 2 goes on after epoch 1 of 3: learning_rate")


def test_batches_and_checkpoints_get_no_line() -> None:
    events = TrainingBegan(1, 430), BatchesDone(1, 1, 10, 430), CheckpointLeft(1, (), 1.0)
    assert _lines(*events, study=study_of(running_epochs=0)) == []


def test_what_a_run_waits_for_gets_a_line_and_what_each_trial_waits_for_none() -> None:
    run, trial = PhaseStarted(Phase.TENSORFLOW), PhaseStarted(Phase.MODEL, number=3)

    assert _lines(run, trial, PhaseStarted(Phase.REPORT), study=None) == ["loading TensorFlow", "drawing the report"]


def test_a_download_gets_a_line_for_every_tenth() -> None:
    downloads = [DownloadProgress("images.gz", done, 1000) for done in range(0, 1001, 10)]
    lines = _lines(*downloads, study=None)

    assert len(lines) == 11
    assert lines[3] == "downloading images.gz: 30 % of 1.0 kB"
    assert lines[-1] == "downloaded images.gz: 1.0 kB"


def test_pictures_that_are_read_get_a_line_for_every_tenth() -> None:
    lines = _lines(*(ReadingProgress("pictures", done, 3_000) for done in range(250, 3_001, 250)), study=None)

    assert (lines[0], lines[-1]) == ("read 250 of 3,000 pictures", "read 3,000 pictures")
    assert len(lines) == 11


def test_a_download_of_unknown_size_gets_one_line() -> None:
    downloads = [DownloadProgress("images.gz", done, 0) for done in range(0, 1000, 10)]

    assert _lines(*downloads, study=None) == ["downloading images.gz: 0 B"]


def test_a_notice_of_several_lines_stays_one_line() -> None:
    assert _lines(Notice("a state\nwas damaged", Level.WARNING), Notice("on [cpu]"), study=None) == [
        "warning: a state was damaged",
        "on [cpu]",
    ]


def test_the_end_is_told_with_its_reason() -> None:
    assert _lines(
        events.TestStarted(2),
        RunEnded("40 trials are done", True),
        RunEnded("stopped: SIGTERM", False),
        study=None,
    ) == [
        "testing the best model, of trial 2",
        "finished: 40 trials are done",
        "stopped: SIGTERM",
    ]


def test_a_stream_that_is_closed_does_not_stop_the_search() -> None:
    stream = StringIO()
    with LineDisplay(stream) as display:
        stream.close()
        display(Notice("nobody reads this"), None)
        display(Notice("nor this"), None)


def test_a_stream_that_cannot_say_a_letter_says_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with path.open("w", encoding="ascii") as stream, LineDisplay(stream) as display:
        display(Notice("30 … 40"), None)

    assert path.read_text().endswith(" 30 ? 40\n")


_TALK_TO_A_CLOSED_PIPE = """
import sys
from job.display import open_display
from job.core.events import Notice
sys.stdin.readline()
with open_display(sys.argv[1], stream=sys.stderr) as display:
    for number in range(1000):
        display(Notice(f"line {number}"), None)
print("stopped", file=sys.stderr)
sys.exit(75)
"""


@pytest.mark.parametrize("log_format", ["auto", "live", "lines", "json"])
def test_a_reader_that_goes_away_changes_no_exit_code(log_format: str) -> None:
    command = [sys.executable, "-c", _TALK_TO_A_CLOSED_PIPE, log_format]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        process.stderr.close()
        assert process.stdin is not None
        process.stdin.write(b"go\n")
        process.stdin.close()
        assert process.wait(timeout=60) == 75


def test_auto_means_lines_where_there_is_no_terminal() -> None:
    stream = StringIO()
    with open_display("auto", stream=stream) as display:
        display(Notice("hello"), None)

    assert stream.getvalue().endswith("Z hello\n")


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(SettingsError, match="expected auto, live, lines or json, found 'xml'"):
        open_display("xml", stream=StringIO())
