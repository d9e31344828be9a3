"""What may explain a difference."""

from dataclasses import replace
from typing import Any

import pytest

from job.core.fingerprint import DO_NOT_REPEAT, DataDescription
from job.core.run import Run
from job.core.study import Study
from job.training.devices import describe
from job.verification.causes import Here, causes
from job.verification.finding import Difference, Finding, Subject
from tests.fake_search import CPU, GPU
from tests.fakes import START, study_of

HERE = Here(devices=(CPU,), versions={"NumPy": "2.5.0", "hpo-job": "2"}, arithmetic={"oneDNN": "on"})
SAME: dict[str, Any] = {
    "device": describe([CPU]),
    "versions": {"NumPy": "2.5.0", "hpo-job": "1"},
    "arithmetic": {"oneDNN": "on"},
}
DIFFERENCE = Difference(place="step 1", name="dropout", recorded=0.1, now=0.2)


def search(*runs: dict[str, Any], deterministic: bool = True) -> Study:
    study = study_of(0.9)
    fingerprint = replace(study.fingerprint, deterministic=deterministic)
    known = tuple(Run(started_at=START, last_saved_at=START, **{**SAME, **run}) for run in runs)
    return replace(study, fingerprint=fingerprint, runs=known)


def explained(study: Study, *subjects: Subject) -> tuple[str, ...]:
    return causes(study, [Finding(subject=each, told="", differences=(DIFFERENCE,)) for each in subjects], HERE)


@pytest.mark.parametrize(
    ("run", "cause"),
    [
        ({"versions": {"NumPy": "2.4.6"}}, "NumPy 2.4.6 before, 2.5.0 now"),
        ({"arithmetic": {"oneDNN": "off"}}, "oneDNN off before, on now"),
        ({"device": describe([GPU])}, f"trained on {describe([GPU])} before, on {describe([CPU])} now"),
    ],
)
def test_what_runs_before_had_otherwise_is_told_once(run: dict[str, Any], cause: str) -> None:
    assert explained(search(run, {}, run), Subject.PLAN) == (cause,)
    assert explained(search(run), Subject.TRIALS) == (cause,)


def test_a_run_that_trained_nothing_explains_nothing() -> None:
    (cause,) = explained(search({"device": "", "versions": {"NumPy": "1.0"}}), Subject.TRIALS)

    assert cause.startswith("nothing that is known")


def test_training_that_is_not_deterministic_explains_other_bits() -> None:
    assert explained(search({}, deterministic=False), Subject.TRIALS) == ("the search runs with --no-deterministic",)


def test_data_that_do_not_repeat_explain_other_bits_of_trials_where_a_run_was_interrupted() -> None:
    described = DataDescription(train=9, validation=1, test=0, image_shape=(), class_names=(), repeats=False)
    whole, killed = (replace(each, data=described) for each in (search({}), search({}, {})))

    assert explained(killed, Subject.TRIALS) == (DO_NOT_REPEAT,)
    for study, subject in ((whole, Subject.TRIALS), (killed, Subject.PLAN)):
        (cause,) = explained(study, subject)
        assert cause.startswith("nothing that is known")


def test_no_machine_explains_another_journal_or_another_file() -> None:
    study = search({"versions": {"NumPy": "2.4.6"}})

    (journal,) = explained(study, Subject.JOURNAL, Subject.STEPS)
    assert "study.json has been changed" in journal
    (model,) = explained(study, Subject.MODEL, Subject.WEIGHTS)
    assert model.startswith("best.keras is lost, damaged or another one")
    (weights,) = explained(study, Subject.WEIGHTS)
    assert weights.endswith("best.keras or study.json has been changed since")


def test_where_nothing_differs_there_is_nothing_to_explain() -> None:
    assert causes(search({"versions": {"NumPy": "2.4.6"}}), [Finding(subject=Subject.PLAN, told="")], HERE) == ()
