"""Intervals of shares of several models on the same examples."""

import numpy as np
import pytest
from numpy.typing import NDArray

from job.statistics.examples import hits_interval, paired_chance, wilson_interval

EXAMPLES = 250


def hits(*rights: int, shift: int = 0) -> NDArray[np.bool_]:
    """Return models that are right on so many examples each, every one from `shift` examples further on."""
    return np.array([np.roll(np.arange(EXAMPLES) < right, shift * row) for row, right in enumerate(rights)])


def width(interval: tuple[float, float]) -> float:
    return interval[1] - interval[0]


def test_the_interval_of_one_model_is_that_of_wilson() -> None:
    assert hits_interval(hits(243)) == pytest.approx(wilson_interval(243 / EXAMPLES, EXAMPLES))


def test_models_that_answer_alike_say_no_more_than_one() -> None:
    assert hits_interval(hits(243, 243, 243)) == pytest.approx(wilson_interval(243 / EXAMPLES, EXAMPLES))


def test_models_that_are_wrong_on_other_examples_say_more_than_one_and_less_than_as_many_examples() -> None:
    several = hits_interval(hits(230, 230, 230, shift=50))
    share = 230 / EXAMPLES
    assert several[0] < share < several[1]
    assert width(wilson_interval(share, 3 * EXAMPLES)) <= width(several) < 0.7 * width(wilson_interval(share, EXAMPLES))


@pytest.mark.parametrize("right", [0, EXAMPLES])
def test_models_that_are_never_or_always_right_have_the_interval_of_one(right: int) -> None:
    assert hits_interval(hits(right, right)) == wilson_interval(right / EXAMPLES, EXAMPLES)


def test_models_that_are_together_right_on_every_example_alike_count_no_more_than_their_answers() -> None:
    known = hits(EXAMPLES // 2, EXAMPLES // 2, shift=EXAMPLES // 2)
    assert hits_interval(known) == pytest.approx(wilson_interval(0.5, 2 * EXAMPLES))


def test_the_order_of_models_and_of_examples_does_not_matter() -> None:
    random = np.random.default_rng(0)
    known = random.random((3, EXAMPLES)) < 0.9
    shuffled = random.permutation(random.permutation(known, axis=0), axis=1)
    assert hits_interval(shuffled) == pytest.approx(hits_interval(known))


@pytest.mark.parametrize(
    ("gained", "lost", "chance"), [(0, 0, 1.0), (3, 3, 1.0), (5, 0, 2 / 2**5), (0, 6, 2 / 2**6), (1, 9, 22 / 2**10)]
)
def test_two_models_are_told_apart_by_the_examples_that_one_of_them_alone_gets_right(
    gained: int, lost: int, chance: float
) -> None:
    assert paired_chance(gained, lost) == pytest.approx(chance)
