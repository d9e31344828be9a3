"""The summary: the content of report.json."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from job.core.evidence import Evidence
from job.core.fingerprint import DataDescription
from job.core.journal import Dropped
from job.core.run import Run, RunEnd
from job.core.study import Study
from job.core.tested import TestResult
from job.report.evaluation import interval
from job.report.sentences import made_with_rows
from job.report.summary import summarize
from job.state.directory import StateDirectory
from tests.fakes import START, TRIAL_SECONDS, study_of


def test_the_best_trial_stands_first() -> None:
    summary = summarize(study_of(0.91, 0.98, None, 0.95))

    assert [trial["number"] for trial in summary["trials"]] == [2, 4, 1, 3]
    assert [trial["rank"] for trial in summary["trials"]] == [1, 2, 3, None]
    best = summary["best"]
    assert best is not None
    assert (best["number"], best["score"]) == (2, 0.98)
    assert best["params"] == dict(study_of(0.91, 0.98).trial(2).params)


def test_less_is_better_for_a_loss_and_scores_keep_their_sign() -> None:
    summary = summarize(study_of(0.3, 0.1, 0.2, objective="val_loss:min"))

    assert [trial["score"] for trial in summary["trials"]] == [0.1, 0.2, 0.3]


def test_a_curve_is_the_objective_after_each_epoch_at_full_precision() -> None:
    score = 0.9876543210987654
    study = study_of(score)
    (trial,) = summarize(study)["trials"]

    assert trial["curve"] == [logs["val_accuracy"] for logs in study.trial(1).history]
    assert trial["curve"][-1] == trial["score"] == score
    assert json.loads(json.dumps(trial))["score"] == score


def test_a_failed_trial_has_a_reason_and_no_score() -> None:
    (trial,) = summarize(study_of(None))["trials"]

    assert (trial["status"], trial["score"], trial["curve"]) == ("failed", None, [])
    assert trial["reason"] == "the loss became NaN in epoch 1"
    assert trial["log_tail"] == "loss: nan"


def test_a_trial_names_its_log_where_the_state_directory_has_it() -> None:
    summary = summarize(study_of(0.9, None, imported=[0.8], running_epochs=0))
    trials = {trial["number"]: trial["log"] for trial in summary["trials"]}

    files = StateDirectory(Path()).trial_files
    assert trials == {number: str(files(number).log) for number in (2, 3, 4)}
    assert summary["evidence"] is not None and [each["log"] for each in summary["evidence"]["trials"]] == [None]


@pytest.mark.parametrize("study", [study_of(), study_of(None), study_of(running_epochs=2), study_of(imported=[0.9])])
def test_best_and_test_are_null_when_no_trial_has_completed(study: Study) -> None:
    document = json.loads(json.dumps(summarize(study), allow_nan=False))

    assert document["best"] is None
    assert document["test"] is None


def test_evidence_is_kept_apart_and_ranked_with_nothing() -> None:
    study = study_of(0.9, imported=[0.8, 0.99])
    summary = summarize(study)

    assert [(trial["number"], trial["rank"]) for trial in summary["trials"]] == [(3, 1)]
    evidence = summary["evidence"]
    assert evidence is not None and (evidence["source"], evidence["numbers"]) == (None, [None, None])
    assert [(trial["number"], trial["rank"], trial["score"]) for trial in evidence["trials"]] == [
        (2, None, 0.99),
        (1, None, 0.8),
    ]
    assert summary["best"] is not None and summary["best"]["number"] == 3
    assert summarize(study_of(0.9))["evidence"] is None


def test_evidence_tells_where_it_comes_from_and_whether_of_the_same_data() -> None:
    told = Evidence(
        source="/old", sha256="", numbers=(7,), left_out={"failed": 2}, problem="mnist", data="other", epochs=9
    )
    evidence = summarize(replace(study_of(imported=[0.8]), evidence=told))["evidence"]
    assert (
        evidence is not None
        and evidence["trials"]
        and {**evidence, "trials": []}
        == {
            "source": "/old",
            "problem": "mnist",
            "is_of_same_data": False,
            "epochs": 9,
            "numbers": [7],
            "left_out": {"failed": 2},
            "trials": [],
        }
    )


def test_the_test_result_of_the_best_model_is_told() -> None:
    study = study_of(0.9, 0.95).record_test(TestResult(number=2, metrics={"loss": 0.03, "accuracy": 0.99}))

    assert summarize(study)["test"] == {
        "number": 2,
        "accuracy": 0.99,
        "loss": 0.03,
        "metrics": {"loss": 0.03, "accuracy": 0.99},
        "examples": 0,
        "interval": None,
        "intervals": {},
        "classes": [],
        "class_names": [],
        "confusion": None,
        "labels": [],
        "numbers": [],
        "untold": "",
    }


def test_a_test_result_of_an_earlier_best_model_is_left_out() -> None:
    study = study_of(0.9, 0.95).record_test(TestResult(number=1, metrics={"loss": 0.03, "accuracy": 0.99}))

    assert summarize(study)["test"] is None


def test_nan_and_infinity_become_null() -> None:
    study = study_of(running_epochs=0)
    study = study.get_on(1, ({"val_accuracy": math.nan}, {"val_accuracy": math.inf}), seconds=1.0)
    study = study.fail(1, "diverged", now=START).record_test(TestResult(number=1, metrics={"loss": math.nan}))
    document = json.loads(json.dumps(summarize(study), allow_nan=False))

    assert document["trials"][0]["curve"] == [None, None]


def test_a_trial_whose_logs_lack_the_objective_is_reported() -> None:
    study = study_of(running_epochs=0).get_on(1, ({"loss": 0.5},), seconds=1.0)

    assert summarize(study.fail(1, "no val_accuracy", now=START))["trials"][0]["curve"] == [None]


def test_the_space_tells_bounds_priors_and_categories() -> None:
    learning_rate, filters, _, activation = summarize(study_of())["space"]

    assert learning_rate["low"] == 1e-6
    assert learning_rate["prior"] == "log-uniform"
    assert (filters["kind"], filters["low"], filters["high"]) == ("integer", 8, 64)
    assert activation["categories"] == ["relu", "tanh"]
    assert activation["low"] is None


def test_totals_count_trials_epochs_and_seconds() -> None:
    study = study_of(0.9, 0.8, None, imported=[0.7], running_epochs=1)
    totals = summarize(study)["totals"]

    assert totals == {
        "trials": 4,
        "completed": 2,
        "failed": 1,
        "imported": 1,
        "dropped": 0,
        "running": 1,
        "stopped": 0,
        "at_once": 1,
        "steps": 4,
        "pending_steps": 1,
        "epochs": 7,
        "training_seconds": 2 * TRIAL_SECONDS + TRIAL_SECONDS / 3,
    }
    dropped = summarize(study.enter(Dropped(2), now=START))["totals"]
    assert (dropped["completed"], dropped["dropped"], dropped["trials"]) == (1, 1, 4)


def test_a_trial_tells_of_each_of_its_starts_and_how_it_ended() -> None:
    study = study_of(0.9, running_epochs=0).stumble(2, "killed by SIGSEGV", now=START + 90)
    study = study.start(2, now=START + 91).interrupt(2, now=START + 95).open_run(now=START + 200)
    study = study.start(2, now=START + 201)

    first, second, third = next(each for each in summarize(study)["trials"] if each["number"] == 2)["starts"]
    assert (first["run"], first["how"], first["reason"]) == (1, "died", "killed by SIGSEGV")
    assert (first["started"], first["ended"]) == ("2025-06-15T15:07:40.000Z", "2025-06-15T15:08:10.000Z")
    assert (second["run"], second["how"]) == (1, "lost")
    assert (third["run"], third["how"], third["ended"]) == (2, None, None)


def test_interruptions_and_runs_are_told_with_times_in_utc() -> None:
    killed = Run(started_at=START, last_saved_at=START + 0.5)
    finished = Run(started_at=START + 60, last_saved_at=START + 120, ended=RunEnd.FINISHED)
    summary = summarize(replace(study_of(0.9), runs=(killed, finished)))

    assert summary["interruptions"] == 1
    assert summary["runs"] == [
        {"started": "2025-06-15T15:06:40.000Z", "last_saved": "2025-06-15T15:06:40.500Z", "ended": "", "device": ""},
        {
            "started": "2025-06-15T15:07:40.000Z",
            "last_saved": "2025-06-15T15:08:40.000Z",
            "ended": "finished",
            "device": "",
        },
    ]


def test_equal_studies_give_equal_json() -> None:
    assert json.dumps(summarize(study_of(0.9, 0.8))) == json.dumps(summarize(study_of(0.9, 0.8)))


DATA = DataDescription(train=55, validation=5_000, test=10_000, image_shape=(28, 28, 1), class_names=("a", "b", "c"))
CONFUSION = ((3_000, 20, 0), (5, 3_900, 75), (0, 0, 3_000))


def _tested(*scores: float | None) -> Study:
    metrics = {"loss": 0.03, "accuracy": 0.99}
    study = study_of(*scores).describe_data(DATA)
    return study.record_test(TestResult(number=study.ranked[0].number, metrics=metrics, confusion=CONFUSION))


def test_scores_and_test_come_with_their_intervals_and_the_classes_apart() -> None:
    summary = summarize(_tested(0.9, 0.988))
    best, test = summary["best"], summary["test"]
    assert best is not None and test is not None
    assert best["interval"] == interval(0.988, 5_000)
    assert test["interval"] == interval(0.99, 10_000)
    assert [(each["name"], each["accuracy"]["examples"]) for each in test["classes"]] == [
        ("a", 3_020),
        ("b", 3_980),
        ("c", 3_000),
    ]
    assert test["confusion"] == [list(row) for row in CONFUSION]


def test_the_time_of_all_runs_is_told_by_what_it_went_on() -> None:
    study = study_of(0.9, 0.8)  # a minute of training each
    study = study.touch_run(now=START, epochs=4, seconds={"start": 3.0, "trials": 70.0, "saving": 1.0})
    study = study.open_run(now=START).touch_run(now=START, epochs=5, seconds={"start": 2.0, "trials": 55.0})
    assert summarize(study)["time"] == {
        "seconds": {"training": 120.0, "around training": 5.0, "start": 5.0, "saving": 1.0},
        "epochs": 9,
        "epochs_again": 3,
    }


def test_the_command_is_that_of_the_last_run_and_the_environment_that_of_all() -> None:
    study = study_of(0.9).note_device("GPU")
    for versions, threads in (({"Keras": "3", "NumPy": "2.4"}, "4"), ({"Keras": "3", "NumPy": "2.5"}, "2")):
        study = study.open_run(now=START, versions=versions, options=("--data", "/my data"))
        study = study.note_device("CPU", {"intra-op threads": threads})
    summary = summarize(study)
    assert summary["environment"] == {
        "versions": {"Keras": "3", "NumPy": "2.4, 2.5"},
        "arithmetic": {"intra-op threads": "4, 2"},
        "devices": ["GPU", "CPU"],
    }
    assert dict(made_with_rows(summary))["Versions"] == "Keras 3, NumPy 2.4, 2.5"
    assert dict(made_with_rows(summary))["Arithmetic"] == "intra-op threads 4, 2"
    assert summary["command"] == "hpo-job search --data '/my data' --surrogate GP"


def test_the_command_names_the_surrogate_that_was_the_default_of_earlier_releases_and_each_once() -> None:
    study = study_of(0.9)
    for surrogate, options, told in (
        ("GP", ("--seed", "7"), " --seed 7 --surrogate GP"),
        ("RF", ("--surrogate", "RF"), " --surrogate RF"),
        ("additive-gp", (), ""),
    ):
        of_it = replace(study, fingerprint=replace(study.fingerprint, surrogate=surrogate))
        assert summarize(of_it.open_run(now=START, options=options))["command"] == f"hpo-job search{told}"
