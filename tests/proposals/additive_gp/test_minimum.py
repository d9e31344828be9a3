"""The minimum of a smooth function."""

import numpy as np
import pytest
from scipy.optimize import rosen, rosen_der

from job.proposals.additive_gp.minimum import minimize
from job.proposals.draws import Floats

HESSIAN = np.array([[4.0, 1.0, 0.0], [1.0, 2.0, 0.5], [0.0, 0.5, 1.0]])
LEAST = np.array([1.0, -2.0, 0.5])


def quadratic(at: Floats) -> tuple[float, Floats]:
    way = at - LEAST
    return float(0.5 * way @ HESSIAN @ way), HESSIAN @ way


def rosenbrock(at: Floats) -> tuple[float, Floats]:
    return float(rosen(at)), np.asarray(rosen_der(at))


def unbounded(at: Floats) -> Floats:
    return at


def test_of_a_quadratic_function_minimum_and_second_derivatives_are_found() -> None:
    found = minimize(quadratic, np.zeros(3), unbounded)

    assert found.at == pytest.approx(LEAST, abs=1e-2)
    assert found.inverse_hessian == pytest.approx(np.linalg.inv(HESSIAN), abs=0.05)
    assert found.inverse_hessian == pytest.approx(found.inverse_hessian.T)


def test_a_bent_valley_is_followed_to_its_end() -> None:
    found = minimize(rosenbrock, np.array([-1.2, 1.0]), unbounded)

    assert rosen(found.at) < 1e-3
    assert np.linalg.eigvalsh(found.inverse_hessian).min() > 0


def test_out_of_where_it_curves_the_other_way_there_is_a_way_down() -> None:
    def dent(at: Floats) -> tuple[float, Floats]:
        depth = np.exp(-0.5 * at @ at)
        return float(-depth), at * depth

    found = minimize(dent, np.array([2.2, -1.0]), unbounded)

    assert found.at == pytest.approx([0.0, 0.0], abs=0.02)
    assert found.inverse_hessian == pytest.approx(np.eye(2), abs=0.2)


def test_no_value_is_asked_for_outside_the_bounds_and_the_minimum_on_one_is_found() -> None:
    asked = []

    def function(at: Floats) -> tuple[float, Floats]:
        asked.append(at)
        return quadratic(at)

    found = minimize(function, np.zeros(3), lambda at: np.clip(at, -1.0, 0.75))

    assert np.max(asked) <= 0.75 and np.min(asked) >= -1.0
    assert found.at[1] == -1.0
    assert quadratic(found.at)[0] < min(quadratic(np.array([x, -1.0, z]))[0] for x in (0.5, 0.7) for z in (-0.5, 0.3))


def test_no_step_is_longer_than_two_in_any_variable() -> None:
    asked = [np.zeros(2)]

    def steep(at: Floats) -> tuple[float, Floats]:
        asked.append(at)
        return float(1e6 * (at[0] - 9.0) ** 2), np.array([2e6 * (at[0] - 9.0), 0.0])

    found = minimize(steep, np.zeros(2), unbounded)

    assert np.abs(asked[2] - asked[1]).max() == pytest.approx(2.0)
    assert found.at == pytest.approx([9.0, 0.0], abs=1e-4)


@pytest.mark.parametrize("start", [LEAST, np.zeros(3)])
def test_where_there_is_no_way_down_the_start_is_the_minimum(start: Floats) -> None:
    flat = minimize(lambda at: (1e10, np.zeros(3)), start, unbounded)

    assert flat.at.tolist() == start.tolist() and flat.inverse_hessian.tolist() == np.eye(3).tolist()
    uphill = minimize(lambda at: (float(((at - start) ** 2).sum()), np.ones(3)), start, unbounded)
    assert uphill.at.tolist() == start.tolist()
