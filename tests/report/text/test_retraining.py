"""What a retraining has brought, in a table beside the search."""

from dataclasses import replace

import pytest

from job.core.fingerprint import DataDescription
from job.core.study import Study
from job.core.tested import TestResult
from job.report.summary import summarize
from job.report.text.retraining import render_retraining
from tests.fakes import study_of

DATA = DataDescription(train=900, validation=250, test=250, image_shape=(8, 8, 1), class_names=("a", "b"))


def told(before: Study, after: Study, number: int = 1) -> str:
    return render_retraining(summarize(before), number, summarize(after), model_path="s/best.keras")


def test_scores_tests_and_times_stand_side_by_side() -> None:
    before = (
        study_of(0.7).describe_data(DATA).record_test(TestResult(number=1, metrics={"accuracy": 0.65, "loss": 1.2}))
    )
    after = study_of(0.9, epochs=9).describe_data(DATA).record_test(TestResult(number=1, metrics={"accuracy": 0.88}))
    text = told(before, after)
    assert text.startswith("Trial 1 for 9 epochs\n")
    for words in ("70.00 % (95 % interval", "90.00 % (95 % interval", "test accuracy  65.00 %", "test loss      1.2"):
        assert words in text
    assert "val_accuracy is 20.00 points better, which is more than chance explains" in text
    assert "Model    s/best.keras\n" in text


@pytest.mark.parametrize(
    ("score", "said"),
    [(0.71, "1.00 points better, which chance may explain"), (0.7, "the same"), (0.3, "40.00 points worse")],
)
def test_the_gain_is_told(score: float, said: str) -> None:
    assert f"val_accuracy is {said}" in told(study_of(0.7).describe_data(DATA), study_of(score).describe_data(DATA))


def test_a_loss_is_better_the_less_it_is_and_another_trial_than_the_best_has_no_test() -> None:
    losses = study_of(0.5, 0.2, objective="val_loss:min").record_test(TestResult(number=2, metrics={"loss": 0.3}))
    text = told(losses, study_of(0.4, objective="val_loss:min"))
    assert "val_loss is 0.1 better" in text and "test" not in text
    assert "test loss  0.3" in told(losses, replace(study_of(0.1, objective="val_loss:min"), test=None), 2)
