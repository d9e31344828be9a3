"""CSV files as people have them: any of the usual delimiters, quoted or not, with a header of names."""

import csv
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from job.errors import DataMissingError
from job.paths import dangling_link, describe_kind, describe_link, printable_name
from job.words import count

_DELIMITERS = ",;\t|"
SAMPLE = 1 << 14  # characters that tell the delimiter
_MOST_NAMED = 5
_LONGEST = 1 << 20  # characters of a value
# What stands for nothing, in lower case, and what does among numbers.
_MISSING = frozenset({"", "na", "n/a", "nan", "null", "?"})
_NO_NUMBER = _MISSING | {"none", "-", "."}
_LARGEST = float(np.finfo(np.float32).max)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


@dataclass(frozen=True, kw_only=True, eq=False)
class CsvFile:
    """The values of each column in the order of the rows, as texts without space around them."""

    path: Path
    columns: Mapping[str, Sequence[str]]
    lines: NDArray[np.int64]  # in which each row ends, from 1
    ragged: tuple[str, ...]  # which rows have more or fewer values than there are columns, and are left out

    def __len__(self) -> int:
        return len(self.lines)


def read_csv(path: Path) -> CsvFile:
    """Return what stands in the file; raise DataMissingError where it is none, or has no header or no rows."""
    try:
        if not path.is_file():
            raise unlike(path, _what_stands_at(path))
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _read(path, file)
    except OSError as error:
        raise unlike(path, f"that it cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise unlike(path, f"other bytes: {error}", hint="save it in UTF-8") from error


def delimiter_of(sample: str) -> str:
    """Return what parts the values in the beginning of a file: a comma, unless another stands in its first line."""
    try:
        found = csv.Sniffer().sniff(sample, _DELIMITERS).delimiter
    except csv.Error:  # of a file with one column, say
        return ","
    return found if found in sample.partition("\n")[0] else ","


def column_names(header: Sequence[str]) -> list[str]:
    """Return names such as Keras's inputs may have; columns without one are counted."""
    names = (" ".join(name.replace("/", "_").split()) for name in header)
    return [name or f"column {place}" for place, name in enumerate(names, start=1)]


def is_missing(text: str) -> bool:
    """Tell whether a value stands for nothing, such as `NA`."""
    return text.lower() in _MISSING


def is_no_number(text: str) -> bool:
    """Tell whether a value stands for nothing among numbers."""
    return text.lower() in _NO_NUMBER


def are_numbers(texts: Sequence[str]) -> bool:
    """Tell whether all values are numbers or missing, and one at least is a number."""
    given = [text for text in texts if not is_no_number(text)]
    return bool(given) and all(map(_NUMBER.fullmatch, given))


def as_numbers(texts: Sequence[str]) -> NDArray[np.float32]:
    """Return numbers, with NaN for each value that is missing; raise ValueError for one that is no number.

    One that is too large for their type is the largest one.
    """
    numbers = np.array([np.nan if is_no_number(text) else float(text) for text in texts])
    return np.asarray(np.clip(numbers, -_LARGEST, _LARGEST), np.float32)


def unlike(path: Path, found: str, *, hint: str = "") -> DataMissingError:
    return DataMissingError(f"{printable_name(path)}: expected a CSV file in UTF-8, found {found}", hint=hint)


def _read(path: Path, file: TextIO) -> CsvFile:
    sample = file.read(SAMPLE)
    file.seek(0)
    csv.field_size_limit(_LONGEST)
    reader = csv.reader(file, delimiter=delimiter_of(sample), strict=True)
    try:
        names = _names(path, next(reader, []))
        lines, rows, ragged = [], [], []
        for row in filter(None, reader):  # without empty lines
            if len(row) == len(names):
                lines.append(reader.line_num)
                rows.append(row)
            else:
                ragged.append(f"line {reader.line_num} has {count(len(row), 'value')}")
    except csv.Error as error:
        raise unlike(path, f"in line {reader.line_num}: {error}") from error
    if not rows:
        found = f"no row with a value for each of {count(len(names), 'column')}"
        raise unlike(path, f"{found}: {', '.join(ragged[:_MOST_NAMED])}" if ragged else found)
    columns = ([value.strip() for value in column] for column in zip(*rows, strict=True))
    return CsvFile(
        path=path,
        columns=dict(zip(names, columns, strict=True)),
        lines=np.array(lines, np.int64),
        ragged=tuple(ragged),
    )


def _names(path: Path, header: Sequence[str]) -> list[str]:
    """Return the names of the columns; raise DataMissingError where they are not different names."""
    names = column_names(header)
    if not header:
        raise unlike(path, "an empty file")
    if 2 * sum(bool(_NUMBER.fullmatch(name)) for name in names) >= len(names):
        found = f"numbers in the first line: {', '.join(names[:_MOST_NAMED])}"
        raise unlike(path, found, hint="put a line with the names of the columns above them")
    if twice := [name for name, times in Counter(names).items() if times > 1]:
        raise unlike(path, f"several columns named {', '.join(twice)}", hint="give each column a name of its own")
    if unprintable := [name for name in names if not name.isprintable()]:
        raise unlike(path, f"a name that cannot be printed: {unprintable[0]!a}")
    return names


def _what_stands_at(path: Path) -> str:
    if link := dangling_link(path):
        return f"that {describe_link(link)}"
    if path.is_dir():
        return "a directory"
    return describe_kind(path) if path.exists() else "nothing there"
