"""The live display of a terminal."""

import os
import pty
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from io import StringIO
from itertools import cycle, islice
from typing import TextIO

import pytest
from rich.console import Console

from job.core import events
from job.core.events import (
    BatchesDone,
    DownloadProgress,
    Event,
    Notice,
    Phase,
    PhaseStarted,
    ReadingProgress,
    RunEnded,
    RungReached,
    RunStarted,
    TrialEnded,
    TrialStarted,
    WorkersChanged,
)
from job.core.study import Study
from job.display import open_display
from job.display.drawing import draw
from job.display.live import LiveDisplay
from job.display.scene import Scene
from tests.fake_rungs import begin_trial, plan_trial, reach, search_on_rungs, stop_trial
from tests.fakes import START, study_of


def _drawn(*happened: Event, study: Study | None, width: int = 120, height: int = 24, now: float = 72.0) -> str:
    """Return the display as plain text, `now` seconds after `happened`."""
    scene = Scene()
    for event in happened:
        scene = scene.after(event, study, now=0.0)
    console = Console(file=StringIO(), width=width, height=height, color_system=None, force_terminal=False)
    with console.capture() as capture:
        console.print(draw(scene, now=now))
    return capture.get()


def test_the_trial_in_hand_is_shown_with_its_epoch_batch_and_time() -> None:
    study = study_of(0.9, running_epochs=1)
    text = _drawn(TrialStarted(2, 1), BatchesDone(2, 2, 215, 430), study=study, width=140)

    assert "trial 2" in text
    assert "epoch 2 of 3, batch 215 of 430, 1 min 12 s" in text
    assert "(trial 2): learning_rate 9.1e-04, filters 30, dropout 0.110, activation relu" in text


def test_the_trial_in_hand_is_shown_with_its_last_score_and_its_loss_below_the_best() -> None:
    study = study_of(0.9, running_epochs=1)
    lines = _drawn(TrialStarted(2, 1), study=study).splitlines()
    best, now = (next(line for line in lines if line.startswith(label)) for label in ("best", "now"))

    assert best.startswith("best      val_accuracy 90.00 % (trial 1): learning_rate")
    assert now.startswith("now       val_accuracy 48.00 % after epoch 1, loss 0.3 (trial 2): learning_rate")
    running = _drawn(TrialStarted(2, 1), BatchesDone(2, 2, 215, 430, loss=0.21349), study=study)
    assert "now       val_accuracy 48.00 % after epoch 1, loss 0.2135 (trial 2)" in running


def test_a_trial_without_a_score_yet_is_shown_with_its_parameters() -> None:
    text = _drawn(TrialStarted(1, 1), study=study_of(running_epochs=0))

    assert "now       trial 1: learning_rate" in text


def test_what_is_waited_for_is_shown_until_it_has_come() -> None:
    waiting = (PhaseStarted(Phase.DATA), Notice("in the cache"), DownloadProgress("images.gz", 5_000_000, 9_900_000))

    assert "now       loading the data, 1 min 12 s" in _drawn(*waiting, study=None)
    assert "loading" not in _drawn(*waiting, RunStarted(), study=study_of())
    assert "now       drawing the report" in _drawn(TrialStarted(1, 1), PhaseStarted(Phase.REPORT), study=study_of(0.9))


def test_what_a_trial_waits_for_before_its_first_batch_is_shown_beside_its_bar() -> None:
    study = study_of(running_epochs=0)
    waiting = (TrialStarted(1, 1), PhaseStarted(Phase.MODEL, number=1))

    assert "epoch 1 of 3, building the model, 1 min 12 s" in _drawn(*waiting, study=study)
    assert "building" not in _drawn(*waiting, BatchesDone(1, 1, 4, 41), study=study)


def test_batches_of_an_epoch_that_is_saved_are_not_shown() -> None:
    text = _drawn(TrialStarted(1, 1), BatchesDone(1, 1, 430, 430), study=study_of(running_epochs=1))

    assert "epoch 2 of 3, 1 min 12 s" in text


def test_an_attempt_does_not_begin_with_the_batches_of_the_one_before() -> None:
    happened = (TrialStarted(1, 1), BatchesDone(1, 3, 9, 10), TrialStarted(1, 2))

    assert "epoch 2 of 3, 1 min 12 s" in _drawn(*happened, study=study_of(running_epochs=1))


