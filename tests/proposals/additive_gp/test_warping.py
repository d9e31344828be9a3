"""Losses as the model sees them."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.special import ndtri

from job.proposals.additive_gp.warping import warp
from job.proposals.draws import Floats

SOME = np.array([0.31, 0.5, 0.12, 0.1, 0.9, 0.4, 0.11, 7.0, 0.33])
LOSSES = st.lists(st.one_of(st.floats(-1e6, 1e6), st.sampled_from([0.0, 1.0, 1e-3])), min_size=1, max_size=12).map(
    lambda values: np.round(np.array(values), 6)
)


@given(losses=LOSSES)
@settings(max_examples=40, deadline=None)
def test_less_is_less_when_warped_and_equal_is_equal(losses: Floats) -> None:
    warped = warp(losses).warped

    order = np.argsort(losses, kind="stable")
    rises, rises_warped = np.diff(losses[order]), np.diff(warped[order])
    assert (rises_warped >= -1e-12).all()
    assert (rises_warped[rises == 0] == 0).all()
    if np.ptp(losses) > 0:
        assert warped[order[-1]] > warped[order[0]]
        assert [warped.mean(), warped.std()] == pytest.approx([0.0, 1.0], abs=1e-9)


@given(losses=LOSSES)
@settings(max_examples=40, deadline=None)
def test_unwarped_are_the_losses_again(losses: Floats) -> None:
    assume(np.ptp(losses) > 0)
    warping = warp(losses)

    assert warping.unwarped(warping.warped) == pytest.approx(losses, abs=1e-9 * np.ptp(losses), rel=1e-12)


@pytest.mark.parametrize(("factor", "offset"), [(1e300, 0.0), (1e-300, 0.0), (1.0, 1e12), (3.0, -7.0)])
def test_neither_unit_nor_offset_matters(factor: float, offset: float) -> None:
    warping, other = warp(SOME), warp(SOME * factor + offset)

    digits = 1e-3 if offset == 1e12 else 1e-12  # so many are left of the losses
    assert other.warped == pytest.approx(warping.warped, abs=digits)
    assert other.unit == pytest.approx(warping.unit * factor, rel=digits)
    assert other.unwarped(np.array([-1.0])) == pytest.approx(warping.unwarped(np.array([-1.0])) * factor + offset)


def test_the_better_half_keeps_its_distances_and_the_worse_half_its_order_alone() -> None:
    warping = warp(SOME)
    better = np.median(SOME) >= SOME

    assert np.diff(warping.warped[better]) * warping.unit == pytest.approx(np.diff(SOME[better]))
    again = warp(np.where(better, SOME, SOME**3 + 10.0))
    assert again.warped == pytest.approx(warping.warped)


@pytest.mark.parametrize("outlier", [1e3, 1e30, 1e300])
def test_how_bad_the_worst_one_is_changes_nothing(outlier: float) -> None:
    warping, changed = warp(SOME), warp(np.where(SOME == 7.0, outlier, SOME))

    assert changed.warped == pytest.approx(warping.warped)
    assert warping.warped.max() < 3.0


@pytest.mark.parametrize("count", [3, 5, 8, 100])
def test_losses_that_lie_as_those_of_a_normal_distribution_keep_all_their_distances(count: int) -> None:
    losses = ndtri((np.arange(count) + 0.5) / count)

    assert warp(losses).warped == pytest.approx(losses / losses.std())


@pytest.mark.parametrize("losses", [[0.3], [0.3, 0.3], [1e300] * 5, [0.1 + 0.2, 0.3], [1e12, 1e12 + 1e-4, 1e12]])
def test_losses_that_are_equal_are_all_nought(losses: list[float]) -> None:
    warping = warp(np.array(losses))

    equal = np.ptp(losses) == 0
    assert np.isfinite(warping.warped).all() and warping.warped.any() == (not equal)
    if equal:
        assert warping.unwarped(np.array([-2.0, 0.0, 3.0])).tolist() == [losses[0]] * 3


def test_two_losses_are_as_far_from_the_middle() -> None:
    warping = warp(np.array([5.0, 2.0]))

    assert warping.warped == pytest.approx([1.0, -1.0])
    assert warping.unwarped(np.array([-1.0, 1.0, 2.0])) == pytest.approx([2.0, 5.0, 5.0])


@pytest.mark.parametrize("losses", [[0.0, 0.0, 0.0, 1.0, 2.0], [0.0] * 9 + [1e-9]])
def test_where_the_better_half_has_one_and_the_same_loss_the_others_are_still_worse(losses: list[float]) -> None:
    warping = warp(np.array(losses))

    best, others = warping.warped[: losses.count(0.0)], warping.warped[losses.count(0.0) :]
    assert np.ptp(best) == 0 and (np.diff(others) > 0).all() and others.min() > best[0]
    assert warping.unwarped(np.array([best[0] - 1.0, best[0], others[-1]])).tolist() == [0.0, 0.0, losses[-1]]


def test_where_the_worse_half_has_one_and_the_same_loss_the_better_ones_keep_their_distances() -> None:
    warping = warp(np.array([1.0, 4.0, 5.0, 5.0, 5.0, 5.0]))

    assert np.ptp(warping.warped[2:]) == 0
    assert np.diff(warping.warped)[:2] * warping.unit == pytest.approx([3.0, 1.0])


def test_a_deviation_is_warped_as_the_way_from_a_loss_to_a_better_one() -> None:
    warping, best, worst = warp(SOME), int(SOME.argmin()), int(SOME.argmax())
    deviations = np.full(len(SOME), 0.02)

    warped = warping.deviations(deviations)

    assert warped[best] == pytest.approx(0.02 / warping.unit)
    deviations[worst] = SOME[worst] - SOME[best]  # above the median, by rank alone
    assert warping.deviations(deviations)[worst] == pytest.approx(np.ptp(warping.warped))
    assert warp(SOME * 1e6).deviations(deviations * 1e6) == pytest.approx(warping.deviations(deviations))


@pytest.mark.parametrize("losses", [SOME, SOME * 1e300, np.array([0.0, 0.0, 0.0, 1.0]), np.array([0.5, 0.5])])
def test_what_is_known_has_no_deviation_and_what_is_not_at_all_a_finite_one(losses: Floats) -> None:
    warping = warp(losses)

    assert warping.deviations(np.zeros(len(losses))).tolist() == [0.0] * len(losses)
    unsure = warping.deviations(np.full(len(losses), 1e300))
    assert (unsure >= 0).all() and (unsure <= 1e3).all()


def test_no_place_of_the_warped_scale_is_worse_than_the_worst_loss_and_those_below_the_best_go_on_evenly() -> None:
    warping = warp(SOME)
    best = warping.warped.min()

    assert warping.unwarped(np.array([50.0])).tolist() == [7.0]
    assert warping.unwarped(np.array([best - 1.0, best - 2.0])) == pytest.approx(
        [0.1 - warping.unit, 0.1 - 2 * warping.unit]
    )
