"""What more trials may gain at most, by what the surrogate takes for possible."""

from dataclasses import replace

import numpy as np
import pytest

from job.core.space import Params
from job.core.study import Study
from job.proposals.outlook import Outlook, outlook_of
from job.statistics.replicates import Noise
from tests.fakes import study_of


def searched(*losses: float) -> Study:
    study = study_of(*losses, objective="val_loss:min", budget=None)
    return replace(study, fingerprint=replace(study.fingerprint, surrogate="additive-gp"))


def best_of(study: Study) -> Params:
    assert study.best is not None
    return study.best.params


LOSSES = 1 + 0.1 * np.random.default_rng(0).standard_normal(24)


def test_more_is_to_be_gained_over_a_point_that_is_not_the_best() -> None:
    study = searched(*LOSSES)
    worst = study.trial(int(np.argmax(LOSSES)) + 1).params
    assert outlook_of(study, worst).most_gain > outlook_of(study, best_of(study)).most_gain + 0.01


def test_it_is_in_the_units_of_the_loss() -> None:
    once, tenfold = (outlook_of(study, best_of(study)) for study in (searched(*LOSSES), searched(*10 * LOSSES)))
    assert tenfold.most_gain == pytest.approx(10 * once.most_gain, rel=1e-3)
    assert tenfold.noise == pytest.approx(10 * once.noise, rel=1e-3)
    assert once.noise == pytest.approx(0.1, rel=0.5)


def test_no_loss_below_the_least_there_is_is_expected() -> None:
    study = searched(*LOSSES)
    free, bounded = (outlook_of(study, best_of(study), least_loss=least) for least in (-np.inf, 0.9))
    assert 0 <= bounded.most_gain < free.most_gain


@pytest.mark.parametrize(
    ("most_gain", "noise", "hardly_any"), [(0.19, 0.2, True), (0.21, 0.2, False), (0.01, 0.28, False)]
)
def test_it_is_hardly_any_below_the_noise_of_replicates_if_the_surrogate_does_not_take_more_for_noise(
    most_gain: float, noise: float, hardly_any: bool
) -> None:
    assert Outlook(most_gain, noise).is_hardly_any(Noise(0.2, 20)) is hardly_any