def test_a_trial_that_goes_on_within_an_epoch_shows_its_place_at_once() -> None:
    study = study_of(running_epochs=1, running_batch=16)

    assert "epoch 2 of 3, batch 16 of 41, 1 min 12 s" in _drawn(TrialStarted(1, 1), study=study)


def test_a_trial_that_goes_on_says_so_above_the_display() -> None:
    stream = StringIO()
    with LiveDisplay(stream) as display:
        display(TrialStarted(1, 1), study_of(running_epochs=0, running_batch=16))

    assert "trial 1 goes on at batch 17 of 41 of epoch 1" in stream.getvalue()


def test_the_search_is_shown_with_its_budget_and_the_time_left() -> None:
    text = _drawn(RunStarted(), study=study_of(0.9, None, budget=10))

    assert "1 of 10 trials done, 1 failed, about 9 min 00 s left" in text


def test_no_time_is_left_where_there_is_nothing_more_to_train() -> None:
    assert "1 of 1 trial done\n" in _drawn(RunStarted(), study=study_of(0.9, budget=1))


def test_the_best_trials_are_shown_in_their_order() -> None:
    text = _drawn(RunStarted(), study=study_of(0.91, 0.988, None, 0.95))
    rows = [line.split()[:2] for line in text.splitlines() if line.rstrip().endswith("1 min 00 s")]

    assert rows == [["1", "2"], ["2", "4"], ["3", "1"]]
    assert "best      val_accuracy 98.80 % (trial 2): learning_rate 9.1e-04" in text


@pytest.mark.parametrize("width", [20, 40, 80, 140])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    study = study_of(0.91, 0.988, running_epochs=1)
    text = _drawn(TrialStarted(3, 1), BatchesDone(3, 2, 3, 9), events.TestStarted(2), study=study, width=width)
    study, happened = _crew(4, study)

    assert max(len(line) for line in text.splitlines()) <= width
    assert max(len(line) for line in _drawn(*happened, study=study, width=width).splitlines()) <= width


def test_a_narrow_terminal_shows_the_scores_without_the_parameters() -> None:
    study = study_of(0.91, 0.988)

    assert "rank   trial   val_accuracy         time" in _drawn(RunStarted(), study=study, width=60)
    assert "rank   trial   learning_rate" in _drawn(RunStarted(), study=study, width=140)


def test_several_trials_at_once_have_a_bar_each() -> None:
    study = study_of(running_epochs=0).propose(study_of(0.9, 0.9).trial(2).params).start(2, now=0.0)
    text = _drawn(TrialStarted(1, 1), TrialStarted(2, 1), study=study)

    assert re.search(r"^trial 1 .*epoch 1 of 3", text, re.MULTILINE)
    assert re.search(r"^trial 2 .*epoch 1 of 3", text, re.MULTILINE)


def _crew(number: int, study: Study, machines: Sequence[str] = ("",)) -> tuple[Study, list[Event]]:
    """Begin so many trials, the first of which has come to a rung; return what has happened, too."""
    for machine in islice(cycle(machines), number):
        study = begin_trial(study, machine=machine)
    first, *others = (trial.number for trial in study.at_work)
    happened: list[Event] = [TrialStarted(each, 1) for each in (first, *others)]
    happened += [PhaseStarted(Phase.MODEL, number=each) for each in (first, *others)]
    return reach(study, first, 0.33, 0.7), [*happened, BatchesDone(first, 1, 30, 41, loss=0.4321)]


def test_each_of_several_trials_has_a_line_with_what_it_is_at_and_its_parameters() -> None:
    study, happened = _crew(2, search_on_rungs(0.9))
    text = _drawn(*happened, study=study, width=180)

    assert "epoch 1 of 3  loss 0.4321         70.00 % at 0.33 epochs  1 min 12 s  learning_rate 3.0e-05, fil" in text
    assert "epoch 1 of 3  building the model                          1 min 12 s  learning_rate 3.0e-05, fil" in text
    assert "now " not in text


