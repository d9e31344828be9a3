"""Examples in comma-separated values: a row each, with the columns that a model's inputs are."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from job.data.arrays import Array, Nested, holds_texts, is_nested, leaves, mapped
from job.data.csv_file import SAMPLE, column_names, delimiter_of, is_no_number
from job.data.inputs import Examples, ExamplesError, as_input, examples_of, listed, names_of
from job.words import count

Rows = Sequence[Sequence[str]]


def read_table(path: Path, like: Nested) -> Examples:
    """Return the examples of a table as `like` has them, the inputs of a batch: one array, or several nested ones.

    Several inputs are columns by their names in a header, whatever other columns there are, and so is a text, which is
    the only column. The columns of one input of numbers are these in their order, with or without a header. What is
    missing is NaN, or an empty text. Raise ExamplesError for anything else.
    """
    rows = _read(path)
    if not rows:
        raise ExamplesError("expected a header and rows, found an empty table")
    if is_nested(like):
        return examples_of(_named(rows[0], rows[1:], like))
    return examples_of(_texts(rows, like) if holds_texts(like) else _numbers(rows, like))


def _read(path: Path) -> list[list[str]]:
    """Return the rows that are not empty."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            delimiter = delimiter_of(file.read(SAMPLE))
            file.seek(0)
            return [row for row in csv.reader(file, delimiter=delimiter, strict=True) if row]
    except UnicodeDecodeError as error:
        raise ExamplesError(
            "expected a NumPy array (.npy, .npz) or comma-separated values in UTF-8 (.csv), found something else"
        ) from error
    except (csv.Error, OSError) as error:
        raise ExamplesError(f"expected comma-separated values, found an error in them: {error}") from error


def _named(header: Sequence[str], body: Rows, like: Nested) -> Nested:
    names, n_columns = names_of(like), len(header)
    _refuse_wide(like, names)
    header = [*header, *column_names(header)]  # a table's, as it is searched, is the latter
    if missing := [name for name in names.values() if name not in header]:
        columns = listed(header[:n_columns])
        raise ExamplesError(
            f"expected columns named {listed(names.values())}, found none named {listed(missing)} among {columns}"
        )

    def pick(each: Array, place: str) -> Array:
        column = [_cell(row, header.index(names[place]) % n_columns).strip() for row in body]
        return _column(column, names[place], each).reshape(-1, *each.shape[1:])

    return mapped(pick, like)


def _refuse_wide(like: Nested, names: Mapping[str, str]) -> None:
    """Raise ExamplesError where an input does not fit into a column."""
    for place, each in leaves(like, ""):
        if each.size != len(each):
            raise ExamplesError(
                f"expected an .npz archive, since input {names[place]} has shape {each.shape[1:]}, found a table"
            )


def _texts(rows: Rows, like: Array) -> Array:
    if len(rows[0]) != 1:
        raise ExamplesError(f"expected one column of texts below a header, found {count(len(rows[0]), 'column')}")
    return np.array([row[0] for row in rows[1:]], np.str_).reshape(-1, *like.shape[1:])


def _numbers(rows: Rows, like: Array) -> Array:
    """Return all columns as one input."""
    n_columns = int(np.prod(like.shape[1:]))
    if like.ndim > 2 or len(rows[0]) != n_columns:
        expected, found = (
            count(n_columns, "column") if like.ndim <= 2 else "an .npy array",
            count(len(rows[0]), "column"),
        )
        raise ExamplesError(f"expected {expected}, since the input has shape {like.shape[1:]}, found {found}")
    has_header = not all(is_no_number(cell.strip()) or _is_number(cell) for cell in rows[0])
    names = rows[0] if has_header else [str(place + 1) for place in range(n_columns)]
    columns = [[_cell(row, place) for row in rows[has_header:]] for place in range(n_columns)]
    arrays = [_column(column, name, like) for column, name in zip(columns, names, strict=True)]
    return np.stack(arrays, axis=1).reshape(-1, *like.shape[1:])


def _column(cells: Sequence[str], name: str, like: Array) -> Array:
    if holds_texts(like):
        return np.array(cells, np.str_)
    for row, cell in enumerate(cells, start=1):
        is_missing = is_no_number(cell.strip())
        if not (is_missing or _is_number(cell)) or (is_missing and like.dtype.kind in "iub"):
            found = repr(cell) if cell.strip() else "nothing"
            raise ExamplesError(f"expected a number in column {name}, row {row}, found {found}")
    numbers = np.array([np.nan if is_no_number(cell.strip()) else float(cell) for cell in cells])
    return as_input(numbers, np.zeros(0, like.dtype), f"column {name}")


def _cell(row: Sequence[str], place: int) -> str:
    return row[place] if place < len(row) else ""


def _is_number(cell: str) -> bool:
    """Tell a number from a text."""
    try:
        float(cell)
    except ValueError:
        return False
    return True
