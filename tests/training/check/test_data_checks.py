"""What is wrong with data that shows in their arrays."""

from typing import Any

import numpy as np

from job.data import Data, Images
from job.training.check import data_checks
from job.training.check.data_checks import check_leakage, check_numbers, difference
from job.training.check.facts import Severity

X = np.arange(40.0).reshape(20, 2)
Y = np.arange(20) % 3
ALL = {"train": 20, "validation": 20}


def data(x: Any = X, y: Any = Y, **parts: Any) -> Data:
    return Data(**{"train": (x, y), "validation": (x + 1000, y), **parts})


def test_sound_data_give_no_finding() -> None:
    assert [*check_numbers(data(), "")] == [*check_leakage(data(), ALL, "")] == []
    assert difference(data(), data()) == ""


def test_inputs_that_are_no_numbers_are_a_note_and_such_targets_an_error() -> None:
    x, y = X.copy(), Y.astype(float)
    x[3, 1], x[5] = np.nan, np.inf
    y[2] = np.nan
    one, other = check_numbers(data(x, y, validation=(X, Y)), "churn.py, line 7")
    assert (one.severity, other.severity) == (Severity.NOTE, Severity.ERROR)
    assert one.told.startswith("train: x: 1 NaN and 2 infinite, in 2 of 20 rows") and one.place == "churn.py, line 7"
    assert other.told.startswith("train: y: expected targets that are finite numbers, found 1 NaN")


def test_examples_that_two_parts_share_are_found_by_all_their_inputs() -> None:
    texts = np.array([["a", "b"], ["a", "c"], ["x", "y"]])
    train, validation = ({"n": np.arange(3), "t": each} for each in (texts, np.char.add(texts, "!")))
    test = {"n": np.array([7, 1]), "t": texts[:2]}
    (found,) = check_leakage(
        Data(train=(train, Y[:3]), validation=(validation, Y[:3]), test=(test, Y[:2])), {"train": 3, "test": 2}, ""
    )
    assert found.severity is Severity.WARNING
    assert found.told == "1 of 2 examples of test are in train too, by their inputs: row 1 is 1 of train"


def test_of_many_examples_a_sample_is_compared_and_that_is_said(monkeypatch: Any) -> None:
    monkeypatch.setattr(data_checks, "_MOST_ROWS", 5)
    (found,) = check_leakage(data(validation=(X, Y)), ALL, "")
    assert ", as far as 5 and 5 of them were looked at, by their inputs: row 0 is 0 of train" in found.told


def test_data_that_are_read_twice_are_compared_in_their_examples_and_their_order() -> None:
    images = np.arange(48, dtype=np.uint8).reshape(3, 4, 4, 1)
    pictures = [Images(each, np.zeros(3, np.int64)) for each in (images, images[::-1])]
    one, other = (Data(train=each, validation=each) for each in pictures)
    assert difference(one, other) == "the examples of train come in another order the second time"
    assert difference(data(), data(validation=(X[:4], Y[:4]))) == "validation has 20 examples, and 4 the second time"
    assert difference(data(), data(X + 0.5)) == "train has other examples the second time"
    assert difference(data(), data(y=Y[::-1])) == "the targets are others the second time"
