"""The display of JSON lines."""

import json
import math
from io import StringIO
from typing import Any

from job.core import events
from job.core.events import (
    BatchesDone,
    DownloadProgress,
    EpochEnded,
    Event,
    RunEnded,
    RungReached,
    RunStarted,
    TrainingBegan,
    TrialEnded,
    TrialStarted,
)
from job.core.study import Study
from job.display.jsonl import JsonDisplay
from tests.fake_rungs import search_on_rungs, stop_trial
from tests.fakes import START, study_of


def _record(event: Event, study: Study | None) -> dict[str, Any]:
    stream = StringIO()
    with JsonDisplay(stream, clock=lambda: START) as display:
        display(event, study)
    (line,) = stream.getvalue().splitlines()
    record: dict[str, Any] = json.loads(line)
    assert record.pop("time") == "2025-06-15T15:06:40.000Z"
    return record


def test_an_event_is_told_with_its_name_and_fields() -> None:
    assert _record(events.TestStarted(3), None) == {"event": "test_started", "number": 3}
    assert _record(DownloadProgress("images.gz", 10, 20), None) == {
        "event": "download_progress",
        "name": "images.gz",
        "done": 10,
        "total": 20,
    }


def test_a_completed_trial_is_told_with_its_parameters_and_score() -> None:
    study = study_of(0.91, 0.9876543210987654)

    assert _record(TrialEnded(2), study) == {
        "event": "trial_ended",
        "number": 2,
        "params": dict(study.trial(2).params),
        "status": "completed",
        "score": 0.9876543210987654,
        "seconds": 60.0,
        "reason": "",
        "best": True,
    }


def test_a_failed_trial_has_a_reason_and_no_score() -> None:
    record = _record(TrialEnded(1), study_of(None))

    assert (record["status"], record["score"], record["best"]) == ("failed", None, False)
    assert record["reason"] == "the loss became NaN in epoch 1"


def test_a_rung_and_a_stop_at_one_are_told_with_what_is_needed_there() -> None:
    study = stop_trial(search_on_rungs(0.9))
    reached, stopped = _record(RungReached(2, 0.33, 0.412), study), _record(TrialEnded(2), study)

    assert reached == {"event": "rung_reached", "number": 2, "epochs": 0.33, "score": 0.412, "needed": 0.63}
    assert (stopped["status"], stopped["score"]) == ("stopped", None)
    assert (stopped["stopped_at"], stopped["rung_score"], stopped["needed"]) == (0.33, 0.412, 0.63)


def test_a_trial_that_starts_is_told_with_its_parameters() -> None:
    study = study_of(running_epochs=2, running_batch=16)
    record = _record(TrialStarted(1, 2), study)

    assert (record["attempt"], record["epochs_done"], record["batches_done"], record["batches"]) == (2, 2, 16, 41)
    assert record["params"] == dict(study.trial(1).params)


def test_a_run_is_told_with_what_is_done_and_the_best() -> None:
    study = study_of(0.9, None)
    best = {
        "number": 1,
        "params": dict(study.trial(1).params),
        "score": 0.9,
        "interval": None,
        "weights": None,
    }

    assert _record(RunStarted(), study) == {
        "event": "run_started",
        "problem": "mnist",
        "done": 1,
        "budget": 40,
        "best": best,
        "confirmation": None,
    }
    assert _record(RunEnded("interrupted", False), study)["best"] == best


def test_what_json_cannot_say_becomes_null() -> None:
    record = _record(EpochEnded(1, 1, {"loss": math.nan, "val_loss": math.inf, "val_accuracy": 0.5}), None)

    assert record["logs"] == {"loss": None, "val_loss": None, "val_accuracy": 0.5}


def test_batches_are_not_told_and_a_download_is_in_tenths() -> None:
    stream = StringIO()
    with JsonDisplay(stream) as display:
        display(TrainingBegan(1, 430), None)
        display(BatchesDone(1, 1, 10, 430), None)
        for done in range(0, 1001, 10):
            display(DownloadProgress("images.gz", done, 1000), None)

    assert [json.loads(line)["done"] for line in stream.getvalue().splitlines()] == list(range(0, 1001, 100))


def test_a_stream_that_is_closed_does_not_stop_the_search() -> None:
    stream = StringIO()
    with JsonDisplay(stream) as display:
        stream.close()
        display(events.TestStarted(1), None)
