"""Data as a problem returns them: what is refused, and with which words."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from job.data import Data, Images
from job.data.checks import checked_data
from job.data.digest import digest_of
from job.errors import SettingsError

IMAGES = np.zeros((3, 4, 5, 1), np.uint8)
LABELS = np.array([0, 1, 2])
SPLIT = Images(IMAGES, LABELS)
DATA = Data(train=SPLIT, validation=SPLIT, test=SPLIT, class_names=("a", "b", "c"))


def refusal(data: object) -> str:
    with pytest.raises(SettingsError) as caught:
        checked_data(data)
    return f"{caught.value}\n{caught.value.hint}"


def test_data_in_order_are_the_same_data() -> None:
    found = checked_data(DATA)
    assert digest_of(found) == digest_of(DATA) and found.class_names == DATA.class_names
    assert found.train.images is IMAGES and found.train.labels is LABELS


def test_names_in_a_list_and_labels_of_another_type_are_converted() -> None:
    names: Any = [np.str_("a"), "b", "c"]
    labels: Any = LABELS.astype(np.uint8)
    found = checked_data(replace(DATA, class_names=names, test=Images(IMAGES, labels)))
    assert found.class_names == ("a", "b", "c") and type(found.class_names[0]) is str
    assert found.test.labels.dtype == np.int64
    assert digest_of(found) == digest_of(DATA)


@pytest.mark.parametrize("name", ["train", "validation", "test"])
@pytest.mark.parametrize(
    ("images", "labels", "said"),
    [
        (IMAGES / 1.0, LABELS, "images: expected brightness from 0 to 255 as uint8, found float64 from 0 to 0"),
        (np.full(IMAGES.shape, 16.0), LABELS, "found float64 from 16 to 16"),
        (IMAGES.astype(np.int64), LABELS, "images: expected brightness from 0 to 255 as uint8, found int64"),
        (
            IMAGES[..., 0],
            LABELS,
            "images: expected one or more images in an array of shape (n_images, height, width, 1 or 3)",
        ),
        (IMAGES[:0], LABELS[:0], "found shape (0, 4, 5, 1)"),
        (IMAGES.repeat(2, axis=3), LABELS, "found shape (3, 4, 5, 2)"),
        (IMAGES.tolist(), LABELS, "images: expected a NumPy array, found 'list'"),
        (IMAGES, LABELS[:2], ": expected as many labels as images, found 3 images and 2 labels"),
        (IMAGES, LABELS / 1.0, "labels: expected whole numbers in an array of shape (n_images,), found float64"),
        (IMAGES, LABELS == 1, "labels: expected whole numbers"),
        (IMAGES, np.eye(3, dtype=int), "found int64 in shape (3, 3)"),
        (IMAGES, LABELS + 1, "labels: expected labels from 0 to 2, since there are 3 class names, found 3 at index 2"),
        (IMAGES, LABELS - 1, "found -1 at index 0"),
        (IMAGES, [0, 1, 2], "labels: expected a NumPy array, found 'list'"),
    ],
)
def test_arrays_of_something_else_are_refused_with_their_place(name: str, images: Any, labels: Any, said: str) -> None:
    wrong: Any = {name: Images(images, labels)}
    told = refusal(replace(DATA, **wrong))
    assert told.startswith(name) and said in told


def test_floats_are_refused_with_how_they_become_bytes() -> None:
    assert "astype(numpy.uint8)" in refusal(replace(DATA, train=Images(IMAGES / 16, LABELS)))  # type: ignore[arg-type]


def test_all_splits_have_images_of_one_shape() -> None:
    turned = Images(IMAGES.transpose(0, 2, 1, 3), LABELS)
    said = "test.images: expected images of shape (4, 5, 1), as in train, found (5, 4, 1)"
    assert said in refusal(replace(DATA, test=turned))


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ("abc", "class_names: expected a list of names, found 'abc'"),
        (("a", "b", "a"), "class_names: expected one or more distinct names, found ['a', 'b', 'a']"),
        (("a", "b", 3), "class_names: expected as name of a class a text"),
        (("a", "", "c"), "found ''"),
        (("a", "b\n", "c"), "found 'b\\n'"),
        (("a", "\udcff", "c"), "found '\\udcff'"),
    ],
    ids=range(6),
)
def test_class_names_are_distinct_texts(names: Any, said: str) -> None:
    assert said in refusal(replace(DATA, class_names=names))


@pytest.mark.parametrize("given", [None, (SPLIT, SPLIT, SPLIT), replace(DATA, train=(IMAGES,))])
def test_tuples_are_no_data(given: object) -> None:
    assert "expected Data" in refusal(given) or "train: expected Images, a tuple (x, y)" in refusal(given)
