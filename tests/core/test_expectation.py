"""What is expected of a point: improvement, its chance, and the figures that are kept of it."""

import math
import random
from statistics import fmean

import pytest

from job.core.expectation import Expectation, normal_expectation
from job.core.objective import Direction, Objective


def expectation(*, loss: float, deviation: float, best: float, direction: Direction = "min") -> Expectation:
    objective = Objective("val_loss", direction)
    return normal_expectation(loss=loss, deviation=deviation, best=best, objective=objective)


@pytest.mark.parametrize(("loss", "best"), [(0.3, 0.25), (0.2, 0.25), (0.25, 0.25)])
def test_improvement_and_its_chance_are_those_of_many_draws(loss: float, best: float) -> None:
    drawn = random.Random(0)
    gains = [max(best - drawn.gauss(loss, 0.1), 0.0) for _ in range(50_000)]

    expected = expectation(loss=loss, deviation=0.1, best=best)

    assert expected.improvement == pytest.approx(fmean(gains), rel=0.05)
    assert expected.chance == pytest.approx(fmean(gain > 0 for gain in gains), abs=0.01)
    assert expected.is_improvement == (loss <= best)


def test_a_score_is_in_natural_units_and_an_improvement_0_or_more_whichever_way_is_better() -> None:
    low, high = (expectation(loss=-0.9, deviation=0.1, best=-0.8, direction=each) for each in ("min", "max"))

    assert (low.score, high.score) == (-0.9, 0.9)
    assert low.improvement == high.improvement > 0.1
    assert low.chance == high.chance > 0.5


def test_what_is_kept_does_not_hang_on_the_last_bits() -> None:
    loss, deviation, best = 0.1 + 0.2, 1 / 30, 1 / 3
    moved = [value * (1 + 1e-12) for value in (loss, deviation, best)]

    one, other = (
        expectation(loss=loss, deviation=deviation, best=best),
        expectation(loss=moved[0], deviation=moved[1], best=moved[2]),
    )

    assert one == other
    assert (one.score, one.deviation) == (0.3, 0.03333)


@pytest.mark.parametrize(("loss", "improvement", "chance"), [(0.2, 0.05, 1.0), (0.25, 0.0, 0.0), (0.3, 0.0, 0.0)])
def test_a_prediction_without_any_doubt_improves_for_certain_or_not_at_all(
    loss: float, improvement: float, chance: float
) -> None:
    expected = expectation(loss=loss, deviation=0.0, best=0.25)

    assert expected.improvement == pytest.approx(improvement)
    assert expected.chance == chance


def test_far_from_the_best_improvement_vanishes_and_stays_a_number() -> None:
    expected = expectation(loss=1e6, deviation=1e-3, best=0.0)

    assert (expected.improvement, expected.chance) == (0.0, 0.0)
    assert math.isfinite(expected.score)
