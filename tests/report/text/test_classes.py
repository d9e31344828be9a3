"""The classes of a test in terminals of any width."""

import pytest

from job.plain_text import render_plain
from job.report.evaluation import by_class
from job.report.text.classes import ClassTables

NAMES = ("Pullover with a hood", "Trousers, long", "Ankle boot, brown", "Sandal, leather", "Coat", "T-shirt/top")
DIGITS = tuple("0123456789")
NO_MATRIX = "Not shown, for want of room: what is taken for what."


def drawn(names: tuple[str, ...], *, width: int, right: int = 100) -> str:
    """Return what is told of classes of so many images, of each of which one is taken for the next class."""
    places = range(len(names))
    confusion = [[right * (row == column) + (row + 1 == column) for column in places] for row in places]
    return render_plain(ClassTables(by_class(confusion, names), confusion, names), width=width)


def matrix_of(text: str) -> list[list[str]]:
    """Return the rows of the matrix, each without its label."""
    return [line.split()[-len(NAMES) :] for line in text.rsplit("─\n", maxsplit=1)[-1].splitlines()]


@pytest.mark.parametrize("width", range(24, 130, 6))
def test_in_any_width_the_matrix_is_whole_or_said_to_be_missing(width: int) -> None:
    text = drawn(NAMES, width=width, right=1_000)

    assert max(map(len, text.splitlines())) <= width
    if NO_MATRIX not in " ".join(text.split()):
        expected = [["1000" if row == column else "·" for column in range(6)] for row in range(6)]
        for row in range(5):
            expected[row][row + 1] = "1"
        assert matrix_of(text) == expected


def test_a_narrow_matrix_has_shorter_names_and_the_accuracies_have_all_of_them() -> None:
    text = drawn(NAMES, width=72)
    accuracies, matrix = text.split("\n\n")

    assert "Pullover with a hood" in accuracies
    assert "Pullover with a hood" not in matrix and "Pull" in matrix
    assert [row.count("100") for row in matrix_of(text)] == [1] * 6


def test_names_that_would_be_alike_become_numbers_that_the_accuracies_explain() -> None:
    accuracies, matrix = drawn(tuple(f"a class that is called {n}" for n in "abcdefgh"), width=80).split("\n\n")

    assert "7 a class that is called h" in accuracies
    assert matrix.splitlines()[0].split() == ["taken", "for", *"01234567"]


@pytest.mark.parametrize("width", [40, 60, 80])
def test_digits_are_not_numbered(width: int) -> None:
    lines = [line.split() for line in drawn(DIGITS, width=width).splitlines()]

    assert ["3", "101", "99.01"] in [line[:3] for line in lines]


def test_without_room_the_intervals_go_before_an_accuracy_is_cut() -> None:
    assert "93.02 to 99.82 %" not in (wide := drawn(DIGITS, width=60)) and "94.60 to 99.83 %" in wide
    narrow = drawn(DIGITS, width=50)
    assert "to 99.83 %" not in narrow and "99.01 %" in narrow
    assert "Not shown, for want of room: 95 % interval." in narrow


def test_many_classes_have_a_row_each_and_no_matrix() -> None:
    text = drawn(tuple(f"class {number}" for number in range(60)), width=100)

    assert "class 59" in text
    assert "taken for" not in text.replace("mistaken for", "")


def test_a_class_of_many_images_widens_its_column() -> None:
    assert drawn(("a", "b"), width=40, right=123_456).count(" 123456") == 2
