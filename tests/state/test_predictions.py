import numpy as np
from numpy.typing import NDArray

from job.state.predictions import (
    NumberPredictions,
    Predictions,
    dump,
    load,
    number_predictions_of,
    predictions_of,
    top_two,
)

NAMES = ("cat", "dog", "ähre")


def made_up(probabilities: NDArray[np.float32], labels: list[int], *, pictures: bool = True) -> Predictions:
    images = np.arange(len(labels) * 4, dtype=np.uint8).reshape(-1, 2, 2, 1)
    kept = images if pictures else None
    return predictions_of(7, NAMES, images=kept, labels=np.array(labels), probabilities=probabilities)


def rows(*values: tuple[float, float, float]) -> NDArray[np.float32]:
    return np.array(values, np.float32)


def test_the_two_most_probable_classes_come_in_order_and_equal_ones_by_number() -> None:
    classes, probabilities = top_two(rows((0.2, 0.3, 0.5), (0.4, 0.2, 0.4)))
    assert classes.tolist() == [[2, 1], [0, 2]]
    np.testing.assert_array_equal(probabilities, rows((0.5, 0.3, 0), (0.4, 0.4, 0))[:, :2])


def test_the_mistakes_that_the_model_was_surest_of_come_first() -> None:
    found = made_up(rows((0.6, 0.4, 0), (0.1, 0.9, 0), (0, 0.8, 0.2), (1, 0, 0)), [1, 0, 1, 1])
    assert found.wrong_indices.tolist() == [3, 1, 0]
    np.testing.assert_array_equal(found.wrong_images[0], [[[12], [13]], [[14], [15]]])


def test_no_more_than_nine_images_of_a_kind_are_kept() -> None:
    found = made_up(np.tile(rows((0.6, 0.4, 0)), (20, 1)), [1] * 20)
    assert (len(found.first_images), len(found.wrong_images), len(found.labels)) == (9, 9, 20)
    assert found.wrong_indices.tolist() == list(range(9))


def test_the_confusion_counts_each_image_once() -> None:
    found = made_up(rows((0.6, 0.4, 0), (0.1, 0.9, 0), (0, 0.8, 0.2), (1, 0, 0)), [1, 0, 1, 1])
    assert found.confusion.tolist() == [[0, 1, 0], [2, 1, 0], [0, 0, 0]]


def test_what_is_dumped_is_loaded_to_the_last_bit_and_the_same_bytes_come_again() -> None:
    written = made_up(rows((0.6, 0.4, 0), (0.1, 0.9, 0)), [1, 1])
    found = load(dump(written))
    assert isinstance(found, Predictions)
    assert (found.number, found.class_names) == (7, NAMES)
    for name, value in vars(written).items():
        if isinstance(value, np.ndarray):
            np.testing.assert_array_equal(getattr(found, name), value)
            assert getattr(found, name).dtype == value.dtype
    assert dump(found) == dump(written)


def test_examples_that_are_no_pictures_leave_none() -> None:
    found = load(dump(made_up(rows((0.6, 0.4, 0), (0.1, 0.9, 0)), [1, 1], pictures=False)))
    assert isinstance(found, Predictions)
    assert (len(found.first_images), len(found.wrong_images)) == (0, 0)
    assert found.wrong_indices.tolist() == [0]


def test_of_numbers_a_thousand_are_kept_evenly_chosen() -> None:
    true = np.arange(1_500, dtype=np.float64)[:, np.newaxis]
    found = load(dump(number_predictions_of(7, ("1",), true=true, predicted=true.astype(np.float32) + 1)))
    assert isinstance(found, NumberPredictions)
    assert (found.number, found.names, found.examples, found.true.shape) == (7, ("1",), 1_500, (1_000, 1))
    assert found.true[:4, 0].tolist() == [0, 2, 3, 5] and found.true[-1, 0] == 1_499
    np.testing.assert_array_equal(found.predicted, found.true + 1)
    assert dump(found) == dump(load(dump(found)))


def test_a_model_without_mistakes_leaves_an_empty_list_of_them() -> None:
    found = load(dump(made_up(rows((0.6, 0.4, 0), (0.1, 0.9, 0)), [0, 1])))
    assert isinstance(found, Predictions)
    assert found.wrong_images.shape == (0, 2, 2, 1)
