"""Arrays as a problem returns them: what is taken, what is refused, and with which words."""

from typing import Any

import numpy as np
import pytest

from job.data import Data, Images
from job.data.checks import checked_data
from job.data.description import describe
from job.data.digest import digest_of
from job.errors import SettingsError

X, Y = np.zeros((4, 3)), np.array([0, 1, 0, 1])
PAIR = (X, Y)


def refusal(**parts: Any) -> str:
    with pytest.raises(SettingsError) as caught:
        checked_data(Data(**{"train": PAIR, "validation": PAIR, **parts}))
    return str(caught.value)


def test_arrays_come_to_the_model_as_they_are_whatever_they_hold() -> None:
    texts = np.array(["a", "bc", "d", "é"], object)
    train = ({"age": X, "text": texts, "seen": [Y == 1, Y]}, (Y, np.eye(2)[Y]))
    found = checked_data(Data(train=train, validation=train, test=train))
    assert found.train[0]["age"] is X and found.train[0]["text"] is texts
    assert found.class_names == ()
    described = describe(found)
    assert [(each.name, each.shape, each.dtype) for each in described.inputs] == [
        ("x['age']", (3,), "float64"),
        ("x['seen'][0]", (), "bool"),
        ("x['seen'][1]", (), "int64"),
        ("x['text']", (), "text"),
    ]
    assert [(each.name, each.shape) for each in described.targets] == [("y[0]", ()), ("y[1]", (2,))]
    assert (described.train, described.validation, described.test, described.image_shape) == (4, 4, 4, ())


def test_without_a_test_set_there_are_no_examples_in_it() -> None:
    assert describe(checked_data(Data(train=PAIR, validation=PAIR))).test == 0


def test_what_makes_an_array_of_itself_is_one() -> None:
    class Series:
        def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
            return Y

    found = checked_data(Data(train=(X, Series()), validation=PAIR))
    np.testing.assert_array_equal(found.train[1], Y)


def test_weights_of_one_array_count_for_each_target() -> None:
    train = (X, {"a": Y, "b": Y}, [1, 2, 3, 4.5])
    weighted = (*train[:2], np.array(train[2]))
    found = checked_data(Data(train=weighted, validation=weighted))
    assert {name: each.tolist() for name, each in found.train[2].items()} == {"a": train[2], "b": train[2]}
    assert found.train[2]["a"].dtype == np.float32


@pytest.mark.parametrize("name", ["train", "validation", "test"])
@pytest.mark.parametrize(
    ("part", "said"),
    [
        ([X, Y], "or a function of the epoch, found 'list'"),
        ((X,), ": expected Images, a tuple (x, y) or (x, y, sample_weight) of arrays"),
        (
            ({"age": [1, 2]}, Y),
            ": x['age'][0]: expected a NumPy array, or a dictionary, list or tuple of them",
        ),
        ((X, None), ": y: expected a NumPy array, or a dictionary, list or tuple of them, found None"),
        ((X, np.float64(3)), ": y: expected an array with one row an example, found the number 3.0"),
        (({}, Y), ": x: expected one or more arrays, found none"),
        ((X, Y[:3]), ": expected as many examples in all arrays, found 4 in x, 3 in y"),
        (({"a": X, "b": X[:2]}, Y), "found 4 in x['a'], 2 in x['b'], 4 in y"),
        ((X[:0], Y[:0]), ": expected one or more examples, found none"),
        (
            (np.array(["a", None, "b", "c"], object), Y),
            ": x: expected an array of objects to hold texts alone",
        ),
        ((X.astype("datetime64[s]"), Y), ": x: expected numbers, booleans or texts, found datetime64[s]"),
        ((X, Y, Y - 1), ": sample_weight: expected finite numbers of 0 or more"),
        ((X, Y, np.full(4, np.nan)), ": sample_weight: expected finite numbers of 0 or more"),
        ((X, (Y, Y), (Y,)), ": sample_weight: expected one array, or as many as y and named alike"),
    ],
    ids=range(14),
)
def test_what_is_no_array_of_examples_is_refused_with_its_place(name: str, part: Any, said: str) -> None:
    told = refusal(**{name: part})
    assert told.startswith(name) and said in told


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (({"a": X}, Y), "test: expected x, as in train, found x['a']"),
        (
            (X.astype(np.int64), Y),
            "x: expected float64 in 2 dimensions, as in train, found int64 in 2 dimensions",
        ),
        ((X, np.eye(2)[Y]), "test: y: expected int64 in one dimension, as in train, found float64 in 2 dimensions"),
        (Images(np.zeros((1, 4, 4, 1), np.uint8), Y[:1]), "test: expected Images, a tuple"),
    ],
    ids=range(4),
)
def test_all_parts_are_made_like_the_training_set(part: Any, said: str) -> None:
    assert said in refusal(test=part)


def test_images_are_not_mixed_with_arrays() -> None:
    images = Images(np.zeros((4, 4, 4, 1), np.uint8), Y)
    assert "validation: expected Images, as train, found 'tuple'" in refusal(train=images)


def test_a_digest_covers_values_types_names_and_weights_but_not_how_texts_are_held() -> None:
    texts = np.array(["a", "bc", "d", "e"])
    others: list[Any] = [
        (X, Y),
        (X.astype(np.float32), Y),
        ({"a": X}, Y),
        ({"b": X}, Y),
        (X + 1, Y),
        (X, Y, Y),
        (texts, Y),
        (np.array(["ab", "c", "d", "e"]), Y),
    ]
    digests = [digest_of(Data(train=each, validation=each)) for each in others]
    assert len({*digests, digest_of(Data(train=PAIR, validation=PAIR, test=PAIR))}) == len(others) + 1
    same = (texts.astype(object), Y)
    assert digest_of(Data(train=same, validation=same)) == digests[6]


def test_images_keep_the_digest_that_states_of_earlier_releases_hold() -> None:
    part = Images(np.arange(32, dtype=np.uint8).reshape(2, 4, 4, 1), np.array([0, 1]))
    data = Data(train=part, validation=part, test=part, class_names=("a", "b"))
    assert digest_of(data) == "dc65c00b7b815190b60ae83f81c383cccd097e600f72ab9b5786f5be4e35806e"
