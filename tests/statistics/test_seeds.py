"""What scores on several seeds say, against SciPy and in the cases where there is little to say."""

import math

import numpy as np
import pytest
from scipy.stats import norm, ttest_1samp

from job.statistics.seeds import OverSeeds, deviation_bound, over_seeds

SCORES = [0.976, 0.984, 0.98, 0.972, 0.988]


def told(*scores: float | None, step: float | None = None) -> OverSeeds:
    found = over_seeds(scores, step=step)
    assert found is not None
    return found


def width(found: OverSeeds) -> float:
    assert found.interval is not None
    return found.interval[1] - found.interval[0]


def test_the_interval_of_the_mean_is_that_of_student() -> None:
    found, known = told(*SCORES, step=0.004), ttest_1samp(SCORES, 0.0).confidence_interval(0.95)
    assert found.interval == pytest.approx((known.low, known.high))
    assert found.seeds == 5
    assert found.mean == pytest.approx(0.98)
    assert found.deviation == pytest.approx(np.std(SCORES, ddof=1))
    assert found.deviation_bound is None


def test_one_seed_has_a_mean_and_tells_nothing_of_others() -> None:
    found = told(0.98, step=0.004)
    assert (found.mean, found.deviation, found.deviation_bound, found.interval) == (0.98, None, None, None)


@pytest.mark.parametrize("score", [1.0, 0.1, 1 / 3, 49.0])
def test_equal_scores_have_no_deviation_and_are_no_certainty(score: float) -> None:
    found = told(*[score] * 7)
    assert (found.mean, found.deviation, found.deviation_bound, found.interval) == (score, 0.0, None, None)


def test_equal_scores_in_steps_have_an_interval_by_the_deviation_that_they_may_hide() -> None:
    found = told(1.0, 1.0, 1.0, step=0.004)
    assert found.deviation == 0.0
    assert found.deviation_bound == deviation_bound(3, 0.004) > 0.0
    hidden = found.deviation_bound / math.sqrt(2)
    assert found.interval == pytest.approx(told(1.0 - hidden, 1.0, 1.0 + hidden).interval, rel=0.3)
    assert width(found) == pytest.approx(2 * 4.303 * found.deviation_bound / math.sqrt(3), rel=1e-3)


@pytest.mark.parametrize("seeds", [2, 5, 20])
def test_at_the_bound_of_the_deviation_as_many_rounded_numbers_are_alike_in_five_of_a_hundred_cases(seeds: int) -> None:
    deviation = deviation_bound(seeds, 0.004)
    alike = norm.cdf(0.002, scale=deviation) - norm.cdf(-0.002, scale=deviation)
    assert alike**seeds == pytest.approx(0.05)


@pytest.mark.parametrize("failed", [None, math.nan, math.inf, -math.inf])
def test_a_seed_that_failed_is_counted_and_has_no_say_in_the_mean(failed: float | None) -> None:
    found = told(*SCORES, failed)
    assert (found.seeds, found.failed) == (5, 1)
    assert found.interval == told(*SCORES).interval


def test_nothing_is_said_without_a_score() -> None:
    assert over_seeds([]) is over_seeds([None, math.nan]) is None


def test_losses_of_any_size_scale_and_turn_with_their_interval() -> None:
    one = told(*SCORES)
    assert one.interval is not None
    for factor in (1e-9, -1.0, 1e9):
        other = told(*(factor * score for score in SCORES))
        assert other.mean == pytest.approx(factor * one.mean)
        assert other.deviation == pytest.approx(abs(factor) * (one.deviation or 0.0))
        assert other.interval == pytest.approx(tuple(sorted(factor * bound for bound in one.interval)))
