"""What is wrong with data that shows in their arrays alone."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

import numpy as np

from job.data import Data, Part
from job.data.arrays import Array, leaves, mapped, n_examples, unpacked
from job.data.batched import is_in_memory
from job.data.digest import digest_of_part
from job.training.check.facts import Finding, Severity
from job.training.check.rows import inputs_as_digests

# More rows of a part, evenly chosen, would take seconds to compare.
_MOST_ROWS = 100_000
_MOST_SHOWN = 3
_MOST_TRIED = 32  # examples with gaps


def parts_of(data: Data) -> dict[str, Part]:
    """Return the parts that there are in memory, by their names."""
    named = {"train": data.train, "validation": data.validation, "test": data.test}
    return {name: part for name, part in named.items() if is_in_memory(part)}


def check_numbers(data: Data, place: str) -> Iterator[Finding]:
    """Yield where inputs are no finite numbers, and where targets are not, of which nothing can be learned."""
    for name, part in parts_of(data).items():
        x, y, _ = unpacked(part)
        for where, array in leaves(x, "x"):
            if found := _not_finite(array):
                yield Finding(
                    severity=Severity.NOTE,
                    told=f"{name}: {where}: {found}; a model has to make numbers of them",
                    place=place,
                )
        for where, array in leaves(y, "y"):
            if found := _not_finite(array):
                yield Finding(
                    severity=Severity.ERROR,
                    told=f"{name}: {where}: expected targets that are finite numbers, found {found}",
                    place=place,
                    hint="leave these examples out",
                )


def rows_with_gaps(part: Part) -> Part | None:
    """Return a few examples, as (x, y), of which an input is no finite number; None where there are none."""
    x, y, _ = unpacked(part)
    arrays = [array for _, array in leaves(x, "x") if array.dtype.kind == "f"]
    gaps = [~np.isfinite(array).reshape(len(array), -1).all(axis=1) for array in arrays]
    rows = np.flatnonzero(np.any(gaps, axis=0))[:_MOST_TRIED] if gaps else np.empty(0, int)
    return tuple(mapped(lambda array, _: array[rows], each) for each in (x, y)) if len(rows) else None


def check_leakage(data: Data, numbers: Mapping[str, int], place: str) -> Iterator[Finding]:
    """Yield which parts have examples of which other parts; `numbers` are those of all examples, by the parts."""
    parts = parts_of(data)
    rows = {name: _chosen(part) for name, part in parts.items()}
    digests = {name: inputs_as_digests(part, rows[name]) for name, part in parts.items()}
    for one, other in (("train", "validation"), ("train", "test"), ("validation", "test")):
        if one not in digests or other not in digests:
            continue
        known = defaultdict(list)
        for row, digest in zip(rows[one], digests[one], strict=True):
            known[digest].append(row)
        pairs = [(row, known[d][0]) for row, d in zip(rows[other], digests[other], strict=True) if d in known]
        if pairs:
            looked_at = {name: len(rows[name]) for name in (one, other)}
            yield _leak(pairs, looked_at, numbers, place)


def difference(one: Data, other: Data) -> str:
    """Say in what data that were loaded twice are not the same; empty where they are in all."""
    for name, part in parts_of(one).items():
        second = parts_of(other)[name]
        if n_examples(part) != n_examples(second):
            return f"{name} has {n_examples(part):,} examples, and {n_examples(second):,} the second time"
        rows = _chosen(part)
        first, again = inputs_as_digests(part, rows), inputs_as_digests(second, rows)
        if first == again:
            continue
        if len(rows) == n_examples(part) and sorted(first) == sorted(again):
            return f"the examples of {name} come in another order the second time"
        return f"{name} has other examples the second time"
    are_same = [digest_of_part(part) == digest_of_part(parts_of(other)[name]) for name, part in parts_of(one).items()]
    return "" if all(are_same) else "the targets are others the second time"


def _leak(
    pairs: list[tuple[int, int]], looked_at: Mapping[str, int], numbers: Mapping[str, int], place: str
) -> Finding:
    one, other = looked_at
    shown = ", ".join(f"{row} is {known} of {one}" for row, known in pairs[:_MOST_SHOWN])
    is_all = all(number == numbers[name] for name, number in looked_at.items())
    sample = "" if is_all else f", as far as {looked_at[one]:,} and {looked_at[other]:,} of them were looked at"
    return Finding(
        severity=Severity.WARNING,
        told=f"{len(pairs):,} of {numbers[other]:,} examples of {other} are in {one} too{sample}, by their inputs: "
        f"row {shown}{' …' if len(pairs) > _MOST_SHOWN else ''}",
        place=place,
        hint="drop what is there twice before the data are split, lest scores be too good",
    )


def _chosen(part: Part) -> list[int]:
    n = n_examples(part)
    return [int(row) for row in np.linspace(0, n - 1, min(n, _MOST_ROWS))]


def _not_finite(array: Array) -> str:
    """Say how many values are no finite number; empty where all are."""
    if array.dtype.kind != "f":
        return ""
    missing, infinite = int(np.isnan(array).sum()), int(np.isinf(array).sum())
    if not missing and not infinite:
        return ""
    rows = int((~np.isfinite(array)).reshape(len(array), -1).any(axis=1).sum())
    kinds = [f"{number:,} {name}" for number, name in ((missing, "NaN"), (infinite, "infinite")) if number]
    return f"{' and '.join(kinds)}, in {rows:,} of {len(array):,} rows"