def test_a_narrow_terminal_shows_of_several_trials_the_values_alone() -> None:
    study, happened = _crew(2, search_on_rungs(0.9))
    lines = _drawn(*happened, BatchesDone(3, 1, 2, 41, loss=0.5), study=study, width=80).splitlines()

    assert [line for line in lines if line.startswith("trial ")] == [
        "trial 2   ━━          epoch 1  loss 0.4321  1 min 12 s  3.0e-05, 10, 0.305, relu",
        "trial 3               epoch 1  loss 0.5     1 min 12 s  3.0e-05, 11, 0.305, relu",
    ]


def test_each_trial_on_a_cluster_has_a_line_with_its_machine() -> None:
    study, happened = _crew(2, search_on_rungs(0.9), machines=("gpu-1:4001", "gpu-2:4002"))
    lines = _drawn(WorkersChanged(2, 2), *happened, study=study, width=180).splitlines()

    assert any(re.match(r"trial 2 .* gpu-1:4001  epoch 1 of 3  loss 0.4321", line) for line in lines)
    assert any(re.match(r"trial 3 .* gpu-2:4002  epoch 1 of 3  building the model", line) for line in lines)
    assert "workers   2 on 2 machines, 2 at work" in [line.rstrip() for line in lines]


@pytest.mark.parametrize(
    ("workers", "lookahead", "reason"),
    [
        (3, 4, "the next trial is planned from results that are not there yet"),
        (5, 2, "a search with --lookahead 2 plans no more at a time"),
    ],
)
def test_workers_that_are_idle_have_a_reason(workers: int, lookahead: int, reason: str) -> None:
    study, happened = _crew(2, search_on_rungs(0.9), machines=("gpu-1:4001",))
    study = replace(study, fingerprint=replace(study.fingerprint, lookahead=lookahead))

    text = _drawn(WorkersChanged(workers, 1), *happened, study=study, width=180)
    assert f"workers   {workers} on 1 machine, 2 at work: {reason}" in text


@pytest.mark.parametrize(("number", "height", "shown"), [(16, 24, 8), (16, 50, 16), (4, 24, 4), (4, 10, 1)])
def test_no_more_trials_are_shown_than_the_terminal_has_room_for(number: int, height: int, shown: int) -> None:
    study, happened = _crew(number, search_on_rungs(0.91, 0.95, 0.988, 0.93, 0.97))
    text = _drawn(*happened, study=study, width=80, height=height)

    assert len(re.findall(r"^trial", text, re.MULTILINE)) == shown
    assert (f"and {number - shown} more" in text) is (shown < number)


def test_of_trials_that_stop_and_are_planned_only_those_in_training_have_a_bar() -> None:
    study, happened = _crew(3, search_on_rungs(0.9))
    study = plan_trial(study.pause(2, stopped_at=0.33, now=START).stumble(3, "killed by SIGKILL", now=START))
    gone_on = study.go_on(2)

    for each in (study, gone_on):
        text = _drawn(*happened, TrialEnded(2), study=each)
        assert re.findall(r"^trial \d", text, re.MULTILINE) == ["trial 4"]
    assert "2 of 40 trials done, 1 stopped, about" in _drawn(*happened, study=study)


def test_a_trial_that_begins_alone_after_several_keeps_their_looks() -> None:
    study, happened = _crew(2, search_on_rungs(0.9))
    scene = Scene()
    for event in happened:
        scene = scene.after(event, study, now=0.0)
    study = reach(study, 3, 0.33, 0.5).pause(2, stopped_at=0.33, now=START).pause(3, stopped_at=0.33, now=START)
    study = begin_trial(study)
    for event in (TrialEnded(2), TrialEnded(3), TrialStarted(4, 1)):
        scene = scene.after(event, study, now=1.0)

    assert [trial.number for trial in scene.in_training] == [4]
    assert scene.has_company


def test_what_trials_tell_while_the_run_stops_does_not_hide_that() -> None:
    study, happened = _crew(2, search_on_rungs(0.9))
    stopping = (*happened, PhaseStarted(Phase.STOP), RungReached(2, 0.33, 0.7), TrialEnded(2))

    assert "now       stopping, 1 min 12 s" in _drawn(*stopping, study=study)
    assert "stopping" not in _drawn(*stopping, RunEnded("interrupted", False), study=study)


