"""How well hyper-parameters explain the losses."""

import numpy as np
import pytest
from numpy.random import RandomState
from scipy.stats import multivariate_normal

from job.proposals.additive_gp.coordinates import Coordinates
from job.proposals.additive_gp.encoding import Encoder
from job.proposals.additive_gp.likelihood import Likelihood
from job.proposals.additive_gp.minimum import minimize
from job.proposals.additive_gp.prior import Prior
from tests.proposals.additive_gp.examples import MIXED, drawn_rows

ENCODER = Encoder(Coordinates(MIXED))
PRIOR = Prior(ENCODER)
POINTS = ENCODER.encode(drawn_rows(ENCODER.points, 25))
VARIANCES = np.where(np.arange(25) % 3, 0.0, np.linspace(0.0, 2.0, 25))  # of some losses that are predicted
LIKELIHOOD = Likelihood(PRIOR, POINTS, RandomState(1).standard_normal(25), VARIANCES)


@pytest.mark.parametrize("seed", range(3))
def test_it_is_the_density_of_the_losses_times_the_prior_but_for_a_constant(seed: int) -> None:
    t = RandomState(seed).standard_normal(PRIOR.size)

    value, _ = LIKELIHOOD.negative_log(t)

    kernel = PRIOR.kernel(t)
    covariance = kernel.between(POINTS, POINTS) + np.diag(kernel.noise + VARIANCES)
    density = multivariate_normal(cov=covariance).logpdf(LIKELIHOOD.losses)
    prior = multivariate_normal(np.zeros(PRIOR.size)).logpdf(t)
    constant = 0.5 * np.log(2 * np.pi) * (len(POINTS) + PRIOR.size)
    assert value == pytest.approx(-density - prior - constant)


@pytest.mark.parametrize("seed", range(3))
def test_its_gradient_is_that_of_finite_differences(seed: int) -> None:
    t = RandomState(seed).standard_normal(PRIOR.size)

    _, gradient = LIKELIHOOD.negative_log(t)

    steps = 1e-5 * np.eye(PRIOR.size)
    values = [[LIKELIHOOD.negative_log(t + sign * step)[0] for sign in (1, -1)] for step in steps]
    assert gradient == pytest.approx([(more - less) / 2e-5 for more, less in values], abs=1e-5, rel=1e-5)


def test_what_leaves_no_covariance_with_a_root_is_as_good_as_impossible() -> None:
    twice = POINTS + POINTS
    t = np.append(np.zeros(PRIOR.size - 1), -100.0)  # nearly no noise

    value, gradient = Likelihood(PRIOR, twice, np.tile(LIKELIHOOD.losses, 2), np.zeros(50)).negative_log(t)

    assert value > 1e9 and np.isfinite(gradient).all()


def test_the_most_likely_hyper_parameters_are_better_than_any_beside_them() -> None:
    mode = minimize(LIKELIHOOD.negative_log, np.zeros(PRIOR.size), PRIOR.bounded)

    least, _ = LIKELIHOOD.negative_log(mode.at)
    assert least < LIKELIHOOD.negative_log(np.zeros(PRIOR.size))[0] - 0.1
    for way in RandomState(0).standard_normal((20, PRIOR.size)):
        assert LIKELIHOOD.negative_log(mode.at + 0.3 * way)[0] > least


def test_hyper_parameters_from_which_losses_were_drawn_are_found_again() -> None:
    """What matters is told from what does not: with many points, by the weights and main effects of the axes."""
    points = ENCODER.encode(drawn_rows(ENCODER.points, 80, seed=2))
    rate = points.coordinates[:, 0]
    losses = np.sin(4.0 * rate) + 0.05 * RandomState(3).standard_normal(80)

    kernel = PRIOR.kernel(
        minimize(
            Likelihood(PRIOR, points, (losses - losses.mean()) / losses.std(), np.zeros(80)).negative_log,
            np.zeros(PRIOR.size),
            PRIOR.bounded,
        ).at
    )

    assert kernel.main[0] > 10 * kernel.main[1:].max()
    assert kernel.noise == pytest.approx(0.05**2 / losses.var(), rel=0.6)
