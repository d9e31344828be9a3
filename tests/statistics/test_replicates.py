"""How much scores differ over seeds, by points that were trained several times."""

import math

import numpy as np
import pytest
from scipy.stats import chi2

from job.statistics.replicates import Noise, noise_of


def test_the_deviations_within_points_are_pooled_whatever_their_levels_are() -> None:
    random = np.random.default_rng(0)
    points = [level + random.normal(scale=0.1, size=size) for level, size in ((0.0, 2), (5.0, 3), (-9.0, 7))]
    found = noise_of([*map(list, points), [40.0]])
    assert found is not None and found.freedom == 1 + 2 + 6
    assert found.deviation**2 == pytest.approx(sum(np.var(each) * len(each) for each in points) / 9)


@pytest.mark.parametrize("points", [[], [[]], [[0.9], [0.1]]])
def test_nothing_is_known_where_no_point_was_trained_twice(points: list[list[float]]) -> None:
    assert noise_of(points) is None


def test_scores_that_are_next_to_infinite_have_a_deviation_without_an_error() -> None:
    found = noise_of([[1e300, -1e300, 0.0]])
    assert found is not None and found.deviation > 1e299


def test_few_replicates_reject_hardly_any_noise_and_many_what_is_a_little_more() -> None:
    few, many = Noise(0.1, 3), Noise(0.1, 100)
    assert few.may_be(0.29) and not few.may_be(0.3)
    assert many.may_be(0.11) and not many.may_be(0.12)


def test_a_true_deviation_is_rejected_in_one_case_of_twenty() -> None:
    noise = Noise(0.2 * math.sqrt(chi2.ppf(0.05, 12) / 12), 12)
    assert noise.may_be(0.2 * (1 - 1e-9)) and not noise.may_be(0.2 * (1 + 1e-9))
