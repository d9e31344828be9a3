"""Which trials may be the best one in truth, whichever was luckiest."""

from dataclasses import replace

import pytest

from job.core.study import Study
from job.proposals.contenders import contenders
from tests.fakes import study_of


def along_the_learning_rate(*scores: float | None, surrogate: str = "additive-gp", running_epochs: int = 0) -> Study:
    """Return a study whose trials differ in the learning rate alone, with even steps between them."""
    study = study_of(*scores, running_epochs=running_epochs)
    params = study.trial(1).params
    trials = tuple(
        replace(trial, params={**params, "learning_rate": 1e-6 * 10 ** (4 * trial.number / (len(study.trials) + 1))})
        for trial in study.trials
    )
    return replace(study, trials=trials, fingerprint=replace(study.fingerprint, surrogate=surrogate))


NOISY = (0.5, 0.6, 0.71, 0.79, 0.82, 0.8, 0.72, 0.61, 0.83, 0.39, 0.3, 0.2)  # of which the ninth is a lucky one


@pytest.mark.parametrize("surrogate", ["additive-gp", "GP", "none"])
def test_a_lucky_trial_among_bad_ones_is_trusted_less_than_good_ones_among_good_ones(surrogate: str) -> None:
    study = along_the_learning_rate(*NOISY, surrogate=surrogate)
    assert study.best is not None and study.best.number == 9
    first, second, *_ = contenders(study, 12)
    assert {first, second} <= {4, 5, 6}


def test_at_most_so_many_are_named_and_none_that_has_not_completed_here() -> None:
    study = along_the_learning_rate(0.5, None, 0.7, 0.9, running_epochs=1)
    assert sorted(contenders(study, 9)) == [1, 3, 4]
    assert contenders(study, 2) == contenders(study, 9)[:2]
    imported = study_of(0.5, 0.6, imported=[0.9])
    assert sorted(contenders(imported, 9)) == [2, 3]


def test_without_a_surrogate_they_come_by_score_and_equal_ones_by_number() -> None:
    assert contenders(study_of(0.5), 3) == (1,)
    assert contenders(study_of(None), 3) == ()
    assert contenders(along_the_learning_rate(0.5, 0.5, 0.5, 0.5), 3) == (1, 2, 3)
