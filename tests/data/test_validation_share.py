"""A share of the training examples that is set apart to validate on."""

from typing import Any

import numpy as np
import pytest

from job.data import Data, Images
from job.data.checks import checked_data
from job.data.validation_share import split_off_validation
from job.errors import SettingsError

N = 40
X = np.arange(N)
CLASSES = np.repeat([0, 1, 2], [20, 16, 4])


def split(y: Any, share: float = 0.25, *, seed: int = 3) -> Data:
    return split_off_validation(checked_data(Data(train=({"place": X}, y), validation=share)), seed=seed)


def places(part: Any) -> list[int]:
    found: list[int] = part[0]["place"].tolist()
    return found


def test_each_example_is_in_one_part_in_the_order_it_was_in() -> None:
    data = split(X / 7.0)
    train, validation = places(data.train), places(data.validation)
    assert sorted(train + validation) == X.tolist() and len(validation) == 10
    assert (train, validation) == (sorted(train), sorted(validation))
    np.testing.assert_array_equal(data.validation[1], np.array(validation) / 7.0)


def test_the_seed_alone_says_which() -> None:
    assert places(split(CLASSES).validation) == places(split(CLASSES).validation)
    assert places(split(CLASSES).validation) != places(split(CLASSES, seed=4).validation)


@pytest.mark.parametrize(
    "y",
    [
        CLASSES,
        CLASSES[:, None],
        np.eye(3)[CLASSES],
        np.array(["a", "b", "c"])[CLASSES],
        np.array(["a", "b", "c"], object)[CLASSES],
    ],
    ids=range(5),
)
def test_classes_are_as_common_in_both_parts(y: np.ndarray[Any, Any]) -> None:
    assert np.bincount(CLASSES[places(split(y).validation)]).tolist() == [5, 4, 1]


@pytest.mark.parametrize(
    "y",
    [(CLASSES, CLASSES), np.eye(3)[CLASSES] / 2, X, np.repeat([0, 1], [39, 1])],
    ids=["two", "shares", "ids", "rare"],
)
def test_where_there_are_no_classes_or_too_rare_ones_all_examples_are_alike(y: Any) -> None:
    assert len(places(split(y).validation)) == 10


def test_images_are_split_by_their_classes() -> None:
    images = Images(np.zeros((N, 4, 4, 1), np.uint8), CLASSES, are_cut=True)
    data = split_off_validation(checked_data(Data(train=images, validation=0.25)), seed=3)
    assert isinstance(data.validation, Images) and data.validation.are_cut
    assert (np.bincount(data.validation.labels).tolist(), len(data.train)) == ([5, 4, 1], 30)
    assert data.class_names == ("0", "1", "2")


def test_weights_go_with_their_examples() -> None:
    data = split_off_validation(checked_data(Data(train=(X, X, X), validation=np.float32(0.25))), seed=3)
    assert data.validation[2].tolist() == data.validation[0].tolist()


@pytest.mark.parametrize("share", [0, 1, 1.5, -0.1])
def test_what_is_no_share_is_refused(share: float) -> None:
    with pytest.raises(SettingsError, match=r"validation: expected a share between 0 and 1, such as 0\.1, or examples"):
        split(CLASSES, share)


def test_a_share_that_leaves_nothing_to_train_on_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"a share that leaves examples to train on, found 0\.99"):
        split(CLASSES, 0.99)
