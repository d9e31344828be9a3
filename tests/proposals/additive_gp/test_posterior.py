"""The Gaussian process given losses."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.linalg import inv
from numpy.random import RandomState

from job.proposals.additive_gp.coordinates import Coordinates
from job.proposals.additive_gp.encoding import Encoder
from job.proposals.additive_gp.posterior import Posterior
from job.proposals.additive_gp.prior import Prior
from tests.proposals.additive_gp.examples import MIXED, drawn_rows

ENCODER = Encoder(Coordinates(MIXED))
PRIOR = Prior(ENCODER)
KERNEL = PRIOR.kernel(np.zeros(PRIOR.size))
POINTS = ENCODER.encode(drawn_rows(ENCODER.points, 30))
OTHERS = ENCODER.encode(drawn_rows(ENCODER.points, 12, seed=1))
LOSSES, KNOWN = RandomState(2).standard_normal(30), np.zeros(30)
POSTERIOR = Posterior(KERNEL, POINTS, LOSSES, KNOWN)


def test_mean_variance_and_covariance_are_those_of_the_textbook() -> None:
    between = KERNEL.between(OTHERS, POINTS)
    gain = between @ inv(KERNEL.between(POINTS, POINTS) + KERNEL.noise * np.eye(30))

    mean, variance = POSTERIOR.mean_and_variance(OTHERS)
    same_mean, covariance = POSTERIOR.mean_and_covariance(OTHERS)

    assert mean == pytest.approx(gain @ LOSSES)
    assert covariance == pytest.approx(KERNEL.between(OTHERS, OTHERS) - gain @ between.T)
    assert variance == pytest.approx(np.diag(covariance))
    assert same_mean.tolist() == mean.tolist() == POSTERIOR.mean(OTHERS).tolist()


def test_a_loss_that_is_not_sure_counts_as_one_of_more_noise() -> None:
    variances = np.linspace(0.0, 3.0, 30)
    between = KERNEL.between(OTHERS, POINTS)
    gain = between @ inv(KERNEL.between(POINTS, POINTS) + np.diag(KERNEL.noise + variances))

    mean, variance = Posterior(KERNEL, POINTS, LOSSES, variances).mean_and_variance(OTHERS)

    assert mean == pytest.approx(gain @ LOSSES)
    assert variance == pytest.approx(KERNEL.at(OTHERS) - np.sum(gain * between, axis=1))


def test_to_be_given_more_losses_is_to_have_been_given_all_at_once() -> None:
    some = Posterior(KERNEL, POINTS[:20], LOSSES[:20], KNOWN[:20])
    before, _ = some.mean_and_variance(OTHERS)

    all_of_them = some.given(POINTS[20:], LOSSES[20:])

    for one, other in zip(all_of_them.mean_and_covariance(OTHERS), POSTERIOR.mean_and_covariance(OTHERS), strict=True):
        assert one == pytest.approx(other)
    assert some.mean(OTHERS).tolist() == before.tolist() != POSTERIOR.mean(OTHERS).tolist()


def test_without_noise_it_goes_through_the_losses_and_knows_them() -> None:
    exact = Posterior(replace(KERNEL, noise=1e-10), POINTS, LOSSES, KNOWN)

    mean, variance = exact.mean_and_variance(POINTS)

    assert mean == pytest.approx(LOSSES, abs=1e-5)
    assert 0 < variance.min() <= variance.max() < 1e-6
    assert exact.mean_and_variance(OTHERS)[1].min() > 1e-3


def test_a_point_that_is_tried_again_is_known_the_better_the_more_often() -> None:
    place, times = np.array([4]), (1, 3, 9)

    before = POSTERIOR.mean_and_variance(POINTS[place])[1][0]
    known = [POSTERIOR.given(POINTS[np.repeat(place, count)], np.zeros(count)) for count in times]

    variances = [each.mean_and_variance(POINTS[place])[1][0] for each in known]
    assert variances == pytest.approx([1 / (1 / before + count / KERNEL.noise) for count in times])


def test_without_noise_losses_of_one_and_the_same_point_are_averaged() -> None:
    """Their covariance has no root, until something is added to the variances."""
    twice = Posterior(replace(KERNEL, noise=0.0), POINTS + POINTS, np.concatenate([LOSSES, LOSSES + 1.0]), np.zeros(60))

    mean, variance = twice.mean_and_variance(POINTS)

    assert mean == pytest.approx(LOSSES + 0.5, abs=1e-3)
    assert 0 < variance.min() <= variance.max() < 1e-5


def test_no_variance_is_so_small_that_it_could_not_be_divided_by() -> None:
    one = Posterior(replace(KERNEL, noise=0.0), POINTS[:1], LOSSES[:1], KNOWN[:1])

    assert one.mean_and_variance(POINTS[:1])[1].tolist() == [1e-10]


def test_far_from_all_points_it_knows_what_the_kernel_says() -> None:
    far = Posterior(replace(KERNEL, weights=1e6 * KERNEL.weights, main=1e-9 * KERNEL.main), POINTS, LOSSES, KNOWN)

    mean, variance = far.mean_and_variance(OTHERS)

    assert mean == pytest.approx(0.0, abs=1e-3)
    assert variance == pytest.approx(far.kernel.at(OTHERS), rel=1e-3)
