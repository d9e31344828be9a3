"""A table in a CSV file as data: a column to tell, and the others to tell it by."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

import numpy as np
from numpy.typing import NDArray

from job.core.events import Event, Level, Notice
from job.data import Data, DataSource
from job.data.csv_file import CsvFile, are_numbers, as_numbers, column_names, is_missing, is_no_number, read_csv
from job.data.held_out import held_out
from job.errors import DataMissingError, SettingsError
from job.paths import printable_name
from job.words import count

_HELD_OUT_SHARE = 0.1  # for validation, and as much for the test
_FEWEST = 5  # rows of a class, so that more are left to train on than are held out
_FEWEST_ROWS = 10
_MOST_NUMBERS = 20  # that are classes rather than amounts, where each is in ten rows on average
_ROWS_OF_NUMBER = 10
_MOST_CATEGORIES = 100  # of a column: more would be names, dates or prose
_MOST_NAMED = 5
_WHOLE = re.compile(r"[+-]?\d+")
_IDENTIFIER = re.compile(r"(.*[^a-z])?(id|uuid|index)", re.IGNORECASE)


def load(source: DataSource, tell: Callable[[Event], None]) -> Data:
    """Return the rows of the user's file: a tenth to validate and a tenth to test, of each class alike.

    Inputs are arrays of shape (n_rows,) by the columns' names: float32, with NaN for what is missing, or texts as they
    stand. Labels are int64 indices of classes where the label column has texts, or few different whole
    numbers; or else float32. Rows without a label or with too many or few values are left out and named, and columns
    that tell nothing. Raise SettingsError where no file or no column of it is given, and DataMissingError where it is
    not what it should be, or rows are left out and `source.strict` does not allow that.
    """
    if source.path is None:
        raise SettingsError("--data: expected a CSV file, found none given")
    table = read_csv(source.path)
    label = _label_column(table, source.label_column)
    table = _complete(table, label, strict=source.strict, tell=tell)
    y, class_names = _labels(table, label)
    x = dict(_inputs(table, label, tell))
    tell(Notice(_described(label, y, class_names)))
    places = held_out(y if class_names else np.zeros(len(y), np.int64), (_HELD_OUT_SHARE, _HELD_OUT_SHARE))
    validation, test, train = (({name: each[part] for name, each in x.items()}, y[part]) for part in places)
    return Data(train=train, validation=validation, test=test, class_names=class_names)


def _label_column(table: CsvFile, given: str | None) -> str:
    columns = ", ".join(table.columns)
    where = printable_name(table.path)
    if given is None:
        raise SettingsError(f"--label-column: expected one of the columns of {where}: {columns}; found none given")
    (name,) = column_names([given])
    if name not in table.columns:
        close = get_close_matches(given, table.columns, n=1)
        raise SettingsError(
            f"--label-column: expected one of the columns of {where}: {columns}; found {given}",
            hint=f"did you mean {close[0]!r}?" if close else "",
        )
    return name


def _complete(table: CsvFile, label: str, *, strict: bool, tell: Callable[[Event], None]) -> CsvFile:
    """Return the table without the rows that have no label, after saying which rows are left out."""
    lacks = is_no_number if are_numbers(table.columns[label]) else is_missing
    labelled = np.array([not lacks(text) for text in table.columns[label]])
    reasons = [*table.ragged, *(f"line {line} has no {label}" for line in table.lines[~labelled])]
    if reasons:
        told = f"{len(reasons):,} of {count(len(table) + len(table.ragged), 'row')}"
        named = f"{'; '.join(reasons[:_MOST_NAMED])}{'; …' if len(reasons) > _MOST_NAMED else ''}"
        if strict:
            where = printable_name(table.path)
            raise DataMissingError(
                f"{where}: expected rows that are complete, found {told} that are not: {named}",
                hint="mend or remove them, or leave out --strict",
            )
        tell(Notice(f"left out, since they are not complete, {told}: {named}", level=Level.WARNING))
    kept = np.flatnonzero(labelled)
    if len(kept) < _FEWEST_ROWS:
        raise DataMissingError(
            f"{printable_name(table.path)}: expected {_FEWEST_ROWS} rows with a {label} or more, found {len(kept)}"
        )
    columns = {name: [texts[place] for place in kept.tolist()] for name, texts in table.columns.items()}
    return replace(table, columns=columns, lines=table.lines[kept])


def _labels(table: CsvFile, label: str) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Return the labels, and the names of the classes that they are indices of; none where they are amounts."""
    texts = table.columns[label]
    names, indices = np.unique(np.array(texts), return_inverse=True)
    if len(names) < 2:
        raise DataMissingError(
            f"{printable_name(table.path)}: expected different values of {label}, found {names[0]} in all rows"
        )
    if are_numbers(texts):
        most = min(_MOST_NUMBERS, len(texts) // _ROWS_OF_NUMBER)
        if len(names) > 2 and not (len(names) <= most and all(map(_WHOLE.fullmatch, names))):
            return as_numbers(texts), ()
        order = np.argsort(names.astype(np.float64), kind="stable")
        names, indices = names[order], np.argsort(order)[indices]
    numbers = np.bincount(indices)
    if few := [f"{number} of {name}" for name, number in zip(names, numbers, strict=True) if number < _FEWEST]:
        more = f" and {len(few) - _MOST_NAMED:,} more classes" if len(few) > _MOST_NAMED else ""
        raise DataMissingError(
            f"{printable_name(table.path)}: expected {_FEWEST} rows or more of each class in {label}, to part them "
            f"into training, validation and test, found {', '.join(few[:_MOST_NAMED])}{more}",
            hint="add rows, remove these, or give them another class",
        )
    return indices.astype(np.int64), tuple(map(str, names))


def _described(label: str, y: NDArray[Any], class_names: Sequence[str]) -> str:
    if not class_names:
        return f"{label} is taken for an amount from {y.min():g} to {y.max():g}"
    named = f"{', '.join(class_names[:_MOST_NAMED])}{', …' if len(class_names) > _MOST_NAMED else ''}"
    return f"{label} is taken for {count(len(class_names), 'class')}: {named}"


def _inputs(table: CsvFile, label: str, tell: Callable[[Event], None]) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield the columns that tell something; say which do not."""
    columns: Mapping[str, Sequence[str]] = {name: each for name, each in table.columns.items() if name != label}
    useless = {name: why for name, texts in columns.items() if (why := _why_useless(name, texts))}
    if useless:
        tell(Notice(f"left out: {', '.join(f'{name} ({why})' for name, why in useless.items())}"))
    if len(useless) == len(columns):
        raise DataMissingError(
            f"{printable_name(table.path)}: expected columns to tell {label} by, found none besides those left out: "
            f"{', '.join(f'{name} ({why})' for name, why in useless.items()) or 'none'}"
        )
    for name, texts in columns.items():
        if name not in useless:
            yield name, as_numbers(texts) if are_numbers(texts) else np.array(texts, object)


def _why_useless(name: str, texts: Sequence[str]) -> str:
    different = set(texts)
    if len(different) == 1:
        return "the same in all rows"
    if are_numbers(texts):
        return "a number of its own in each row" if _are_identifiers(name, different, len(texts)) else ""
    if len(different) > _MOST_CATEGORIES or len(different) == len(texts):
        return f"{len(different):,} different texts"
    return ""


def _are_identifiers(name: str, different: set[str], n_rows: int) -> bool:
    """Tell whether each row has a whole number of its own, which by name or in a sequence numbers the rows."""
    if len(different) < n_rows or not all(map(_WHOLE.fullmatch, different)):
        return False
    numbers = [*map(int, different)]
    return bool(_IDENTIFIER.fullmatch(name)) or max(numbers) - min(numbers) == n_rows - 1
