"""Examples in files, for models that see no pictures."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from job.data.arrays import Nested
from job.data.examples import read_examples
from job.data.inputs import ExamplesError, missing_in

VECTOR = np.zeros((2, 3), np.float32)  # a batch of two examples
SEQUENCE = np.zeros((2, 4, 1), np.float32)
SCALAR = np.zeros(2, np.float32)
TOKENS = np.zeros((2, 3), np.int64)
TEXT = np.array([b"a", b"b"], object)  # as TensorFlow gives texts
COLUMNS = {"age": np.zeros((2, 1), np.float32), "town": TEXT, "rooms": np.zeros(2, np.int32)}
PAIR = (VECTOR, SEQUENCE)


def saved(path: Path, content: Any) -> Path:
    """Write a file: text as it is, one array as .npy, several as .npz."""
    if isinstance(content, str):
        path.write_text(content)
    elif isinstance(content, dict):
        np.savez(path.with_suffix(".npz"), **content)
        path.with_suffix(".npz").rename(path)
    else:
        with path.open("wb") as file:
            np.save(file, content)
    return path


def plain(nested: Nested) -> Any:
    if isinstance(nested, dict):
        return {key: plain(each) for key, each in nested.items()}
    return [plain(each) for each in nested] if isinstance(nested, tuple) else nested.tolist()


@pytest.mark.parametrize(
    ("like", "content", "expected", "is_one"),
    [
        (VECTOR, np.arange(6).reshape(2, 3), [[0, 1, 2], [3, 4, 5]], False),
        (VECTOR, np.arange(3), [[0, 1, 2]], True),
        (VECTOR, {"x": np.ones((1, 3)), "y": np.ones(1)}, [[1, 1, 1]], False),
        (VECTOR, {"whatever": np.ones(3)}, [[1, 1, 1]], True),
        (VECTOR, "a,b,c\n1,,3e2\n", [[1, np.nan, 300]], False),
        (VECTOR, "1,2,3\n4,5,6\n", [[1, 2, 3], [4, 5, 6]], False),
        (TOKENS, np.array([[1.0, 2.0, 3.0]]), [[1, 2, 3]], False),
        (SCALAR, "value\n1\n2\n", [1, 2], False),
        (TEXT, np.array(["one", "two"]), ["one", "two"], False),
        (TEXT, 'text\n"so, so"\ngood\n', ["so, so", "good"], False),
        (TEXT, '\ufefftext\n""\n', [""], False),
        (
            COLUMNS,
            "rooms;town ;age\n2; Bern;NA\n3;none;4.5\n",
            {"age": [[np.nan], [4.5]], "town": ["Bern", "none"], "rooms": [2, 3]},
            False,
        ),
        ({"a_b": SCALAR}, "a/b\n1\n2\n", {"a_b": [1, 2]}, False),
        (
            COLUMNS,
            "rooms,label,town,age\n2,x,Bern,\n3,y,,4.5\n",
            {"age": [[np.nan], [4.5]], "town": ["Bern", ""], "rooms": [2, 3]},
            False,
        ),
        (
            COLUMNS,
            {"age": np.array([1.0]), "town": np.array("Bern"), "rooms": np.array(3)},
            {"age": [[1]], "town": ["Bern"], "rooms": [3]},
            True,
        ),
        (PAIR, {"0": np.ones((1, 3)), "1": np.ones((1, 4, 1))}, [[[1, 1, 1]], [[[1], [1], [1], [1]]]], False),
    ],
)
def test_a_file_becomes_the_inputs_of_the_model(
    tmp_path: Path, like: Nested, content: Any, expected: Any, is_one: bool
) -> None:
    found = read_examples(saved(tmp_path / "file", content), like)
    assert repr(plain(found.x)) == repr(plain_numbers(expected, plain(found.x)))
    assert found.is_one == is_one


def plain_numbers(expected: Any, found: Any) -> Any:
    """Return what is expected with floats where floats are found, so that NaN and types can be compared as texts."""
    if isinstance(expected, dict):
        return {key: plain_numbers(each, found[key]) for key, each in expected.items()}
    if isinstance(expected, list):
        return [plain_numbers(each, other) for each, other in zip(expected, found, strict=True)]
    return float(expected) if isinstance(found, float) else expected


def test_numbers_have_the_type_of_the_input(tmp_path: Path) -> None:
    found = read_examples(saved(tmp_path / "file", "age,town,rooms\n1,Bern,2\n"), COLUMNS).x
    assert (found["age"].dtype, found["rooms"].dtype, found["age"].shape) == (np.float32, np.int32, (1, 1))


@pytest.mark.parametrize(
    ("like", "content", "message"),
    [
        (VECTOR, np.ones((2, 4)), "expected an array of shape (3,), or (n, 3) for n examples, found (2, 4)"),
        (SCALAR, np.ones((2, 4)), "expected an array of shape (), or (n,) for n examples, found (2, 4)"),
        (VECTOR, np.array(["a", "b", "c"]), "expected an array of float32, found text"),
        (TEXT, np.ones(3), "expected an array of text, found float64"),
        (TOKENS, np.full((1, 3), 0.5), "expected an array of whole numbers, found others among them"),
        (VECTOR, np.ones((0, 3)), "expected examples, found none"),
        (VECTOR, {"a": np.ones(3), "b": np.ones(3)}, "of one array, or with one named x, found a, b"),
        (PAIR, np.ones(3), "an .npz archive of arrays named 0, 1, found an array without a name"),
        (COLUMNS, {"age": np.ones(3)}, "an .npz archive of arrays named age, rooms, town, found age"),
        (PAIR, {"0": np.ones((2, 3)), "1": np.ones((1, 4, 1))}, "as many examples in each array, found 2, 1"),
        (VECTOR, "a,b\n1,2\n", "expected 3 columns, since the input has shape (3,), found 2 columns"),
        (SEQUENCE, "a,b\n1,2\n", "expected an .npy array, since the input has shape (4, 1), found 2 columns"),
        (VECTOR, "a,b,c\n1,2,3\n1,x,3\n", "expected a number in column b, row 2, found 'x'"),
        (COLUMNS, "age,town,rooms\n1,a,\n", "expected a number in column rooms, row 1, found nothing"),
        (COLUMNS, "age,town\n1,a\n", "expected columns named age, rooms, town, found none named rooms among age, town"),
        ({"a": VECTOR}, "a\n1\n", "expected an .npz archive, since input a has shape (3,), found a table"),
        ({"a": VECTOR}, "b\n1\n", "expected an .npz archive, since input a has shape (3,), found a table"),
        (TEXT, "a,b\n1,2\n", "expected one column of texts below a header, found 2 columns"),
        (VECTOR, '"a\n', "found an error in them"),
        (VECTOR, np.array([{}], object), "holds Python objects"),
    ],
)
def test_anything_else_is_told_with_what_was_expected(tmp_path: Path, like: Nested, content: Any, message: str) -> None:
    with pytest.raises(ExamplesError) as told:
        read_examples(saved(tmp_path / "file", content), like)
    assert message in str(told.value)


def test_what_is_missing_and_never_was_is_named() -> None:
    like = np.array([[1, np.nan, 3], [4, 5, 6]], np.float32)
    assert list(missing_in(np.array([[np.nan, np.nan, 3], [1, 2, np.nan]]), like)) == ["column 1", "column 3"]
    x = {"age": np.array([[np.nan]]), "town": np.array([""]), "rooms": np.array([1])}
    assert list(missing_in(x, COLUMNS)) == ["age"]
    assert list(missing_in(like, like)) == []


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0", "found something else"),
        (b"", "the file is empty"),
        (b"PK\x03\x04 damaged", "the archive is damaged"),
        (b"\x93NUMPY damaged", "the array is damaged"),
        (None, "cannot be read: No such file"),
    ],
)
def test_what_is_no_such_file_is_told(tmp_path: Path, data: bytes | None, message: str) -> None:
    if data is not None:
        (tmp_path / "file").write_bytes(data)
    with pytest.raises(ExamplesError, match=message):
        read_examples(tmp_path / "file", VECTOR)
