"""What points are worth trying for."""

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from job.proposals.additive_gp.acquisition import (
    ACQUISITIONS,
    log_expected_improvement,
    log_probability_of_improvement,
    lower_confidence_bound,
)

MARGINS = (-1e5, -2e3, -1.0001e3, -999.0, -50.0, -8.0, -1.001, -0.999, -0.5, 0.0, 0.7, 3.0, 30.0)


def integrated(margin: float, power: int) -> float:
    """Return the logarithm of the integral of gain ** power * density(gain - margin) over gains from 0 on.

    With the density at the margin taken out of it, and in units in which the rest falls off as quickly everywhere.
    """
    unit = 1.0 / max(abs(margin), 1.0)
    value, _ = quad(
        lambda share: (
            share**power * math.exp(-0.5 * (share * unit) ** 2 + margin * unit * share - max(margin, 0.0) ** 2 / 2)
        ),
        0.0,
        2 * margin / unit + 40.0 if margin > 0 else 40.0,
        points=[margin / unit] if margin > 0 else None,
        epsabs=0.0,
        limit=200,
    )
    scale = (power + 1) * math.log(unit) + max(margin, 0.0) ** 2 / 2
    return math.log(value) + scale + float(norm.logpdf(margin))


@pytest.mark.parametrize("margin", MARGINS)
def test_they_are_what_integrals_over_what_a_loss_may_be_give(margin: float) -> None:
    deviation, best = 0.25, 3.0
    mean, variance = np.array([best - margin * deviation]), np.array([deviation**2])

    improvement = log_expected_improvement(mean, variance, best)
    probability = log_probability_of_improvement(mean, variance, best)

    assert improvement[0] == pytest.approx(integrated(margin, 1) + math.log(deviation), rel=1e-7, abs=1e-7)
    assert probability[0] == pytest.approx(integrated(margin, 0), rel=1e-7, abs=1e-7)


@pytest.mark.parametrize("name", ACQUISITIONS)
def test_the_lower_the_mean_the_more_a_point_is_worth_however_far_from_the_best(name: str) -> None:
    means = np.concatenate([np.geomspace(1e9, 1.01, 400), np.linspace(1.0, -20.0, 400)])

    worth = ACQUISITIONS[name].of(means, np.ones_like(means), 0.0)

    assert np.isfinite(worth).all()
    assert (np.diff(worth)[:-300] > 0).all()
    assert (np.diff(worth) >= 0).all()  # a probability of 1 to the last bit does not rise


@pytest.mark.parametrize("name", ACQUISITIONS)
def test_of_points_no_better_than_the_best_the_less_sure_one_is_worth_more(name: str) -> None:
    worth = ACQUISITIONS[name].of(np.ones(4), np.array([1e-10, 0.01, 1.0, 4.0]), 0.5)

    assert (np.diff(worth) > 0).all()


def test_where_nothing_is_unsure_the_improvement_is_what_it_is() -> None:
    improvement = log_expected_improvement(np.array([1.0]), np.array([1e-10]), 1.5)

    assert np.exp(improvement) == pytest.approx(0.5)


def test_a_favourable_case_is_as_far_below_the_mean_as_one_in_forty_losses() -> None:
    worth = lower_confidence_bound(np.array([1.0, 2.0]), np.array([0.04, 4.0]), 0.5)

    z = -float(norm.ppf(0.025))
    assert worth == pytest.approx([0.5 - 1.0 + 0.2 * z, 0.5 - 2.0 + 2.0 * z], abs=1e-3)


@pytest.mark.parametrize("name", ["EI", "PI"])
def test_improvements_and_probabilities_are_averaged_and_not_their_logarithms(name: str) -> None:
    logarithms = np.array([[-1.0, -2000.0, 3.0], [-2.0, -2001.0, -9e9]])

    averaged = ACQUISITIONS[name].averaged(logarithms)

    assert averaged == pytest.approx(
        [
            math.log((math.exp(-1) + math.exp(-2)) / 2),
            -2000 + math.log((1 + math.exp(-1)) / 2),
            3.0 - math.log(2),
        ]
    )


def test_favourable_cases_are_averaged_as_they_are() -> None:
    assert ACQUISITIONS["LCB"].averaged(np.array([[1.0, 2.0], [3.0, -2.0]])).tolist() == [2.0, 0.0]
