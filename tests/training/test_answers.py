"""What a model answers, told by its outputs, the true values and the loss."""

import numpy as np
import pytest
from numpy.typing import NDArray

from job.training.answers import Answers, Classes, Labels, Loss, Numbers, Untold, answers_of

PROBABILITIES = np.array([[0.2, 0.8], [0.7, 0.3], [0.1, 0.9]], np.float32)
THREE = np.array([[0.2, 0.5, 0.3], [0.7, 0.2, 0.1], [0.1, 0.1, 0.8]], np.float32)
LOGITS = np.array([[-1.0], [0.5], [3.0]], np.float32)


def column(*values: float) -> NDArray[np.float32]:
    return np.array(values, np.float32)[:, np.newaxis]


@pytest.mark.parametrize("true", [np.array([1, 0, 1]), np.array([[1], [0], [1]]), np.array([1.0, 0.0, 1.0])])
def test_whole_numbers_beside_probabilities_are_classes(true: NDArray[np.generic]) -> None:
    found = answers_of(PROBABILITIES, true, class_names=("no", "yes"))
    assert isinstance(found, Classes)
    assert (found.names, found.true.tolist(), str(found.true.dtype)) == (("no", "yes"), [1, 0, 1], "int64")
    np.testing.assert_array_equal(found.probabilities, PROBABILITIES)


def test_one_hot_rows_beside_probabilities_are_classes_too_and_have_numbers_where_they_have_no_names() -> None:
    found = answers_of(THREE, np.eye(3)[[1, 0, 2]], Loss("categorical_crossentropy"))
    assert isinstance(found, Classes)
    assert (found.names, found.true.tolist()) == (("0", "1", "2"), [1, 0, 2])


@pytest.mark.parametrize("true", [np.array([0, 1, 1]), np.array([[False], [True], [True]])])
def test_one_probability_of_0_and_1_are_two_classes(true: NDArray[np.generic]) -> None:
    found = answers_of(column(0.25, 0.5, 0.75), true, Loss("binary_crossentropy"), ("stays", "leaves"))
    assert isinstance(found, Classes)
    assert found.names == ("stays", "leaves")
    assert found.probabilities.tolist() == [[0.75, 0.25], [0.5, 0.5], [0.25, 0.75]]


@pytest.mark.parametrize(
    ("output", "true", "loss", "expected"),
    [
        (LOGITS, np.array([0, 1, 1]), "binary_crossentropy", 1 / (1 + np.exp(-LOGITS))),
        (np.log(THREE) + 7, np.array([0, 1, 2]), "sparse_categorical_crossentropy", THREE),
        (np.log(THREE) - 7, np.eye(3), "categorical_crossentropy", THREE),
    ],
)
def test_logits_become_the_probabilities_that_the_loss_makes_of_them(
    output: NDArray[np.float32], true: NDArray[np.generic], loss: str, expected: NDArray[np.float32]
) -> None:
    found = answers_of(output, true, Loss(loss, from_logits=True))
    assert isinstance(found, Classes)
    np.testing.assert_allclose(found.probabilities[:, -1], expected[:, -1], rtol=1e-5)
    assert answers_of(output, true, Loss(loss)) == Untold("the model gives no class probabilities", are_classes=True)


def test_several_ones_in_a_row_are_labels() -> None:
    true = np.array([[1, 1, 0], [0, 0, 0], [1, 0, 0]])
    found = answers_of(THREE, true, Loss("binary_crossentropy"))
    assert isinstance(found, Labels)
    assert found.true.tolist() == true.astype(bool).tolist()
    logits = answers_of(np.full((3, 3), 2.0), true, Loss("binary_crossentropy", from_logits=True))
    assert isinstance(logits, Labels) and logits.probabilities[0, 0] == pytest.approx(0.880797)


def test_other_numbers_are_numbers_one_or_several_for_each_example() -> None:
    found = answers_of(column(1, 2, 3), np.array([1.5, 2.0, 2.5]), Loss("mean_squared_error"))
    assert isinstance(found, Numbers)
    assert (found.names, found.predicted.shape, found.true.shape) == (("1",), (3, 1), (3, 1))
    several = answers_of(THREE, THREE + 1)
    assert isinstance(several, Numbers) and several.names == ("1", "2", "3")
    counts = answers_of(column(1.2, 7.9, 3.1), np.array([1, 8, 3]), Loss("poisson"))
    assert isinstance(counts, Numbers)


def test_the_loss_and_the_names_of_classes_tell_a_probability_from_a_number() -> None:
    output, true = column(0.2, 0.6, 0.7), np.array([0.0, 1.0, 1.0])
    assert isinstance(answers_of(output, true, Loss("mean_squared_error")), Numbers)
    assert isinstance(answers_of(output, true, Loss("mean_squared_error"), ("a", "b")), Classes)
    assert isinstance(answers_of(output, true), Classes)
    assert isinstance(answers_of(output - 1, true), Numbers)


UNTOLD: dict[str, Answers] = {
    "an array of shape (4, 5)": answers_of(np.zeros((3, 4, 5)), np.zeros((3, 4), int)),
    "some of the model's answers are not finite": answers_of(column(1, np.nan), np.array([1.0, 2.0])),
    "some of the true answers are not finite": answers_of(column(1, 2), np.array([1.0, np.nan])),
    "gives (2,) for each example, and the data (3,)": answers_of(PROBABILITIES, THREE),
    "tells 2 classes apart, and the data have 3": answers_of(PROBABILITIES, np.array([0, 1, 0]), Loss(), tuple("abc")),
    "tells 2 classes apart, and the data have others": answers_of(PROBABILITIES, np.array([0, 1, 2])),
    "the true answers are shares of classes": answers_of(THREE, THREE, Loss("kl_divergence")),
    "gives 30 numbers": answers_of(np.ones((3, 30)), np.full((3, 30), 0.5)),
    "gives 101 labels": answers_of(np.zeros((3, 101)), np.zeros((3, 101)), Loss("binary_crossentropy")),
    "no class probabilities": answers_of(THREE * 2, np.array([[1, 1, 0]] * 3), Loss("categorical_crossentropy")),
    "are no numbers": answers_of(np.array([["a"]]), np.array([["b"]])),
}


@pytest.mark.parametrize("reason", UNTOLD)
def test_anything_else_is_not_told_and_that_has_a_reason(reason: str) -> None:
    found = UNTOLD[reason]
    assert isinstance(found, Untold)
    assert reason in found.reason
