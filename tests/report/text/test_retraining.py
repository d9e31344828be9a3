"""What a retraining has brought, in a table beside the search."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from job.core.fingerprint import DataDescription
from job.core.study import Study
from job.core.tested import TestResult
from job.core.trial import Hits
from job.report.summary import summarize
from job.report.text.retraining import render_retraining
from tests.fakes import study_of

DATA = DataDescription(train=900, validation=250, test=250, image_shape=(8, 8, 1), class_names=("a", "b"))


def told(before: Study, after: Study, number: int = 1) -> str:
    hits = (before.trial(number).hits, after.trial(1).hits)
    return render_retraining(summarize(before), number, summarize(after), hits=hits, model_path="s/best.keras")


def trained(right: Sequence[int]) -> Study:
    """Return a search of one trial whose model is right on these images of 250."""
    study = study_of(len(right) / 250).describe_data(DATA)
    packed = np.packbits(np.isin(np.arange(250), right)).tobytes()
    return study.note_model(1, hits=Hits(examples=250, packed=packed))


def test_scores_tests_and_times_stand_side_by_side() -> None:
    before = (
        study_of(0.7).describe_data(DATA).record_test(TestResult(number=1, metrics={"accuracy": 0.65, "loss": 1.2}))
    )
    after = study_of(0.9, epochs=9).describe_data(DATA).record_test(TestResult(number=1, metrics={"accuracy": 0.88}))
    text = told(before, after)
    assert text.startswith("Trial 1 for 9 epochs\n")
    for words in ("70.00 % (95 % interval", "90.00 % (95 % interval", "test accuracy  65.00 %", "test loss      1.2"):
        assert words in text
    assert "val_accuracy is 20.00 points better\n" in text
    assert "Model    s/best.keras\n" in text


@pytest.mark.parametrize(
    ("score", "said"),
    [(0.71, "1.00 points better\n"), (0.7, "the same\n"), (0.3, "40.00 points worse\n")],
)
def test_the_gain_is_told(score: float, said: str) -> None:
    assert f"val_accuracy is {said}" in told(study_of(0.7).describe_data(DATA), study_of(score).describe_data(DATA))


@pytest.mark.parametrize(
    ("right", "said"),
    [
        (range(206), "2.40 points better: 6 images gained, 0 lost, which is more than chance explains"),
        (range(205), "2.00 points better: 5 images gained, 0 lost, which chance may explain"),
        (range(20, 245), "10.00 points better: 45 images gained, 20 lost, which is more than chance explains"),
        (range(199), "0.40 points worse: 0 images gained, 1 lost, which chance may explain"),
        (range(1, 201), "the same: 1 image gained, 1 lost, which chance may explain"),
        (range(200), "the same, on the same images\n"),
    ],
)
def test_whether_chance_may_explain_it_is_told_by_the_images_on_which_the_models_differ(
    right: Sequence[int], said: str
) -> None:
    assert f"val_accuracy is {said}" in told(trained(range(200)), trained(right))


def test_models_that_were_validated_on_other_images_are_not_compared_by_them() -> None:
    other = study_of(0.9).describe_data(DATA).note_model(1, hits=Hits(examples=8, packed=b"\xfe"))
    assert "val_accuracy is 10.00 points better\n" in told(trained(range(200)), other)


def test_a_loss_is_better_the_less_it_is_and_another_trial_than_the_best_has_no_test() -> None:
    losses = study_of(0.5, 0.2, objective="val_loss:min").record_test(TestResult(number=2, metrics={"loss": 0.3}))
    text = told(losses, study_of(0.4, objective="val_loss:min"))
    assert "val_loss is 0.1 better" in text and "test" not in text
    assert "test loss  0.3" in told(losses, replace(study_of(0.1, objective="val_loss:min"), test=None), 2)
