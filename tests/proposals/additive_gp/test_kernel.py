"""The Matérn kernel, and what is made of it: how alike the losses at two points are, and what is believed of that."""

import math

import numpy as np
import pytest
from numpy.random import RandomState
from scipy.optimize import approx_fprime
from scipy.spatial.distance import cdist
from sklearn.gaussian_process.kernels import Matern

from job.core.space import Categorical, Params, Real, Space
from job.proposals.additive_gp.coordinates import Coordinates
from job.proposals.additive_gp.encoding import Encoder
from job.proposals.additive_gp.kernel import Kernel
from job.proposals.additive_gp.matern import matern52, matern52_and_slope, squared_distances
from job.proposals.additive_gp.prior import Prior
from tests.proposals.additive_gp.examples import LINE, MIXED, drawn_rows

ENCODER = Encoder(Coordinates(MIXED))
PRIOR = Prior(ENCODER)
POINTS = ENCODER.encode(drawn_rows(ENCODER.points, 40))


def kernels(count: int) -> list[Kernel]:
    chance = RandomState(0)
    return [PRIOR.kernel(PRIOR.bounded(chance.standard_normal(PRIOR.size))) for _ in range(count)]


def test_the_matern_kernel_is_that_of_scikit_learn() -> None:
    distances = np.linspace(0.0, 5.0, 50)

    kernel, _ = matern52_and_slope(distances**2)

    assert kernel == pytest.approx(Matern(nu=2.5)(np.zeros((1, 1)), distances[:, None])[0])
    assert kernel.tolist() == matern52(distances**2).tolist()
    assert matern52(np.array([0.0, -1e-16])).tolist() == [1.0, 1.0]


def test_its_slope_is_the_derivative_by_the_squared_distance() -> None:
    for square in (0.01, 0.5, 2.0, 9.0):
        _, slope = matern52_and_slope(np.array([square]))
        (expected,) = approx_fprime(np.array([square]), lambda squares: float(matern52(squares)[0]), 1e-7)
        assert slope[0] == pytest.approx(expected, rel=1e-5)
    assert matern52_and_slope(np.array([0.0]))[1][0] == pytest.approx(-5 / 6)


def test_squared_distances_are_those_of_scipy() -> None:
    one, other = RandomState(0).random_sample((5, 3)), RandomState(1).random_sample((4, 3))

    assert squared_distances(one, other) == pytest.approx(cdist(one, other, "sqeuclidean"), abs=1e-14)


def test_the_covariance_is_symmetric_and_positive_semidefinite_with_the_variances_on_its_diagonal() -> None:
    for kernel in kernels(10):
        covariance = kernel.between(POINTS, POINTS)

        assert covariance == pytest.approx(covariance.T)
        assert np.linalg.eigvalsh(covariance).min() > -1e-10 * covariance.max()
        assert np.diag(covariance) == pytest.approx(kernel.at(POINTS))
        assert kernel.between(POINTS[:3], POINTS[5:9]) == pytest.approx(covariance[:3, 5:9])


def test_it_is_the_sum_of_main_effects_and_of_a_joint_one() -> None:
    encoder = Encoder(Coordinates(Space((Real("x", 0.0, 1.0), Real("y", 1.0, 100.0, "log-uniform")))))
    places = RandomState(0).random_sample((20, 2))
    points = encoder.encode(places)
    kernel = Kernel(encoder, weights=np.array([4.0, 0.25]), joint=2.0, main=np.array([0.5, 3.0]), noise=0.1)

    covariance = kernel.between(points, points)

    main = [share * Matern(0.5, nu=2.5)(places[:, [axis]]) for axis, share in enumerate((0.5, 3.0))]
    joint = 2.0 * Matern([0.5, 2.0], nu=2.5)(places)
    assert covariance == pytest.approx(main[0] + main[1] + joint, abs=0.02)


def test_what_is_inactive_adds_no_variance() -> None:
    sgd: Params = {"rate": 1e-3, "optimizer": "sgd", "momentum": 0.5, "nesterov": True}
    rest: Params = {"units": 8, "size": "small", "dropout": 0.0}
    points = [{"rate": 1e-3, "optimizer": "adam", **rest}, {**sgd, **rest}]
    kernel = kernels(1)[0]

    less, more = kernel.at(ENCODER.encode(ENCODER.points.rows(points)))

    assert more - less == pytest.approx(kernel.main[2] + kernel.main[3], rel=0.01)  # of momentum and nesterov


def test_a_noise_is_believed_in_within_bounds_and_others_within_four_deviations() -> None:
    low, high = (PRIOR.bounded(np.full(PRIOR.size, end)) for end in (-99.0, 99.0))

    assert [PRIOR.kernel(low).noise, PRIOR.kernel(high).noise] == pytest.approx([1e-6, math.exp(0.5)])
    assert low[:-1].tolist() == [-4.0] * (PRIOR.size - 1) and high[:-1].tolist() == [4.0] * (PRIOR.size - 1)
    assert PRIOR.bounded(np.zeros(PRIOR.size)).tolist() == [0.0] * PRIOR.size


def test_lengths_grow_with_the_root_of_the_number_of_dimensions_and_main_effects_share_one_variance() -> None:
    wide = Space(tuple(Real(f"x{number}", 0.0, 1.0) for number in range(16)))
    one, sixteen = (Prior(Encoder(Coordinates(space))) for space in (LINE, wide))

    narrow, broad = one.kernel(np.zeros(one.size)), sixteen.kernel(np.zeros(sixteen.size))

    assert 1 / np.sqrt(broad.weights) == pytest.approx(4.0 / np.sqrt(narrow.weights[0]))
    assert narrow.weights == pytest.approx(math.exp(1.6))
    assert broad.main.sum() == pytest.approx(narrow.main.sum()) == pytest.approx(math.exp(-0.7))
    assert (broad.joint, broad.noise) == (narrow.joint, narrow.noise) == pytest.approx((1.0, math.exp(-3.5)))


def test_each_hyper_parameter_moves_its_own_part_of_the_kernel_by_a_deviation() -> None:
    encoder = Encoder(Coordinates(Space((Real("x", 0.0, 1.0), Categorical("c", ("a", "b"))))))
    prior = Prior(encoder)

    def parts(kernel: Kernel) -> list[float]:
        return [*kernel.weights, kernel.joint, *kernel.main, kernel.noise]

    middle = parts(prior.kernel(np.zeros(6)))
    for place, deviation in enumerate((1.6, 1.6, 1.0, 1.5, 1.5, 1.5)):
        moved = parts(prior.kernel(np.eye(6)[place]))
        factors = np.ones(6)
        factors[place] = math.exp(deviation)
        assert moved == pytest.approx(np.array(middle) * factors)
