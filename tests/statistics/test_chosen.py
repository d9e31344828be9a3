"""The best of many trials on the same examples: who is as good, and what being chosen has added to its score."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binomtest, norm

from job.core.trial import Hits
from job.statistics.chosen import as_good_within_chance, corrected, unpacked
from job.statistics.examples import wilson_interval


def missing(n: int, *wrong: Any) -> NDArray[np.bool_]:
    """Return the hits of trials that get these of n examples wrong."""
    right = np.ones((len(wrong), n), bool)
    for row, indices in zip(right, wrong, strict=True):
        row[indices] = False
    return right


def drawn(n: int, accuracies: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.bool_]:
    """Return hits of models with these accuracies, which mostly get the same examples wrong."""
    shared, own = random.normal(size=n), random.normal(size=(len(accuracies), n))
    return np.asarray(np.sqrt(0.7) * shared + np.sqrt(0.3) * own < norm.ppf(accuracies)[:, np.newaxis])


def test_hits_come_out_of_their_bits_in_their_order() -> None:
    right = missing(11, [0], [1, 10])
    assert (unpacked([Hits(examples=11, packed=np.packbits(row).tobytes()) for row in right]) == right).all()


def test_a_trial_that_gets_all_right_has_those_as_rivals_that_miss_few() -> None:
    right = missing(250, [], [7], [8], [7, 9], [3, 8], range(40))
    assert as_good_within_chance(right, 0).tolist() == [True] * 5 + [False]


def test_the_same_scores_are_told_apart_where_both_get_the_same_examples_wrong_and_not_else() -> None:
    many, nested, other = range(60), range(68), range(100, 168)
    assert as_good_within_chance(missing(5_000, many, nested), 0).tolist() == [True, False]
    assert as_good_within_chance(missing(5_000, many, other), 0).tolist() == [True, True]


def test_the_test_is_exact_and_counts_the_comparisons() -> None:
    right = drawn(400, np.linspace(0.95, 0.8, 12), np.random.default_rng(3))
    best = int(right.sum(axis=1).argmax())
    found, n_left, expected = as_good_within_chance(right, best), 11, {best}
    chances = {
        k: binomtest(int((right[best] & ~row).sum()), max(int((right[best] ^ row).sum()), 1), alternative="greater")
        for k, row in enumerate(right)
        if k != best
    }
    for k in sorted(chances, key=lambda k: chances[k].pvalue):  # Holm's
        if chances[k].pvalue > 0.05 / n_left:
            expected |= {k, *(other for other in chances if chances[other].pvalue >= chances[k].pvalue)}
            break
        n_left -= 1
    assert {*np.flatnonzero(found).tolist()} == expected and 1 < len(expected) < 12


def test_what_being_chosen_adds_is_taken_off_on_average() -> None:
    random, left = np.random.default_rng(0), []
    for _ in range(60):
        accuracies = np.full(20, 0.95)
        right = drawn(300, accuracies, random)
        best = int(right.sum(axis=1).argmax())
        found = corrected(right, best)
        assert found is not None and found[1][0] <= found[0] <= found[1][1]
        left.append((right[best].mean() - 0.95, found[0] - 0.95))
    added, remaining = np.mean(left, axis=0)
    assert added > 0.01
    assert abs(remaining) < 0.004


def test_a_trial_that_is_far_better_keeps_its_score() -> None:
    right = missing(1_000, range(50, 300), range(10), range(20, 400))
    found = corrected(right, 1)
    assert found is not None and found[0] == 0.99


def test_where_all_is_right_the_interval_is_wilsons() -> None:
    assert corrected(missing(250, [], []), 0) == (1.0, wilson_interval(1.0, 250))


@pytest.mark.parametrize("right", [missing(250, [3]), missing(1, [], [0])])
def test_of_one_trial_and_of_one_example_nothing_is_known(right: NDArray[np.bool_]) -> None:
    assert corrected(right, 0) is None


def test_of_many_examples_it_is_chosen_less_often_and_some_at_a_time() -> None:
    right = missing(50_000, range(500), range(200, 705))
    found = corrected(right, 0)
    assert found is not None and found[0] == pytest.approx(0.99, abs=0.0005)
    assert found == corrected(right, 0)
