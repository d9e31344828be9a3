"""Searches whose best trials are trained again, to be reported."""

from collections.abc import Callable
from dataclasses import replace

from job.core.confirmation import confirmation_of, model_of
from job.core.fingerprint import DataDescription
from job.core.plan import Replicate, plan
from job.core.study import Study
from job.core.tested import TestResult
from job.core.trial import Trial
from tests.core.test_confirmation import by_score, confirmed, default_point, ended, searched, true_score

DATA = DataDescription(
    train=4000, validation=1000, test=1000, image_shape=(8, 8, 1), class_names=tuple(map(str, range(10)))
)


def score_of(replicate: Trial) -> float:
    """Return what a trial truly gives, with errors that are its own."""
    assert replicate.of is not None
    return true_score(replicate) + (replicate.replicate * 7 + replicate.of * 5) % 11 / 1000


def confirmed_study(
    confirm: str = "4x3", *, scores: Callable[[Trial], float | None] = score_of, objective: str = "val_accuracy:max"
) -> Study:
    """Return a search of four trials that is confirmed, and the models that measured tested."""
    return with_tests(confirmed(searched_study(confirm, objective=objective), scores))


def searched_study(confirm: str = "4x3", *, objective: str = "val_accuracy:max") -> Study:
    return replace(searched(0.99, 0.96, 0.95, 0.80, confirm=confirm, objective=objective), data=DATA)


def with_tests(study: Study) -> Study:
    """Return a study in which the models that measured have a test: a hundredth less accurate than in validation."""
    confirmation, model = confirmation_of(study), model_of(study)
    for each in confirmation.measuring if confirmation else ():
        score = each.score(study.fingerprint.objective)
        if score is not None:
            result = TestResult(number=each.number, metrics={"accuracy": score - 0.01, "loss": 0.3})
            study = study.record_test(result) if each == model else study.record_test_of_replicate(result)
    return study


def part_of_a_confirmation(replicates: int, confirm: str = "4x3") -> Study:
    """Return a search of which so many replicates have been begun, and all but the last have ended."""
    study = searched_study(confirm)
    for place in range(replicates):
        planned = plan(study, default_point, contenders=by_score)
        assert isinstance(planned, Replicate)
        study = study.replicate(planned.of, planned.replicate, worker=planned.worker, begins=planned.begins)
        if place < replicates - 1:
            study = ended(study, study.replicates[-1].number, score_of(study.replicates[-1]))
    return study