def test_a_trial_that_trains_alone_is_shown_with_its_score_at_a_rung() -> None:
    study = reach(begin_trial(search_on_rungs(0.9)), 2, 0.33, 0.7)

    assert "now       val_accuracy 70.00 % at 0.33 epochs (trial 2): " in _drawn(TrialStarted(2, 1), study=study)


def test_a_stop_stays_to_be_read_and_a_rung_does_not() -> None:
    stream, study = StringIO(), stop_trial(search_on_rungs(0.9))
    with LiveDisplay(stream) as display:
        display(RungReached(2, 0.33, 0.412), study)
        display(TrialEnded(2), study)

    assert "trial 2 stopped at 0.33 epochs with val_accuracy 41.20 %" in stream.getvalue()
    assert "trial 2: val_accuracy" not in stream.getvalue()


def test_a_download_is_shown_until_it_is_done() -> None:
    half, whole = (
        DownloadProgress("images.gz", 5_000_000, 9_900_000),
        DownloadProgress("images.gz", 9_900_000, 9_900_000),
    )

    assert "5.0 MB of 9.9 MB" in _drawn(half, study=None)
    assert "images.gz" not in _drawn(half, whole, study=None)


def test_how_many_pictures_are_read_is_shown_until_all_are() -> None:
    assert "250 of 1,000" in _drawn(ReadingProgress("pictures", 250, 1000), study=None)
    assert "pictures" not in _drawn(ReadingProgress("pictures", 1000, 1000), study=None)


def test_a_search_that_has_finished_leaves_the_terminal_to_what_is_printed_of_it() -> None:
    assert _drawn(RunStarted(), RunEnded("done", finished=True), study=study_of(0.9)).strip() == ""


def test_a_run_that_has_ended_shows_no_bars() -> None:
    text = _drawn(TrialStarted(2, 1), RunEnded("interrupted", False), study=study_of(0.9, running_epochs=1))

    assert "trial 2" not in text
    assert "val_accuracy 90.00 % (trial 1)" in text


def test_what_stays_to_be_read_is_printed_above() -> None:
    stream = StringIO()
    study = study_of(0.9, None)
    with LiveDisplay(stream) as display:
        for event in (RunStarted(), Notice("on [2] processors"), BatchesDone(1, 1, 1, 2), TrialEnded(1), TrialEnded(2)):
            display(event, study)

    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", stream.getvalue())
    assert "on [2] processors" in text
    assert "trial 1 completed in 1 min 00 s: val_accuracy 90.00 %, the best so far" in text
    assert "trial 2 failed: the loss became NaN in epoch 1" in text
    assert not re.search(r"\d\d:\d\d:\d\d *$", text, re.MULTILINE)


def test_the_cursor_comes_back_when_the_run_breaks() -> None:
    stream = StringIO()
    with pytest.raises(KeyboardInterrupt), LiveDisplay(stream) as display:
        display(RunStarted(), study_of(0.9))
        raise KeyboardInterrupt

    assert stream.getvalue().rfind("\x1b[?25h") > stream.getvalue().rfind("\x1b[?25l")


def test_a_stream_that_is_closed_does_not_stop_the_search() -> None:
    stream = StringIO()
    with LiveDisplay(stream) as display:
        stream.close()
        display(RunStarted(), study_of(0.9))


def test_standard_error_is_given_back() -> None:
    before = sys.stderr
    with LiveDisplay(StringIO()) as display:
        display(RunStarted(), study_of(0.9))

    assert sys.stderr is before


@contextmanager
def _terminal() -> Iterator[TextIO]:
    parent, child = pty.openpty()
    try:
        with os.fdopen(child, "w") as stream:
            yield stream
    finally:
        os.close(parent)


def test_auto_means_live_in_a_terminal_that_can_move_its_cursor(monkeypatch: pytest.MonkeyPatch) -> None:
    with _terminal() as stream:
        monkeypatch.setenv("TERM", "xterm")
        assert isinstance(open_display("auto", stream=stream), LiveDisplay)
        monkeypatch.setenv("TERM", "dumb")
        assert not isinstance(open_display("auto", stream=stream), LiveDisplay)
