"""A table in a CSV file as data: how it is read, what is told, by which columns, and what is left out."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from job.core.events import Event, Level, Notice
from job.data import Data, DataSource
from job.data.csv_file import delimiter_of
from job.data.table import load
from job.errors import DataMissingError, ExitCode, JobError, SettingsError

N_ROWS = 40

Columns = dict[str, Sequence[object]]


def columns(**others: Sequence[object]) -> Columns:
    """Return a table of two classes, the second of which is a quarter, which a number and a text tell of."""
    churned = ["yes" if row % 4 == 0 else "no" for row in range(N_ROWS)]
    age = [20 + 3 * row % 17 for row in range(N_ROWS)]
    return {"age": age, "plan": [("basic", "pro")[row % 2] for row in range(N_ROWS)], **others, "churned": churned}


def write(path: Path, table: Columns, *, delimiter: str = ",") -> Path:
    rows = zip(*table.values(), strict=True)
    path.write_text("\n".join(delimiter.join(map(str, row)) for row in (table.keys(), *rows)) + "\n")
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "churn.csv"


def loaded(
    file: Path, label: str | None = "churned", heard: Callable[[Event], None] = lambda event: None, **options: Any
) -> Data:
    return load(DataSource(file, label_column=label, **options), heard)


def told(file: Path, label: str = "churned") -> list[Notice]:
    heard: list[Event] = []
    loaded(file, label, heard.append)
    return [event for event in heard if isinstance(event, Notice)]


def refusal(
    file: Path | None, label: str | None = "churned", kind: type[JobError] = DataMissingError, **options: Any
) -> JobError:
    with pytest.raises(kind) as caught:
        load(DataSource(file, label_column=label, **options), lambda event: None)
    return caught.value


def whole(data: Data, name: str) -> list[Any]:
    """Return the values of a column in all parts, sorted."""
    return sorted(value for part in (data.train, data.validation, data.test) for value in part[0][name].tolist())


def labels_of(data: Data) -> NDArray[Any]:
    return np.concatenate([part[1] for part in (data.train, data.validation, data.test)])


def test_a_column_is_told_by_the_others_with_tenths_of_each_class_held_out(file: Path) -> None:
    data = loaded(write(file, columns()))
    assert data.class_names == ("no", "yes")
    for part, expected in ((data.train, (24, 8)), (data.validation, (3, 1)), (data.test, (3, 1))):
        x, y = part
        assert tuple(np.bincount(y)) == expected
        assert {name: (column.dtype.kind, column.shape) for name, column in x.items()} == {
            "age": ("f", (len(y),)),
            "plan": ("O", (len(y),)),
        }
    assert whole(data, "age") == sorted(columns()["age"])  # type: ignore[type-var]


def test_rows_stay_together(file: Path) -> None:
    data = loaded(write(file, columns(double=[2 * (20 + 3 * row % 17) for row in range(N_ROWS)])))
    for x, y in (data.train, data.validation, data.test):
        np.testing.assert_array_equal(x["double"], 2 * x["age"])
        assert (x["plan"][y == 1] == "basic").all()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(file: Path, delimiter: str) -> None:
    data = loaded(write(file, columns(), delimiter=delimiter))
    assert set(data.train[0]) == {"age", "plan"}


def test_what_stands_in_the_values_alone_is_no_delimiter(file: Path) -> None:
    quoted = '"good";"cheap"\n' * 3
    assert (delimiter_of(f"text;n\n{quoted}"), delimiter_of(f"text\n{quoted}")) == (";", ",")


def test_a_mark_quotes_empty_lines_and_space_are_no_part_of_the_values(file: Path) -> None:
    table = columns(town=[f' "Lima, {("north", "south")[row % 3 // 2]}"'.strip() for row in range(N_ROWS)])
    text = write(file, table).read_text()
    file.write_bytes(b"\xef\xbb\xbf" + text.replace("age,", " age ,").replace("\n", "\r\n").encode() + b"\r\n\r\n")
    assert set(whole(loaded(file), "town")) == {"Lima, north", "Lima, south"}
    assert "age" in loaded(file).train[0]


def test_what_is_missing_is_no_number_and_a_text_like_any_other(file: Path) -> None:
    age = ["NA", "", "None", *range(20, 20 + N_ROWS - 3)]
    plan = ["", "none", *(("basic", "pro") * N_ROWS)[: N_ROWS - 2]]
    data = loaded(write(file, columns() | {"age": age, "plan": plan}))
    assert np.isnan(whole(data, "age")).sum() == 3
    assert whole(data, "plan")[:3] == ["", "basic", "basic"]


@pytest.mark.parametrize(
    ("name", "values", "why"),
    [
        ("country", ["Peru"] * N_ROWS, "the same in all rows"),
        ("note", [f"row {row}" for row in range(N_ROWS)], "40 different texts"),
        ("customer_id", [row * row for row in range(N_ROWS)], "a number of its own in each row"),
        ("", [*range(7, 7 + N_ROWS)], "a number of its own in each row"),
    ],
)
def test_columns_that_tell_nothing_are_left_out_and_named(
    file: Path, name: str, values: Sequence[object], why: str
) -> None:
    write(file, columns(**{name: values}))
    assert set(loaded(file).train[0]) == {"age", "plan"}
    assert f"left out: {name or 'column 3'} ({why})" in [notice.message for notice in told(file)]


def test_a_number_of_its_own_in_each_row_is_an_amount_where_nothing_says_otherwise(file: Path) -> None:
    assert "width" in loaded(write(file, columns(width=[row * row for row in range(N_ROWS)]))).train[0]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([row % 3 for row in range(N_ROWS)], ("0", "1", "2")),
        ([9 + row % 3 for row in range(N_ROWS)], ("9", "10", "11")),
        ([("0.0", "1.0")[row % 2] for row in range(N_ROWS)], ("0.0", "1.0")),
        ([("none", "some")[row % 2] for row in range(N_ROWS)], ("none", "some")),
        ([f"{row % 3}.0" for row in range(N_ROWS)], ()),
        ([*range(N_ROWS)], ()),
        ([row / 7 for row in range(N_ROWS)], ()),
    ],
)
def test_texts_and_few_whole_numbers_are_classes_and_others_amounts(
    file: Path, values: Sequence[object], expected: tuple[str, ...]
) -> None:
    data = loaded(write(file, columns(target=values)), "target")
    assert data.class_names == expected
    found = labels_of(data).tolist()
    if expected:
        assert sorted(expected[each] for each in found) == sorted(map(str, values))
    else:
        assert sorted(found) == pytest.approx(sorted(map(float, values)))  # type: ignore[arg-type]


def test_what_the_label_is_taken_for_is_told(file: Path) -> None:
    write(file, columns())
    assert told(file)[-1].message == "churned is taken for 2 classes: no, yes"
    assert told(file, "age")[-1].message == "age is taken for an amount from 20 to 36"


@pytest.fixture
def torn(file: Path) -> Path:
    """A file with a row that is too long, one that is too short, and two without a label."""
    lines = write(file, columns()).read_text().splitlines()
    lines[2:2] = ["1,basic,yes,9", "2,pro", "3,pro,", "4,pro,NA"]
    file.write_text("\n".join(lines))
    return file


def test_rows_that_are_not_complete_are_named_counted_and_left_out(torn: Path) -> None:
    first = told(torn)[0]
    assert first.level is Level.WARNING
    assert first.message.startswith("left out, since they are not complete, 4 of 44 rows: line 3 has 4 values; ")
    assert first.message.endswith("line 4 has 2 values; line 5 has no churned; line 6 has no churned")
    assert len(labels_of(loaded(torn))) == N_ROWS


def test_rows_that_are_not_complete_are_refused_where_all_are_asked_for(torn: Path) -> None:
    error = refusal(torn, strict=True)
    assert "found 4 of 44 rows that are not: line 3 has 4 values" in str(error) and "--strict" in error.hint


def test_the_columns_are_named_where_the_label_is_none_of_them(file: Path) -> None:
    write(file, columns())
    error = refusal(file, None, SettingsError)
    assert str(error).endswith(f"one of the columns of {file}: age, plan, churned; found none given")
    error = refusal(file, "chruned", SettingsError)
    assert (error.exit_code, error.hint) == (ExitCode.USAGE, "did you mean 'churned'?")


def test_a_column_is_called_as_in_the_file_or_as_its_input_is(file: Path) -> None:
    write(file, columns(**{" kind/of ": ["a", "b"] * (N_ROWS // 2)}))
    for name in ("kind/of", "kind_of"):
        assert loaded(file, name).class_names == ("a", "b")
    assert "kind_of" in loaded(file).train[0]


def test_a_class_of_few_rows_is_refused(file: Path) -> None:
    table = columns()
    table["churned"] = ["maybe"] * 4 + [*table["churned"]][4:]
    assert "expected 5 rows or more of each class in churned" in str(refusal(write(file, table)))
    assert "found 4 of maybe" in str(refusal(file))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "an empty file"),
        (b"a,b\n", "no row with a value for each of 2 columns"),
        (b"a,b\n1\n2,3,4\n", "no row with a value for each of 2 columns: line 2 has 1 value, line 3 has 3 values"),
        (b"5.1,3.5,setosa\n4.9,3.0,setosa\n", "numbers in the first line: 5.1, 3.5, setosa"),
        (b"a,b,a\n1,2,3\n", "several columns named a"),
        (b"a,b\n1,\xff\n", "other bytes: "),
        (b'a,b\n1,2\n"3"x,4\n', "in line 3: "),
        (b"a,b\x1b[31m\n1,2\n", "a name that cannot be printed"),
    ],
)
def test_what_is_no_table_is_told(file: Path, content: bytes, said: str) -> None:
    file.write_bytes(content)
    error = refusal(file)
    assert f"{file}: expected a CSV file in UTF-8, found {said}" in str(error)


def test_a_file_that_is_not_there_is_told(file: Path, tmp_path: Path) -> None:
    assert str(refusal(file)).endswith("found nothing there")
    assert str(refusal(tmp_path)).endswith("found a directory")
    assert refusal(None, kind=SettingsError).exit_code == ExitCode.USAGE


def test_a_table_with_nothing_but_its_label_is_refused(file: Path) -> None:
    table = {"id": [*range(N_ROWS)], "churned": columns()["churned"]}
    assert "found none besides those left out: id (a number of its own in each row)" in str(refusal(write(file, table)))


def test_a_label_that_is_always_the_same_and_few_rows_are_refused(file: Path) -> None:
    assert "found no in all rows" in str(refusal(write(file, columns() | {"churned": ["no"] * N_ROWS})))
    few = {name: each[:9] for name, each in columns().items()}
    assert "expected 10 rows with a churned or more, found 9" in str(refusal(write(file, few)))
