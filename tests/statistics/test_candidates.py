"""Which candidates may be the best one, against SciPy, and what must not matter."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import multivariate_t, ttest_rel

from job.statistics.candidates import Standing, compare, least_difference

NAN, INF = math.nan, math.inf
Floats = NDArray[np.float64]


def halved(seed: int = 0) -> Floats:
    """Return losses of five candidates, of which two have left after one seed and another one after three."""
    losses: Floats = np.random.default_rng(seed).normal(size=(5, 7)) + np.array([[0.0], [1.0], [2.0], [3.0], [9.0]])
    losses[3:, 1:] = losses[2, 3:] = NAN
    return losses


def rows(standings: list[Standing]) -> Floats:
    return np.array([(each.behind, each.at_least, each.at_most) for each in standings])


def may_be_best(*losses: list[float], step: float = 0.0) -> list[bool]:
    return [each.may_be_best for each in compare(np.array(losses), step=step)]


@pytest.mark.parametrize(("seeds", "candidates"), [(5, 2), (2, 3), (3, 3), (5, 5), (3, 10)])
def test_the_least_difference_is_by_the_quantile_of_dunnett(seeds: int, candidates: int) -> None:
    freedom, shape = (seeds - 1) * (candidates - 1), (np.eye(candidates - 1) + 1) / 2
    bounds = np.full(candidates - 1, least_difference(seeds, candidates) / math.sqrt(2 / seeds))
    chance = np.random.default_rng(0)
    assert multivariate_t.cdf(bounds, shape=shape, df=freedom, random_state=chance) == pytest.approx(0.95, abs=2e-3)


@pytest.mark.parametrize(("seeds", "candidates"), [(1, 5), (5, 1), (1, 1)])
def test_one_seed_or_one_candidate_tells_nothing_apart(seeds: int, candidates: int) -> None:
    assert least_difference(seeds, candidates) == INF


def test_more_seeds_tell_apart_smaller_differences() -> None:
    least = [least_difference(seeds, 5) for seeds in (2, 3, 20)]
    assert least == sorted(least, reverse=True)


def test_two_candidates_are_compared_by_the_paired_test_of_student() -> None:
    losses = np.array([[0.0, 1.1, 2.3, 2.9, 4.2], [0.4, 1.4, 2.2, 3.9, 5.0]])
    known = ttest_rel(losses[1], losses[0]).confidence_interval(0.90)
    best, other = compare(losses)
    assert (other.behind, other.at_least, other.at_most) == pytest.approx((np.mean(losses[1] - losses[0]), *known))
    assert (best.behind, best.at_least, best.at_most) == (0.0, 0.0, 0.0)
    assert best.may_be_best and not other.may_be_best


def test_a_candidate_is_told_apart_at_the_least_difference() -> None:
    residual = np.array([[1.0, -2.0, 1.0, 0.0], [0.0, 1.0, -2.0, 1.0], [-1.0, 1.0, 1.0, -1.0]])  # each sums to 0
    deviation = math.sqrt(np.sum((residual - residual.mean(axis=0)) ** 2) / 6)
    least = least_difference(4, 3) * deviation
    for factor, told_apart in ((0.999, False), (1.001, True)):
        worse = residual + np.array([[0.0], [0.0], [factor * least]])
        assert [each.may_be_best for each in compare(worse)] == [True, True, not told_apart]


def test_what_a_seed_does_to_all_disturbs_nobody() -> None:
    losses = halved()
    effects = 1000 * np.random.default_rng(1).normal(size=losses.shape[1])
    assert rows(compare(losses + effects)) == pytest.approx(rows(compare(losses)), abs=1e-6)


def test_a_candidate_that_left_early_is_compared_by_the_seeds_that_it_had() -> None:
    losses = np.array([[0.0, 5.0, 5.1], [1.0, 6.1, 6.0], [0.5, NAN, NAN]])
    standings = compare(losses)
    assert standings[2].behind == pytest.approx(0.5, abs=0.1)
    once, thrice = (each.at_most - each.at_least for each in (standings[2], standings[1]))
    assert once > 1.2 * thrice


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(5)), st.permutations(range(7)))
def test_the_order_of_candidates_and_of_seeds_does_not_matter(candidates: list[int], seeds: list[int]) -> None:
    known = rows(compare(halved()))
    found = rows(compare(halved()[candidates][:, seeds]))
    assert found == pytest.approx(known[candidates], abs=1e-9)


@pytest.mark.parametrize("factor", [1e-6, 100.0, 1e12])
def test_in_other_units_all_is_the_same(factor: float) -> None:
    assert rows(compare(factor * halved())) == pytest.approx(factor * rows(compare(halved())))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.lists(st.sampled_from([NAN, INF, 0.25]), min_size=1, max_size=12))
def test_whatever_is_missing_the_bounds_are_around_what_is_seen(seed: int, holes: list[float]) -> None:
    random = np.random.default_rng(seed)
    losses = np.round(random.normal(size=(4, 3)), 1)
    losses.flat[random.permutation(12)[: len(holes)]] = holes
    for standing, own in zip(compare(losses), losses, strict=True):
        assert 0 <= standing.at_least <= standing.at_most
        assert math.isnan(standing.behind) or standing.at_least <= standing.behind <= standing.at_most + 1e-9
        assert (standing.at_least == INF) == bool(np.isinf(own).any())


def test_a_candidate_that_failed_on_any_seed_is_worse_than_all_that_did_not() -> None:
    assert may_be_best([0.1, 0.3], [0.0, INF], [0.2, 0.2]) == [True, False, True]
    assert may_be_best([0.1, 0.3], [0.0, INF], [0.2, 0.2]) == [True, False, True]
    assert may_be_best([9.0], [INF]) == [True, False]
    assert may_be_best([INF], [INF]) == [False, False]


def test_without_two_seeds_every_candidate_may_be_the_best() -> None:
    alone, (first, second) = compare(np.array([[0.1, 0.2]])), compare(np.array([[0.1], [0.4]]))
    assert alone == [Standing(behind=0.0, at_least=0.0, at_most=0.0)]
    assert first.behind == 0.0
    assert second.behind == pytest.approx(0.3)
    assert all(each.may_be_best and each.at_most == INF for each in (first, second))


def test_a_candidate_without_a_seed_in_common_may_be_the_best() -> None:
    *_, last = compare(np.array([[0.1, 0.2, NAN], [0.1, 0.3, NAN], [NAN, NAN, 0.9]]))
    assert math.isnan(last.behind)
    assert last.may_be_best and last.at_most == INF


@pytest.mark.parametrize("loss", [0.0, -1.0, 1 / 3, 1e9])
def test_candidates_that_are_equal_on_all_seeds_may_all_be_the_best(loss: float) -> None:
    assert may_be_best(*[[loss] * 3] * 4) == [True] * 4


def test_scores_without_deviation_are_told_apart_by_no_less_than_the_steps_in_which_they_come() -> None:
    losses = [-1.0, -1.0], [-0.996, -0.996], [-0.95, -0.95]
    assert may_be_best(*losses, step=0.004) == [True, True, False]
    assert may_be_best(*losses) == [True, False, False]
