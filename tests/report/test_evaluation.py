"""Intervals and what it does to be the best of many, against SciPy and against a simulation."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binomtest

from job.core.fingerprint import ArrayDescription, DataDescription
from job.core.tested import TestResult
from job.report.evaluation import by_class, counts_examples, interval, selection


@pytest.mark.parametrize(("right", "images"), [(0, 10), (10, 10), (5, 10), (9_895, 10_000), (1, 1)])
def test_the_interval_is_that_of_wilson(right: int, images: int) -> None:
    found = interval(right / images, images)
    known = binomtest(right, images).proportion_ci(method="wilson")
    assert (found["low"], found["high"]) == pytest.approx((known.low, known.high), abs=1e-12)
    assert found["low"] <= found["share"] <= found["high"]


def test_a_class_without_test_images_has_no_accuracy() -> None:
    classes = by_class([[8, 2, 0], [0, 0, 0], [1, 0, 4]], ["a", "b", "c"])
    assert [(each["name"], each["accuracy"]["share"]) for each in classes] == [("a", 0.8), ("c", 0.8)]


def test_a_best_trial_without_rivals_owes_nothing_to_chance() -> None:
    assert selection([0.5, 0.99, 0.9], tested=0.98, examples=5_000) == {
        "gap": pytest.approx(0.01),
        "rivals": 1,
        "optimism": 0.0,
    }


@pytest.mark.parametrize("trials", [2, 10, 40])
def test_the_best_of_equals_looks_better_by_what_a_simulation_gives(trials: int) -> None:
    share, images = 0.98, 5_000
    drawn = np.random.default_rng(0).binomial(images, share, (20_000, trials)) / images
    simulated = drawn.max(axis=1).mean() - share
    told = selection([share] * trials, tested=share, examples=images)
    assert told["rivals"] == trials
    assert told["optimism"] == pytest.approx(simulated, rel=0.08)


def described(*shapes: tuple[int, ...], names: tuple[str, ...] = ()) -> DataDescription:
    targets = tuple(ArrayDescription(name="y", shape=shape, dtype="float32") for shape in shapes)
    return DataDescription(train=9, validation=9, test=9, image_shape=(), class_names=names, targets=targets)


def test_an_accuracy_counts_examples_where_each_has_one_true_value_or_the_test_says_so() -> None:
    test = TestResult(number=1, metrics={})
    assert all(counts_examples(None, data) for data in (None, described(), described(()), described((1,))))
    assert not any(counts_examples(None, data) for data in (described((3,)), described((4, 1)), described((), ())))
    assert counts_examples(None, described((3,), names=("a", "b", "c")))
    assert counts_examples(test, described((3,)))
    assert not counts_examples(replace(test, uncounted=True), described(()))
