"""Intervals, against SciPy, and what an accuracy counts."""

from dataclasses import replace

import pytest
from scipy.stats import binomtest

from job.core.fingerprint import ArrayDescription, DataDescription
from job.core.tested import TestResult
from job.report.evaluation import by_class, counts_examples, interval


@pytest.mark.parametrize(("right", "images"), [(0, 10), (10, 10), (5, 10), (9_895, 10_000), (1, 1)])
def test_the_interval_is_that_of_wilson(right: int, images: int) -> None:
    found = interval(right / images, images)
    known = binomtest(right, images).proportion_ci(method="wilson")
    assert (found["low"], found["high"]) == pytest.approx((known.low, known.high), abs=1e-12)
    assert found["low"] <= found["share"] <= found["high"]


def test_a_class_without_test_images_has_no_accuracy() -> None:
    classes = by_class([[8, 2, 0], [0, 0, 0], [1, 0, 4]], ["a", "b", "c"])
    assert [(each["name"], each["accuracy"]["share"]) for each in classes] == [("a", 0.8), ("c", 0.8)]


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
